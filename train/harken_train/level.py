"""The level of segments, by which what is added to them is measured; and of a whole training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harken.level import level_of
from harken.stream import Samples
from harken_train.recordings import Recording, Span

OUTERMOST = 0.001  # share of recordings that may be quieter, and louder, than what is told
DIGITS = 4  # of a level in a contract


def deviations(samples: Samples) -> Samples:
    """(rows, channels, 1): the deviation of each channel about its own mean."""
    return np.asarray(samples.std(axis=-1, keepdims=True, dtype=np.float64), np.float32)


def levels(samples: Samples) -> Samples:
    """(rows, 1, 1): the deviation of all channels of a row together, each about its own mean."""
    squares = np.square(deviations(samples).astype(np.float64))
    return np.asarray(np.sqrt(squares.mean(axis=1, keepdims=True)), np.float32)


def level_range(
    recordings: Sequence[Recording], spans: Sequence[Span], piece: int
) -> tuple[float, float] | None:
    """The lowest and the highest `harken.level` of recordings, but for one in a thousand.

    It is measured in stretches of ``piece`` samples. None where nothing moves.
    """
    found = [
        level_of(recordings[span.recording].read()[:, span.first : span.last], piece)
        for span in spans
        if span.last > span.first
    ]
    if not found or max(found) <= 0.0:
        return None
    low, high = np.quantile(found, [OUTERMOST, 1.0 - OUTERMOST])
    return float(f"{low:.{DIGITS}g}"), float(f"{high:.{DIGITS}g}")
