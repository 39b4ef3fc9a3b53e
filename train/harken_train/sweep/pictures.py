"""Pictures of a sweep, as PNG: how it went, what each setting did, and who is on the front."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from harken import atomic
from harken_train.sweep.settings import HIGHEST, Parameter, Sweep
from harken_train.sweep.standings import Row, front, head, shares

_DOT, _LINE = "#1f6fb2", "#c2570c"
_COLUMNS = 3  # of panels in a row


def draw(rows: Sequence[Row], sweep: Sweep, folder: Path) -> list[Path]:
    """Write history.png and parameters.png, and front.png for two objectives or more."""
    done = [row for row in rows if row.done]
    if not done:
        return []
    objectives = sweep.search.objectives
    pictures = {"history.png": history(done, sweep), "parameters.png": slices(done, sweep)}
    if len(objectives) > 1:
        pictures["front.png"] = trade(done, objectives)
    written = []
    for name, figure in pictures.items():
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=120)
        atomic.write_bytes(folder / name, out.getvalue())
        written.append(folder / name)
    return written


def history(done: Sequence[Row], sweep: Sweep) -> Figure:
    """The first objective of every trial, and the best so far."""
    objective = sweep.search.objectives[0]
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    numbers = [row.trial for row in done]
    values = np.array([row.values[0] for row in done])
    best = np.maximum.accumulate(values) if objective in HIGHEST else np.minimum.accumulate(values)
    axes.plot(numbers, values, "o", color=_DOT, alpha=0.6, label="a trial")
    axes.step(numbers, best, where="post", color=_LINE, label="the best so far")
    axes.set_xlabel("trial")
    axes.set_ylabel(f"{head(objective)}, validation")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    axes.set_title(sweep.name, fontsize=10)
    return figure


def slices(done: Sequence[Row], sweep: Sweep) -> Figure:
    """The first objective against each setting, with its share of the variance."""
    parameters = sweep.parameters
    columns = min(_COLUMNS, len(parameters))
    lines = math.ceil(len(parameters) / columns)
    figure = Figure(figsize=(4.0 * columns, 3.2 * lines), layout="constrained")
    cells = figure.subplots(lines, columns, squeeze=False, sharey=True).ravel()
    explained = shares(done, parameters)
    for axes in cells[len(parameters) :]:
        axes.set_axis_off()
    for parameter, axes in zip(parameters, cells, strict=False):
        _slice(axes, [row for row in done if parameter.name in row.settings], parameter)
        share = explained[parameter.name]
        said = "" if share is None else f"\n{100 * share:.0f} % of the variance goes with it"
        axes.set_title(f"{parameter.name}{said}", fontsize=9)
    for axes in cells[::columns]:
        axes.set_ylabel(f"{head(sweep.search.objectives[0])}, validation", fontsize=8)
    return figure


def _slice(axes: Axes, having: Sequence[Row], parameter: Parameter) -> None:
    values = [row.values[0] for row in having]
    axes.grid(alpha=0.3)
    axes.tick_params(labelsize=8)
    if not parameter.choices:
        axes.plot([row.settings[parameter.name] for row in having], values, "o", color=_DOT)
        if parameter.log:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axes.xaxis.set_major_formatter(FuncFormatter(_number))
            axes.xaxis.set_minor_formatter(NullFormatter())
        return
    labels = parameter.labels
    places = np.array([labels.index(row.settings[parameter.name]) for row in having], np.float64)
    spread = np.linspace(-0.15, 0.15, len(having)) if len(having) > 1 else np.zeros(len(having))
    axes.plot(places + spread, values, "o", color=_DOT, alpha=0.6)
    for place in range(len(labels)):
        own = [value for value, there in zip(values, places, strict=True) if there == place]
        if own:
            axes.plot([place - 0.25, place + 0.25], [np.mean(own)] * 2, color=_LINE)
    axes.set_xticks(range(len(labels)), [label[:18] for label in labels], rotation=25, ha="right")
    axes.set_xlim(-0.5, len(labels) - 0.5)


def _number(value: float, _: int) -> str:
    """A tick as a person writes it."""
    return f"{value:g}"


def trade(done: Sequence[Row], objectives: Sequence[str]) -> Figure:
    """The first objective against the second, those on the front joined and numbered."""
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.plot(
        [row.values[1] for row in done], [row.values[0] for row in done], "o", color=_DOT, alpha=0.5
    )
    best = sorted(front(done, objectives), key=lambda row: row.values[1])
    axes.plot([row.values[1] for row in best], [row.values[0] for row in best], "o-", color=_LINE)
    for row in best:
        axes.annotate(
            str(row.trial),
            (row.values[1], row.values[0]),
            textcoords="offset points",
            xytext=(5, 5),
            fontsize=8,
        )
    axes.set_xlabel(head(objectives[1]))
    axes.set_ylabel(f"{head(objectives[0])}, validation")
    axes.grid(alpha=0.3)
    axes.set_title("joined: no other trial is better in both", fontsize=9)
    return figure
