"""Where a window is cut from its recording when it need not be cut where it stands.

What moves or stretches a window looks up other samples of the recording, so that nothing has to be
filled; nothing outside the training stretch is ever looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from harken.stream import Samples

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

CROSSINGS = 12  # of the interpolating sinc, to each side
KAISER = 8.0  # its window: errors 75 dB below up to 0.6 of half the rate, 58 at 0.8
_FINE = 2048  # places between two samples that the table of the sinc has
_CUTOFFS = 64  # parts of half the rate: cut-offs are whole ones, at most 1.6 % too low


@dataclass(frozen=True)
class Places:
    """Sample t of row i stands at ``first[i] + t * speed[i]`` in its recording, t < ``window``.

    A row may use the samples from ``low[i]`` to before ``high[i]``. Samples that it is `let_out` to
    beyond them are mirrored at the last that there is, up to ``beyond[i]`` of them.
    """

    window: int
    first: Floats
    speed: Floats
    low: Numbers
    high: Numbers
    beyond: Numbers

    @classmethod
    def at(cls, first: Numbers, low: Numbers, high: Numbers, window: int) -> Places:
        """Places that are not moved yet."""
        count = len(first)
        zeros = np.zeros(count, np.int64)
        return cls(window, first.astype(np.float64), np.ones(count), low, high, zeros)

    def __len__(self) -> int:
        return len(self.first)

    def of(self, chosen: npt.NDArray[np.bool_]) -> Places:
        """The rows that are chosen."""
        return Places(
            self.window,
            self.first[chosen],
            self.speed[chosen],
            self.low[chosen],
            self.high[chosen],
            self.beyond[chosen],
        )

    def with_rows(self, chosen: npt.NDArray[np.bool_], rows: Places) -> Places:
        """Give these places with the chosen rows set to ``rows``."""
        first, speed, beyond = self.first.copy(), self.speed.copy(), self.beyond.copy()
        first[chosen], speed[chosen], beyond[chosen] = rows.first, rows.speed, rows.beyond
        return replace(self, first=first, speed=speed, beyond=beyond)

    def let_out(self, most: int) -> Places:
        """Let every row lie up to ``most`` samples outside."""
        return replace(self, beyond=np.maximum(self.beyond, most))

    def moved(self, by: Numbers) -> Places:
        """Move each row by so many samples, as far as there is room."""
        return replace(self, first=self.first + by).inside()

    def stretched(self, speed: Floats) -> Places:
        """Run so many times as fast through the recording, about the middle of the window."""
        middle = self.first + self.speed * (self.window - 1) / 2
        new = self.speed * speed
        first = middle - new * (self.window - 1) / 2
        return replace(self, first=first, speed=new).inside()

    def inside(self) -> Places:
        """Move each row to where it may lie; one that is too fast for its stretch is slowed."""
        room = self.high - self.low + 2 * self.beyond - 1
        steps = max(1, self.window - 1)
        speed = np.where(self.speed * steps > room, room / steps, self.speed)
        last = (self.high - 1 + self.beyond) - speed * (self.window - 1)
        first = np.maximum(np.minimum(self.first, last), self.low - self.beyond)
        return replace(self, first=first, speed=speed)


def cut_out(samples: Samples, places: Places, row: int) -> Samples:
    """Cut one row of ``places`` out of its recording (channels, frames): (channels, window)."""
    first, speed = float(places.first[row]), float(places.speed[row])
    low, high = int(places.low[row]), int(places.high[row])
    if speed == 1.0 and first.is_integer():
        return _taken(samples, int(first), places.window, low, high)
    at = first + speed * np.arange(places.window)
    whole = np.floor(at).astype(np.int64)
    weights = _weights(min(_CUTOFFS, int(_CUTOFFS / speed)))  # (places, 2 * half)
    half = weights.shape[1] // 2
    count = int(whole[-1] - whole[0]) + 2 * half
    stretch = _taken(samples, int(whole[0]) - half + 1, count, low, high)
    near = np.lib.stride_tricks.sliding_window_view(stretch, 2 * half, axis=1)
    between = weights[np.rint((at - whole) * _FINE).astype(np.int64)]
    found = [np.einsum("wk,wk->w", channel[whole - whole[0]], between) for channel in near]
    return np.stack(found)


def mirrored(at: Numbers, low: int, high: int) -> Numbers:
    """Give positions from ``low`` to before ``high``: those outside are reflected at the ends."""
    turn = max(1, 2 * (high - low - 1))
    folded = (at - low) % turn
    return np.asarray(low + np.minimum(folded, turn - folded), np.int64)


def _taken(samples: Samples, first: int, count: int, low: int, high: int) -> Samples:
    if low <= first and first + count <= high:
        return samples[:, first : first + count]
    return samples[:, mirrored(np.arange(first, first + count), low, high)]


@cache
def _weights(cutoff: int) -> Samples:
    """(places, taps) of the sinc from one sample to the next, cut off at so many 64ths of half."""
    share = cutoff / _CUTOFFS  # what is faster would come back as a lower frequency
    half = int(np.ceil(CROSSINGS / share))
    taps = np.arange(1 - half, half + 1)
    crossings = (np.arange(_FINE + 1)[:, None] / _FINE - taps) * share
    inside = np.maximum(1.0 - np.square(crossings / CROSSINGS), 0.0)
    taper = np.i0(KAISER * np.sqrt(inside)) / np.i0(KAISER) * (inside > 0.0)
    return np.asarray(np.sinc(crossings) * taper * share, np.float32)
