"""Whether a window is fit to be judged, and what is noticed about it.

Reasons that make it invalid, the first that holds: ``nan``, ``inf``, ``flat`` (a channel that does
not move), ``clipped`` (a tenth of a channel's samples or more are cut off). Notes on one that is
fit: ``clipped`` (more than a hundredth are cut off), ``offset`` (the mean is further from zero
than a tenth of full scale), ``low_level`` (half the span is below -80 dB of full scale: three
steps of 16 bits), ``unit`` (the level is over twenty times beyond all of training, `harken.level`:
the samples may be in another unit), ``flat_part`` (a channel stands still for a second or more, as
when an electrode is off). The last is looked for in recordings that are decided whole and in their
stretches; where half of one or more stands still, it is ``flat``. A few cut-off peaks leave the
rest to be judged; a tenth of them changes the spectrum of the whole window, and a model's answer
then says more of the amplifier.

Samples are cut off when they stand at the rail, or at an extreme of their own below it, as behind
a saturated amplifier. The second shows as a spike in the histogram: over three times as many
samples at the extreme as in the next 64th of the span. Quantised signals are not mistaken for it:
a sine's highest step holds at most 1 / (sqrt(2) - 1) = 2.4 times what the next one does, and of a
signal with few steps, or of a tone with a short period in whole samples, nothing is said. A tone
at exactly full scale with such a period does stand at the rail, and is called clipped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harken.level import Levels, level_of, times_off
from harken.stream import Samples

NOTED_SHARE = 0.01  # of a channel's samples
INVALID_SHARE = 0.10
FEWEST = 8  # samples; full-range 8-bit noise puts one of 256 at the rail by chance
RAIL = 1.0 - 2.0**-15  # int16's 32767 is this part of full scale
OFFSET = 0.1  # of full scale
LOW_LEVEL = 1e-4  # of full scale
SAME = 2.0**-16  # of the span: one step of 16 bits is larger
BINS = 128  # of the histogram, over the span
OCCUPIED = 80  # bins, of a signal with fine steps; of short and overdriven ones, see below
FEWEST_OCCUPIED = 16
SPIKE = 3.0
STILL_SHARE = 0.5  # of a channel's samples
CHANCE = 4  # samples that may be missing beside the extreme by chance


@dataclass(frozen=True)
class Verdict:
    """``reason`` why a window is invalid (None: it is fit), and ``notes`` on its quality."""

    reason: str | None
    notes: tuple[str, ...] = ()


def check(samples: Samples, rail: float, levels: Levels | None = None, rate: int = 1) -> Verdict:
    """Judge one window ``(channels, n)``; ``rail`` is full scale in the samples' unit.

    ``levels`` are those of training, measured over stretches of ``rate`` samples.
    """
    lows: list[float] = np.minimum.reduce(samples, axis=1).tolist()
    highs: list[float] = np.maximum.reduce(samples, axis=1).tolist()  # NaN if one sample is
    if any(map(math.isnan, highs)):
        return Verdict("nan")
    if any(map(math.isinf, highs)) or any(map(math.isinf, lows)):
        return Verdict("inf")
    if any(low == high for low, high in zip(lows, highs, strict=True)):
        return Verdict("flat")
    notes = []
    cut = max(map(_share_cut_off, samples, lows, highs, [rail] * len(lows)))
    if NOTED_SHARE < cut < INVALID_SHARE:
        notes.append("clipped")
    sums = np.add.reduce(samples, axis=1, dtype=np.float64).tolist()
    if max(map(abs, sums)) > OFFSET * rail * samples.shape[1]:
        notes.append("offset")
    if min(high - low for low, high in zip(lows, highs, strict=True)) < 2.0 * LOW_LEVEL * rail:
        notes.append("low_level")
    if levels is not None and times_off(level_of(samples, rate), levels) is not None:
        notes.append("unit")
    return Verdict("clipped" if cut >= INVALID_SHARE else None, tuple(notes))


def check_record(samples: Samples, rail: float, levels: Levels | None, rate: int) -> Verdict:
    """Judge a recording ``(channels, n)`` that is decided whole, or a stretch of one.

    A second of one value is no signal: in the 5,000 records of CinC 2017 that were looked at, in
    steps of 0.001 mV, the longest such run lasts 0.3 s.
    """
    verdict = check(samples, rail, levels, rate)
    if verdict.reason is not None:
        return verdict
    still = max(_share_still(channel, rate) for channel in samples)
    if still >= STILL_SHARE:
        return Verdict("flat", verdict.notes)
    return Verdict(None, (*verdict.notes, "flat_part")) if still else verdict


def check_spectrogram(columns: Samples) -> Verdict:
    """Judge a spectrogram ``(bands, columns)``: only what is no picture of anything is invalid.

    Bands without sound stand still at the floor, and values may have any unit and level.
    """
    low, high = float(np.minimum.reduce(columns, axis=None)), float(columns.max())
    if math.isnan(high):
        return Verdict("nan")
    if math.isinf(low) or math.isinf(high):
        return Verdict("inf")
    return Verdict("flat" if low == high else None)


def _share_still(channel: npt.NDArray[np.float32], longest: int) -> float:
    """Share of a channel's samples in runs of ``longest`` or more equal ones."""
    ends = np.flatnonzero(np.append(channel[1:] != channel[:-1], True))
    runs = np.diff(ends, prepend=-1)
    return float(runs[runs >= longest].sum()) / channel.size


def _share_cut_off(channel: npt.NDArray[np.float32], low: float, high: float, rail: float) -> float:
    """Share of a channel's samples that stand at the rail or at a saturated extreme; 0 if few."""
    near = SAME * (high - low)
    at_high = int(np.count_nonzero(channel >= high - near))
    at_low = int(np.count_nonzero(channel <= low + near))
    fewest = max(FEWEST, math.floor(NOTED_SHARE * channel.size) + 1)
    if at_high + at_low < fewest:
        return 0.0
    # A window that goes beyond the rail is not limited by it.
    rail_high = RAIL * rail <= high <= rail / RAIL
    rail_low = RAIL * rail <= -low <= rail / RAIL
    spike_high, spike_low = (
        (False, False) if rail_high and rail_low else _spikes(channel, low, high, at_low, at_high)
    )
    cut = 0
    if rail_high:
        cut += int(np.count_nonzero(channel >= RAIL * rail))
    elif spike_high:
        cut += at_high
    if rail_low:
        cut += int(np.count_nonzero(channel <= -RAIL * rail))
    elif spike_low:
        cut += at_low
    return cut / channel.size if cut >= fewest else 0.0


def _spikes(
    channel: npt.NDArray[np.float32], low: float, high: float, at_low: int, at_high: int
) -> tuple[bool, bool]:
    """Whether the samples at ``high``, and those at ``low``, were cut off there by something.

    Zero is where padding and one-sided signals rest, so it is no such place.
    """
    height = np.subtract(channel, low, dtype=np.float64) * (BINS / (high - low))
    histogram = np.bincount(height.astype(np.intp), minlength=BINS + 1)  # the last holds ``high``
    between = channel.size - at_low - at_high
    if np.count_nonzero(histogram) < min(OCCUPIED, max(FEWEST_OCCUPIED, between // 3)):
        return False, False
    below = int(histogram[BINS - 2 :].sum()) - at_high
    above = int(histogram[:2].sum()) - at_low
    return (
        high != 0.0 and at_high > SPIKE * (below + CHANCE),
        low != 0.0 and at_low > SPIKE * (above + CHANCE),
    )
