"""The level of segments, by which what is added to them is measured."""

from __future__ import annotations

import numpy as np

from harken.stream import Samples


def deviations(samples: Samples) -> Samples:
    """(rows, channels, 1): the deviation of each channel about its own mean."""
    return np.asarray(samples.std(axis=-1, keepdims=True, dtype=np.float64), np.float32)


def levels(samples: Samples) -> Samples:
    """(rows, 1, 1): the deviation of all channels of a row together, each about its own mean."""
    squares = np.square(deviations(samples).astype(np.float64))
    return np.asarray(np.sqrt(squares.mean(axis=1, keepdims=True)), np.float32)
