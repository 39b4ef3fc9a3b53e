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
SPIKE = 0.05  # percent of the samples at each end
WIDER = 1.5  # times the span without spikes: so far a row is widened for them
PINK, RED = "#f9dcdc", "#eeb0b0"
MARK = "#f4c542"


def fits(of: str) -> bool:
    """Whether samples in this unit are a voltage, which such paper is for."""
    return unit.is_voltage(of)


def drawn(
    make: Callable[..., Any], samples: Samples, wanted: ModelInput, stretch: Stretch | None
) -> Any:
    """Give a figure of ``make`` with all of ``samples``, and where ``stretch`` lies in them."""
    millivolts = _millivolts(samples, wanted)
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


def beyond(samples: Samples, wanted: ModelInput) -> str:
    """Say from where to where the wave goes when some of it is cut off; empty when none is."""
    millivolts = _millivolts(samples, wanted)
    low, high = _range(millivolts)
    lowest, highest = _ends(millivolts)
    if low <= lowest and highest <= high:
        return ""
    return f"cut off: the wave goes from {lowest:.1f} to {highest:.1f} mV"


def _millivolts(samples: Samples, wanted: ModelInput) -> Any:
    return samples.astype(np.float64) * (unit.times(wanted.unit, "mV") or 1.0)


def _range(millivolts: Any) -> tuple[float, float]:
    """Lowest and highest of what is drawn, on large squares.

    A spike or two is cut off where the rest would have to be much flatter for it.
    """
    low, high = _on_squares(*_ends(millivolts, SPIKE))
    lowest, highest = _on_squares(*_ends(millivolts))
    if highest - lowest <= max(SPAN[1], WIDER * (high - low)):
        low, high = lowest, highest
    missing, step = max(0.0, SPAN[0] - (high - low)), LARGE[1]
    return low - step * math.ceil(missing / 2 / step), high + step * math.ceil(missing / 2 / step)


def _ends(millivolts: Any, percent: float = 0.0) -> tuple[float, float]:
    """Lowest and highest value, without so many percent of all at each end."""
    finite = millivolts[np.isfinite(millivolts)]
    low, high = np.percentile(finite, [percent, 100.0 - percent]) if finite.size else (-1.0, 1.0)
    return float(low), float(high)


def _on_squares(low: float, high: float) -> tuple[float, float]:
    """Large squares around both, which touch no edge: a wave at an edge looks cut off."""
    step, room = LARGE[1], SMALL[1] / 2
    return step * math.floor((low - room) / step), step * math.ceil((high + room) / step)


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
