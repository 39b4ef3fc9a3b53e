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

UNITS = ("windows", "recordings")
_COLOURS = ("#1f6fb2", "#c2570c")


def table(results: Results) -> str:
    """A row a fold, then each figure over all folds with its interval by group."""
    head = f"{'windows':>8}{'accuracy':>10}{'macro-F1':>10}   {'recordings':>10}"
    lines = [f"{'seed':>4}{'fold':>5}{'groups':>8}{head}{'accuracy':>10}{'macro-F1':>10}"]
    for one in results.folds:
        cells = "   ".join(
            f"{score.count:>{width}}{100 * score.accuracy:>8.1f} %{score.macro_f1:>10.3f}"
            for score, width in ((one.windows, 8), (one.recordings, 10))
        )
        lines.append(f"{one.seed:>4}{one.fold:>5}{len(one.groups):>8}{cells}")
    lines += ["", f"over all folds, {results.windows.groups} groups; split: {results.stamp}"]
    for unit, figures in _units(results):
        for name in ("accuracy", "macro_f1", "auroc"):
            words = {"macro_f1": "macro-F1", "auroc": "AUROC"}.get(name, name)
            lines.append(f"{unit:<11}{words:<9}{_measured(getattr(figures, name))}")
    if results.windows.no_interval:
        lines.append(f"no intervals: {results.windows.no_interval}")
    return "\n".join(lines)


def _units(results: Results) -> tuple[tuple[str, Figures], tuple[str, Figures]]:
    return (("windows", results.windows), ("recordings", results.recordings))


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
    names = []
    for i, (unit, figures) in enumerate(_units(results)):
        for j, (field, word) in enumerate((("accuracy", "accuracy"), ("macro_f1", "macro-F1"))):
            place = 2 * i + j
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
    counts = np.array(results.windows.confusion, np.float64)
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
    axes.set_title("windows of all folds", fontsize=9)
