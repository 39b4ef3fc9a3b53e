"""A voltage over time as on ECG paper: rows of ten seconds over its grid.

A small square is 0.04 s by 0.1 mV and a large one five of them, as on paper that runs at 25 mm/s
with 10 mm for a millivolt; squares are squares as long as a row spans no more than 4 mV.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from harken import unit
from harken.contract import ModelInput
from harken.stream import Samples
from harken.stretch import Stretch

ROW = 10.0  # seconds
SMALL = (0.04, 0.1)  # seconds and millivolts of a small square
LARGE = (0.2, 0.5)
WIDTH = 11.0  # inches of a picture
INCH_A_SECOND = 1.0
AROUND = 0.9  # inches of height for title, seconds and foot line
SPAN = (1.5, 4.0)  # millivolts of a row, at least and at most to scale
PINK, RED = "#f9dcdc", "#eeb0b0"
MARK = "#f4c542"


def fits(of: str) -> bool:
    """Whether samples in this unit are a voltage, which such paper is for."""
    return unit.is_voltage(of)


def drawn(
    make: Callable[..., Any], samples: Samples, wanted: ModelInput, stretch: Stretch | None
) -> Any:
    """Give a figure of ``make`` with all of ``samples``, and where ``stretch`` lies in them."""
    millivolts = samples.astype(np.float64) * (unit.times(wanted.unit, "mV") or 1.0)
    rate = wanted.rate
    rows = max(1, math.ceil(samples.shape[1] / rate / ROW))
    low, high = _range(millivolts)
    height = min(max(high - low, SPAN[0]), SPAN[1]) * INCH_A_SECOND * LARGE[0] / LARGE[1]
    figure = make(figsize=(WIDTH, rows * (height + 0.35) + AROUND), layout="constrained")
    for row, axes in enumerate(figure.subplots(rows, 1, squeeze=False)[:, 0]):
        first = row * ROW
        _grid(axes, low, high)
        if stretch is not None:
            _mark(axes, stretch.first / rate - first, stretch.last / rate - first)
        piece = millivolts[:, round(first * rate) : round((first + ROW) * rate)]
        for channel in piece:
            axes.plot(np.arange(piece.shape[1]) / rate, channel, color="black", linewidth=0.7)
        ticks = range(int(ROW) + 1)
        axes.set(xlim=(0.0, ROW), ylim=(low, high), ylabel="mV")
        axes.set_xticks(ticks, [f"{first + tick:.0f}" for tick in ticks])
    axes.set_xlabel("seconds")
    return figure


def _range(millivolts: Any) -> tuple[float, float]:
    """Lowest and highest of what is drawn, on large squares; a spike or two may be cut off."""
    finite = millivolts[np.isfinite(millivolts)]
    low, high = np.percentile(finite, [0.05, 99.95]) if finite.size else (-1.0, 1.0)
    step = LARGE[1]
    low, high = step * math.floor(low / step), step * math.ceil(high / step)
    missing = max(0.0, SPAN[0] - (high - low))
    return low - step * math.ceil(missing / 2 / step), high + step * math.ceil(missing / 2 / step)


def _grid(axes: Any, low: float, high: float) -> None:
    """Draw the squares; of a signal that spans very many, the large ones alone."""
    for (seconds, millivolts), colour, width in ((SMALL, PINK, 0.4), (LARGE, RED, 0.6)):
        if (high - low) / millivolts > 100:
            continue
        across, up = round(ROW / seconds) + 1, round((high - low) / millivolts) + 1
        style = {"colors": colour, "linewidth": width, "zorder": 0.5}
        axes.vlines(np.arange(across) * seconds, low, high, **style)
        axes.hlines(low + np.arange(up) * millivolts, 0.0, ROW, **style)


def _mark(axes: Any, first: float, last: float) -> None:
    """Colour the part of the stretch that is in this row, if any."""
    if first < ROW and last > 0.0:
        axes.axvspan(max(first, 0.0), min(last, ROW), color=MARK, alpha=0.35, linewidth=0.0)
