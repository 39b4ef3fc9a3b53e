"""Random numbers by segment: a row of them depends on a key and on the segment's number alone.

Who draws, and which other segments stand in the batch, does not matter: an epoch repeated after a
crash, or dealt to several processes, draws the same. That is a counter hashed by the finaliser of
SplitMix64 (Steele, Lea, Flood 2014), for all rows at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harken.stream import Samples

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
_STEP = np.uint64(0x9E3779B97F4A7C15)  # the odd number nearest 2 ** 64 / golden ratio


class Draws:
    """A source of random numbers for some segments; every call draws new ones, a row a segment.

    Keys are of one length in all of a training: numpy takes a 0 at the end for nothing.
    """

    def __init__(self, key: Sequence[int], segments: Numbers) -> None:
        start = np.random.SeedSequence(list(key)).generate_state(1, np.uint64)
        self._rows = _mixed(start + _mixed((segments.astype(np.uint64) + np.uint64(1)) * _STEP))
        self._calls = 0

    def __len__(self) -> int:
        return len(self._rows)

    def of(self, chosen: npt.NDArray[np.bool_]) -> Draws:
        """The same source for the rows that are chosen; both go on from here."""
        some = Draws((0,), np.empty(0, np.int64))
        some._rows, some._calls = self._rows[chosen], self._calls
        return some

    def uniform(self, low: Floats | float, high: Floats | float) -> Floats:
        """(rows,) from ``low`` to below ``high``, which may differ by row."""
        return low + (high - low) * self._fractions(1)[:, 0]

    def uniforms(self, low: float, high: float, *shape: int) -> Floats:
        """(rows, *shape) from ``low`` to below ``high``."""
        found = self._fractions(int(np.prod(shape))).reshape(len(self), *shape)
        return np.asarray(low + (high - low) * found)

    def whole(self, low: Numbers | int, high: Numbers | int) -> Numbers:
        """(rows,) whole numbers from ``low`` to ``high``, both included."""
        span = np.asarray(high) - np.asarray(low)
        return np.asarray(low + np.floor(self._fractions(1)[:, 0] * (span + 1)), np.int64)

    def normal(self, *shape: int) -> Samples:
        """(rows, *shape) of mean 0 and deviation 1, float32, by Box and Muller."""
        count = int(np.prod(shape))
        bits = self._bits((count + 1) // 2).view(np.uint32).astype(np.float32)
        bits = (bits + np.float32(0.5)) * np.float32(2.0**-32)
        radius = np.sqrt(np.float32(-2.0) * np.log(bits[:, 0::2]))
        angle = np.float32(2.0 * np.pi) * bits[:, 1::2]
        both = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        return both[:, :count].reshape(len(self), *shape)

    def generators(self) -> list[np.random.Generator]:
        """A numpy generator a row, for what cannot be drawn for all rows at once."""
        return [np.random.default_rng(int(seed)) for seed in self._bits(1)[:, 0]]

    def _fractions(self, count: int) -> Floats:
        """(rows, count) from 0 to below 1, 53 bits of each."""
        return np.asarray((self._bits(count) >> np.uint64(11)) * 2.0**-53)

    def _bits(self, count: int) -> Bits:
        self._calls += 1
        call = np.full(1, self._calls, np.uint64) << np.uint64(40)  # no call draws 2 ** 40 a row
        place = np.arange(1, count + 1, dtype=np.uint64)
        return _mixed(self._rows[:, None] + np.asarray((call + place) * _STEP, np.uint64))


def _mixed(bits: Bits) -> Bits:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
