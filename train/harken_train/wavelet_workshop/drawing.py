"""The pictures of the workshop: one of a decomposition, one that compares wavelets."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from harken import atomic
from harken.errors import UsageError
from harken_train.wavelet_workshop.decomposition import Decomposition, Level
from harken_train.wavelet_workshop.excerpt import Excerpt, Floats
from harken_train.wavelet_workshop.words import hertz, percent

KINDS = (".png", ".svg", ".pdf")
COLUMNS = 1500  # longer curves are drawn as the lowest and highest of a stretch
BARS = 400  # more coefficients than these are a curve
SIGNAL, FIRST, SECOND = "#b5b5b5", "#1f6fb2", "#c2570c"
COLOURS = (FIRST, SECOND, "#17703f", "#7a4fa3", "#8a6d00", "#a3344f", "#3b7f86", "#555555")
_STYLE = {
    "svg.hashsalt": "harken",  # equal pictures, equal bytes
    "text.parse_math": False,  # a dollar in a file's name is a dollar
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "lines.linewidth": 0.9,
    "legend.frameon": False,
}


def check_picture(path: Path) -> None:
    """Raise, before any work is done, when ``path`` cannot become a picture."""
    if path.suffix.lower() not in KINDS:
        raise UsageError(f"--out {path}: need a name that ends in {', '.join(KINDS)}")


def write_picture(figure: Figure, path: Path) -> None:
    """Write the figure as the end of ``path`` says; the same figure gives the same bytes."""
    check_picture(path)
    kind = path.suffix.lower()
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    out = io.BytesIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(out, format=kind[1:], dpi=130, metadata=dates.get(kind))
    atomic.write_bytes(path, out.getvalue())


def decomposition_figure(excerpt: Excerpt, found: Decomposition, errors: Floats) -> Figure:
    """Draw the signal and its approximation, a row a level, and the errors by depth below."""
    rows = len(found.levels)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(13.0, 5.6 + 1.15 * rows), layout="constrained")
        grid = figure.add_gridspec(
            rows + 2, 3, height_ratios=[1.9, *[1.0] * rows, 2.3], hspace=0.06
        )
        whole = figure.add_subplot(grid[0, :])
        _signal(whole, excerpt, found)
        for row, level in enumerate(found.levels, 1):
            cells = [figure.add_subplot(grid[row, column], sharex=whole) for column in range(3)]
            _row(cells, excerpt, level, titled=row == 1)
            if row < rows:
                for cell in cells:
                    cell.tick_params(labelbottom=False)
            else:
                for cell in cells:
                    cell.set_xlabel("seconds")
        whole.set_xlim(excerpt.first, excerpt.first + len(excerpt.samples) / excerpt.rate)
        _shares(figure.add_subplot(grid[rows + 1, 0]), found)
        below = figure.add_subplot(grid[rows + 1, 1:])
        _errors(below, {found.wavelet: errors}, found.depth)
        figure.suptitle(
            f"{excerpt.name}: {found.wavelet}, {found.depth} levels, "
            f"{len(excerpt.samples)} samples at {excerpt.rate} Hz",
            fontsize=12,
        )
    return figure


def comparison_figure(
    excerpt: Excerpt, errors: Mapping[str, Floats], approximations: Mapping[str, Floats], depth: int
) -> Figure:
    """Draw the errors of all wavelets by depth, then the approximation that each makes."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(11.0, 4.4 + 1.5 * len(approximations)), layout="constrained")
        grid = figure.add_gridspec(
            len(approximations) + 1, 1, height_ratios=[2.6, *[1.0] * len(approximations)]
        )
        _errors(figure.add_subplot(grid[0]), errors, depth)
        first: Axes | None = None
        for row, (name, made) in enumerate(approximations.items(), 1):
            axes = figure.add_subplot(grid[row], sharex=first, sharey=first)
            first = first or axes
            _curve(axes, _seconds(excerpt), _about_mean(excerpt), SIGNAL, 0.7)
            _curve(axes, _seconds(excerpt), made, COLOURS[(row - 1) % len(COLOURS)])
            axes.set_title(
                f"{name}: approximation of {depth} levels, "
                f"misses {percent(float(errors[name][depth - 1]))}",
                loc="left",
            )
            last = row == len(approximations)
            axes.tick_params(labelbottom=last)
            axes.set_xlabel("seconds" if last else "")
            axes.margins(x=0.0)
        figure.suptitle(f"{excerpt.name}: wavelets side by side", fontsize=12)
    return figure


def _signal(axes: Axes, excerpt: Excerpt, found: Decomposition) -> None:
    _curve(axes, _seconds(excerpt), _about_mean(excerpt), SIGNAL, label="signal, without its mean")
    label = f"approximation alone, {len(found.levels[0].coefficients)} coefficients"
    _curve(axes, _seconds(excerpt), found.levels[0].so_far, FIRST, label=label)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.98), ncols=2, borderaxespad=0.0)
    axes.set_xlabel("seconds")


def _row(cells: list[Axes], excerpt: Excerpt, level: Level, *, titled: bool) -> None:
    """Draw one level: its coefficients, the signal they make, and that with all coarser ones."""
    coefficients, alone, so_far = cells
    if len(level.coefficients) <= BARS:
        coefficients.vlines(level.places, 0.0, level.coefficients, color=FIRST, linewidth=0.9)
    else:
        _curve(coefficients, level.places, level.coefficients, FIRST)
    _curve(alone, _seconds(excerpt), level.alone, FIRST)
    _curve(so_far, _seconds(excerpt), _about_mean(excerpt), SIGNAL, 0.7)
    _curve(so_far, _seconds(excerpt), level.so_far, SECOND)
    coefficients.set_ylabel(f"{level.name}\n{_band(level)}", rotation=0, ha="right", va="center")
    notes = [f"{len(level.coefficients)} coefficients", f"{percent(level.share)} of the energy"]
    approximation = level.name.startswith("A")
    together = f"{level.name} alone" if approximation else f"... + {level.name}"
    notes.append(f"{together}: misses {percent(level.error)}")
    titles = ("the level itself", "the signal that it alone makes", "that and all coarser levels")
    for cell, title, note in zip(cells, titles, notes, strict=True):
        head = f"{title}\n{note}" if titled else note
        cell.set_title(head, fontsize=9 if titled else 8, pad=2)
        cell.yaxis.set_major_locator(MaxNLocator(3))
    limits = _about_mean(excerpt)
    so_far.set_ylim(1.05 * limits.min(), 1.05 * limits.max())


def _shares(axes: Axes, found: Decomposition) -> None:
    names = [level.name for level in found.levels]
    shares = [100.0 * level.share for level in found.levels]
    axes.barh(names, shares, color=FIRST)
    for i, (share, level) in enumerate(zip(shares, found.levels, strict=True)):
        axes.text(share, i, f" {percent(level.share)}", va="center", fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0.0, 1.18 * max(shares))
    axes.set_xlabel("share of the energy, %")
    axes.set_title("where the energy is", loc="left")


def _errors(axes: Axes, errors: Mapping[str, Floats], depth: int) -> None:
    """Curves of the relative error on a log axis; the depth that was asked for is marked."""
    for i, (name, missed) in enumerate(errors.items()):
        axes.semilogy(
            np.arange(1, len(missed) + 1),
            100.0 * missed,
            marker="os^Dv<>p"[i % 8],
            markersize=4,
            linewidth=1.3,
            color=COLOURS[i % len(COLOURS)],
            label=name,
        )
    axes.axvline(depth, color="#777777", linewidth=0.8, linestyle="--")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(80.0 * min(missed.min() for missed in errors.values()), 130.0)
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(visible=True, which="both", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(f"levels whose details are left out (asked for: {depth})")
    axes.set_ylabel("missed, % of the deviation")
    axes.set_title("what the approximation alone misses", loc="left")
    if len(errors) > 1:
        axes.legend(loc="lower right", ncols=min(4, len(errors)))


def _curve(
    axes: Axes, places: Floats, values: Floats, colour: str, width: float = 0.9, label: str = ""
) -> None:
    """Draw a curve; of a long one the lowest and the highest of every stretch."""
    if len(values) > 2 * COLUMNS:
        stretch = -(-len(values) // COLUMNS)
        starts = np.arange(0, len(values), stretch)
        lows = np.minimum.reduceat(values, starts)
        highs = np.maximum.reduceat(values, starts)
        places, values = np.repeat(places[starts], 2), np.stack([lows, highs], axis=1).ravel()
    axes.plot(places, values, color=colour, linewidth=width, label=label or None)


def _seconds(excerpt: Excerpt) -> Floats:
    seconds: Floats = excerpt.first + np.arange(len(excerpt.samples)) / excerpt.rate
    return seconds


def _about_mean(excerpt: Excerpt) -> Floats:
    samples: Floats = excerpt.samples - excerpt.samples.mean()
    return samples


def _band(level: Level) -> str:
    return f"{hertz(level.low)} - {hertz(level.high)} Hz"
