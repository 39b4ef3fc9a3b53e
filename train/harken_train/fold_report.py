"""What a cross-validation found: a table for the terminal, a picture for a page."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harken import atomic
from harken_train.bootstrap import Measured
from harken_train.cross_validate import Results
from harken_train.figures import Figures
from harken_train.score_table import score_head, score_row

_COLOURS = ("#1f6fb2", "#c2570c")


def table(results: Results) -> str:
    """A row a fold, then each figure over all folds with its interval by group."""
    scored, whole = results.windows.scored, results.whole
    lines = [f"{'seed':>4}{'fold':>5}{'groups':>8}{score_head(scored, whole=whole)}"]
    for one in results.folds:
        cells = score_row(one.windows, one.recordings, scored, whole=whole)
        lines.append(f"{one.seed:>4}{one.fold:>5}{len(one.groups):>8}{cells}")
    lines += ["", f"over all folds, {results.windows.groups} groups; split: {results.stamp}"]
    for unit, figures in _units(results):
        lines += [
            f"{unit:<11}{words:<{max(9, len(figures.scored_words) + 1)}}"
            f"{_measured(getattr(figures, name))}"
            for name, words in _names(figures, "auroc")
        ]
    error = _measured(results.calibration.error)
    lines.append(f"expected calibration error of their scores {error}")
    if results.windows.no_interval:
        lines.append(f"no intervals: {results.windows.no_interval}")
    return "\n".join(lines)


def _units(results: Results) -> tuple[tuple[str, Figures], ...]:
    units = (("windows", results.windows), ("recordings", results.recordings))
    return units[1:] if results.whole else units


def _names(figures: Figures, *more: str) -> list[tuple[str, str]]:
    """The figures that are told, and what people call them."""
    words = {"accuracy": "accuracy", "macro_f1": "macro-F1", "auroc": "AUROC"}
    told = ["accuracy", "macro_f1", *more]
    if figures.scored:
        words["scored_f1"] = figures.scored_words
        told.insert(2, "scored_f1")
    return [(name, words[name]) for name in told]


def _measured(figure: Measured) -> str:
    if figure.value is None:
        return "not defined"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f}  (95 % {figure.low:.3f} to {figure.high:.3f})"


def draw(results: Results, path: Path) -> None:
    """Write a PNG: every fold and the whole with its interval, and who was taken for whom."""
    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1.15, 1.0])
    _draw_folds(left, results)
    _draw_confusion(right, results)
    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "harken"}):
        figure.savefig(out, format="png", dpi=120)
    atomic.write_bytes(path, out.getvalue())


def _draw_folds(axes: Axes, results: Results) -> None:
    names: list[str] = []
    for i, (unit, figures) in enumerate(_units(results)):
        for field, word in _names(figures):
            place = len(names)
            values = [getattr(getattr(one, unit), field) for one in results.folds]
            spread = np.linspace(-0.12, 0.12, len(values))
            axes.plot(place + spread, values, "o", color=_COLOURS[i], alpha=0.45, markersize=5)
            whole: Measured = getattr(figures, field)
            value = whole.value or 0.0
            low = value - (whole.low if whole.low is not None else value)
            high = (whole.high if whole.high is not None else value) - value
            axes.errorbar(
                place + 0.28, value, [[low], [high]], fmt="s", color=_COLOURS[i], capsize=4
            )
            names.append(f"{word}\n{unit}")
    axes.set_xticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(0.0, 1.03)
    axes.grid(axis="y", alpha=0.3)
    axes.set_title(
        f"{results.recipe}: dots are folds, squares all folds\n"
        f"with the 95 % interval by group ({results.windows.groups} groups)",
        fontsize=9,
    )


def _draw_confusion(axes: Axes, results: Results) -> None:
    unit, figures = _units(results)[0]
    counts = np.array(figures.confusion, np.float64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    for row, column in np.ndindex(*counts.shape):
        axes.text(
            column,
            row,
            f"{int(counts[row, column])}\n{100 * shares[row, column]:.0f} %",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if shares[row, column] > 0.5 else "black",
        )
    places = range(len(results.classes))
    axes.set_xticks(places, results.classes, rotation=30, ha="right", fontsize=8)
    axes.set_yticks(places, results.classes, fontsize=8)
    axes.set_xlabel("decided")
    axes.set_ylabel("true")
    axes.set_title(f"{unit} of all folds", fontsize=9)
