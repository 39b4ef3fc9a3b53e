"""Pictures of the report, as SVG that lies in the page and takes the page's colours.

matplotlib draws with a few stand-in colours; in the text they become the page's variables, so one
picture fits a light and a dark page. Nothing in it refers to anything outside.
"""

from __future__ import annotations

import io
import itertools
import math
import re
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import scipy.signal
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from harken.stream import Samples
from harken_train.calibration import Bin
from harken_train.metrics import Floats, Numbers

INK, GRID, FIRST, SECOND = "#010101", "#020202", "#030303", "#040404"
_VARIABLES = {INK: "--ink", GRID: "--line", FIRST: "--first", SECOND: "--second"}
_STYLE = {
    "svg.fonttype": "none",  # text stays text, in the page's own face
    "svg.hashsalt": "harken",  # equal pictures, equal bytes
    "font.size": 10,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "image.composite_image": False,
}
FLOOR = -60.0  # dB below a spectrogram's largest value
LINE = 10.0  # seconds of a recording in one line of its picture, or more if lines were too many
MOST_LINES = 6
POINTS = 1_600  # of one line: more are shown by their extremes
FEW_DECISIONS = 10  # in a bin: a share of fewer is drawn hollow and off the line


def curves(rows: Sequence[dict[str, float | None]], kept: int) -> tuple[str, str]:
    """Loss and accuracy of training and validation, with the epoch that was kept: a picture each.

    A narrow page sets one below the other, where one picture of both would be too small to read.
    """
    return _curve(rows, "loss", kept), _curve(rows, "accuracy", kept)


def _curve(rows: Sequence[dict[str, float | None]], what: str, kept: int) -> str:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.4, 3.2), layout="constrained")
        _draw_curve(figure.subplots(), rows, what, kept)
        return svg(figure, f"{what} of training and validation")


def _draw_curve(axes: Axes, rows: Sequence[dict[str, float | None]], what: str, kept: int) -> None:
    epochs = [row["epoch"] or 0.0 for row in rows]
    for part, colour, dash in (("train", FIRST, "-"), ("validation", SECOND, "--")):
        values = [row.get(f"{part}_{what}") for row in rows]
        points = [np.nan if value is None else value for value in values]
        name = "training" if part == "train" else part
        axes.plot(epochs, points, dash, color=colour, label=name, marker="o", markersize=3)
    axes.axvline(kept, color=INK, linewidth=0.8, linestyle=":")
    axes.set_xlabel(f"epoch (dotted: {kept}, the one kept)")
    axes.set_ylabel(what)
    axes.set_ylim(bottom=0.0, top=1.02 if what == "accuracy" else None)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)  # above, off every curve


def reliability(bins: Sequence[Bin]) -> str:
    """Share of decisions that were right against how sure they were, and how many there were."""
    filled = [one for one in bins if one.count]
    many = [one for one in filled if one.count >= FEW_DECISIONS]
    few = [one for one in filled if one.count < FEW_DECISIONS]
    middles = [(one.low + one.high) / 2 for one in filled]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.4, 4.4), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        upper.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
        for some, look in (
            (many, {"marker": "o"}),
            (few, {"marker": "o", "mfc": "none", "ls": ""}),
        ):
            points = np.array([(one.score, one.right) for one in some], np.float64).reshape(-1, 2)
            upper.plot(points[:, 0], points[:, 1], color=FIRST, **look)
        upper.set_ylabel("share that was right")
        upper.set_ylim(0, 1.02)
        lower.bar(middles, [one.count for one in filled], width=0.09, color=FIRST)
        lower.set_ylabel("decisions")
        lower.set_xlabel("score of the decided class")
        lower.set_xlim(0, 1.02)
        return svg(figure, "reliability diagram")


def segment_picture(samples: Samples, rate: int, unit: str) -> str:
    """The first channel of one window: the wave, and its spectrogram below."""
    wave = samples[0].astype(np.float64)
    seconds = len(wave) / rate
    with mpl.rc_context({**_STYLE, "axes.grid": False, "font.size": 9}):
        figure = Figure(figsize=(4.4, 3.2))
        upper, lower = figure.subplots(
            *(2, 1),
            sharex=True,
            height_ratios=[1, 2],
            gridspec_kw={"left": 0.14, "right": 0.84, "top": 0.97, "bottom": 0.14, "hspace": 0.12},
        )
        upper.plot(np.arange(len(wave)) / rate, wave, color=FIRST, linewidth=0.5)
        upper.set_ylabel(unit)
        image = lower.imshow(
            spectrogram(wave),
            origin="lower",
            aspect="auto",
            extent=(0.0, seconds, 0.0, rate / 2000.0),
            cmap="magma",
            vmin=FLOOR,
            vmax=0.0,
            interpolation="none",  # the page's viewer scales it; as computed it is small
        )
        lower.xaxis.set_major_locator(MaxNLocator(5))
        lower.set_xlabel("seconds")
        lower.set_ylabel("kHz")
        figure.colorbar(image, cax=figure.add_axes((0.86, 0.14, 0.02, 0.52)), label="dB")
        return svg(figure, "wave and spectrogram of a window")


def recording_picture(samples: Samples, rate: int, unit: str) -> str:
    """The first channel of a whole recording, line below line, all at one scale."""
    wave = samples[0].astype(np.float64)
    seconds = len(wave) / rate
    line = min(seconds, max(LINE, seconds / MOST_LINES))
    rows = math.ceil(seconds / line - 1e-9)
    room = 0.05 * (float(np.ptp(wave)) or 1.0)
    with mpl.rc_context({**_STYLE, "font.size": 9}):
        figure = Figure(figsize=(6.4, 0.5 + 1.0 * rows), layout="constrained")
        for row, axes in enumerate(figure.subplots(rows, 1, squeeze=False)[:, 0]):
            first, last = round(row * line * rate), round((row + 1) * line * rate)
            places, values = extremes(wave[first:last], POINTS)
            axes.plot((first + places) / rate, values, color=FIRST, linewidth=0.5)
            axes.set_xlim(row * line, (row + 1) * line)
            axes.set_ylim(wave.min() - room, wave.max() + room)
            axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.set_xlabel("seconds")
        figure.supylabel(unit, fontsize=9)
        return svg(figure, "wave of a recording")


def extremes(wave: Floats, most: int) -> tuple[Numbers, Floats]:
    """Places and values of at most ``most`` samples that look like all: the ends of each stretch.

    Of a long wave the lowest and the highest sample of each of ``most / 2`` stretches, in order.
    """
    if len(wave) <= most:
        return np.arange(len(wave)), wave
    ends = np.linspace(0, len(wave), most // 2 + 1).astype(np.int64)
    places = np.unique(
        [
            first + place
            for first, last in itertools.pairwise(ends)
            for place in (wave[first:last].argmin(), wave[first:last].argmax())
        ]
    )
    return places, wave[places]


def spectrogram_picture(values: Samples, unit: str) -> str:
    """One window (bands, columns) of a spectrogram set, as it was stored, the lowest band below."""
    with mpl.rc_context({**_STYLE, "axes.grid": False, "font.size": 9}):
        figure = Figure(figsize=(4.4, 3.2), layout="constrained")
        axes = figure.subplots()
        image = axes.imshow(
            values, origin="lower", aspect="auto", cmap="magma", interpolation="none"
        )
        axes.set_xlabel("column")
        axes.set_ylabel("band")
        figure.colorbar(image, ax=axes, label=unit)
        return svg(figure, "spectrogram of a window")


def spectrogram(wave: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Samples:
    """(bands, columns) in dB below the largest value, for the eye and not for a network."""
    frame = min(128, len(wave))
    _, _, power = scipy.signal.spectrogram(
        wave, nperseg=frame, noverlap=frame * 3 // 4, detrend="constant"
    )
    largest = max(float(power.max()), 1e-30)
    return np.asarray(10.0 * np.log10(np.maximum(power / largest, 10.0 ** (FLOOR / 10.0))))


def svg(figure: Figure, title: str) -> str:
    """The figure as an ``<svg>`` element for a page, without name spaces, dates or scripts."""
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text).replace("xlink:href", "href")
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    text = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px var(--face)", text)
    return text.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
