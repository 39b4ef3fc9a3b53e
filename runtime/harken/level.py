"""How large a signal is, so that one that comes in another unit is noticed.

A file or a sensor often says nothing of its unit, and microvolts taken for millivolts are numbers
like any other. Units are a thousand times apart, recordings of one kind much less.
"""

from __future__ import annotations

import math

import numpy as np

from harken.stream import Samples

FAR = 20.0  # times beyond all of training; its own recordings are at most so far apart, see docs

Levels = tuple[float, float]


def level_of(samples: Samples, piece: int) -> float:
    """Median over whole stretches of ``piece`` samples, and channels, of largest minus smallest.

    Of samples ``(channels, n)``, n at least 1; of fewer than ``piece`` they are one stretch. Their
    mean, a trend, and a knock of the sensor have no say in it.
    """
    channels, count = samples.shape
    piece = min(piece, count)
    stretches = samples[:, : count // piece * piece].reshape(channels, -1, piece)
    high, low = stretches.max(axis=-1), stretches.min(axis=-1)
    with np.errstate(invalid="ignore", over="ignore"):  # NaN and Inf are the windows' matter
        return float(np.median(np.subtract(high, low, dtype=np.float64)))


def times_off(level: float, levels: Levels | None) -> float | None:
    """How many times the usual a level is that lies far outside ``levels``, else None.

    ``levels`` are the lowest and the highest of training; the usual is half way, in decibels.
    Nothing is said of a level of zero: there is no signal.
    """
    if levels is None or not math.isfinite(level) or level <= 0.0:
        return None
    low, high = levels
    if low / FAR <= level <= high * FAR:
        return None
    return level / (math.sqrt(low) * math.sqrt(high) or high)


def remark(times: float, others: str = "training") -> str:
    """A sentence on a level that is ``times`` the usual of ``others``."""
    if times >= 1.0:
        return f"level {float(f'{times:.1g}'):.0f} times that of {others}: another unit?"
    return f"level 1/{float(f'{1.0 / times:.1g}'):.0f} of that of {others}: another unit?"
