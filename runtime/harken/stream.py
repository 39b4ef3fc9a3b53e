"""Where windows are cut: the same code for training, for files and on the device.

Positions count samples from the start of the recording or stream. A window starts at every
multiple of ``hop`` counted from the first sample after the start, after a gap, or after an end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harken.errors import DataError

Samples = npt.NDArray[np.float32]
_MOST_PIECES = 64  # held apart before they are put together


@dataclass(frozen=True)
class Block:
    """Consecutive samples ``(channels, n)``; ``first`` is the position of the first of them."""

    first: int
    samples: Samples

    @property
    def last(self) -> int:
        """Position of the first sample after the block."""
        return self.first + int(self.samples.shape[-1])


@dataclass(frozen=True)
class Window:
    """The samples ``(channels, window)`` that one decision is made from."""

    first: int
    samples: Samples

    @property
    def last(self) -> int:
        """Position of the first sample after the window."""
        return self.first + int(self.samples.shape[-1])


@dataclass(frozen=True)
class Gap:
    """A stretch without a decision: from an unfinished window's start to where samples resume."""

    first: int
    last: int


def window_starts(samples: int, window: int, hop: int) -> range:
    """First samples of all whole windows in ``samples`` consecutive samples."""
    return range(0, samples - window + 1, hop)


class Framer:
    """Blocks of any length in, whole windows out; holds less than one window and one block.

    A block that starts later than the last one ended is a gap: the unfinished window is given up,
    a `Gap` says so, and windows start anew. A block that starts earlier is `DataError`. After
    `end` they start anew as well, and without a gap in the samples there is none to tell of.
    """

    def __init__(self, *, window: int, hop: int, channels: int = 1) -> None:
        if window < 1 or hop < 1:
            raise DataError(f"need a window and a hop of at least 1, got {window} and {hop}")
        self._window, self._hop = window, hop
        self._held: Samples = np.empty((channels, 0), np.float32)
        self._first = 0  # position of the first held sample, or of the next sample wanted
        self._expected = 0
        self._ended = False

    def end(self) -> None:
        """Let no window reach from the samples so far into those that follow."""
        self._ended = True

    def push(self, block: Block) -> list[Window | Gap]:
        """Take a block and give the windows that it completes, oldest first.

        The windows are views of fresh memory: the caller may reuse the block's array at once.
        """
        channels = self._held.shape[0]
        if block.samples.ndim != 2 or block.samples.shape[0] != channels:
            raise DataError(
                f"need samples of shape ({channels}, n), got {tuple(block.samples.shape)}"
            )
        if block.first < self._expected:
            raise DataError(
                f"samples from {block.first} on were given already; next is {self._expected}"
            )
        found: list[Window | Gap] = []
        if block.first > self._expected:
            found.append(Gap(min(self._first, self._expected), block.first))
        if block.first > self._expected or self._ended:
            self._held = self._held[:, :0]
            self._first = block.first
        self._expected, self._ended = block.last, False
        skipped = max(0, self._first - block.first) if not self._held.shape[1] else 0
        held = np.concatenate([self._held, block.samples[:, skipped:]], axis=1, dtype=np.float32)
        starts = window_starts(held.shape[1], self._window, self._hop)
        found += [Window(self._first + i, held[:, i : i + self._window]) for i in starts]
        used = len(starts) * self._hop
        self._held = held[:, used:].copy()  # a copy, so that the long block can be freed
        self._first += used
        return found


class Whole:
    """A recording's samples, for one decision on all of them when it ends.

    A block that does not follow the one before begins another recording. Of one that is longer
    than ``most`` samples the last ``window`` are held, in less than three times their room. Copies
    what it holds: the caller may reuse the block's array at once.
    """

    def __init__(self, *, most: int, window: int, channels: int = 1) -> None:
        self._most, self._window, self._channels = most, window, channels
        self._pieces: list[Samples] = []
        self.first = 0  # position of the recording's first sample
        self._last = 0

    def push(self, block: Block) -> None:
        """Take the next samples."""
        if block.first != self._last:
            self.first, self._pieces = block.first, []
        self._last = block.last
        longer = self._last - self.first > self._most
        most = self._window if longer else self._most
        self._pieces.append(block.samples[:, -most:].copy())
        held = sum(piece.shape[1] for piece in self._pieces)
        if held > 2 * most or len(self._pieces) > _MOST_PIECES:
            self._pieces = [self._row(most)]

    def take(self) -> Window:
        """Give the recording, or the end of a longer one, and forget it: the next is another."""
        longer = self._last - self.first > self._most
        row = self._row(self._window if longer else self._most)
        self.first, self._pieces = self._last, []
        return Window(self._last - row.shape[1], row)

    def _row(self, most: int) -> Samples:
        none = np.empty((self._channels, 0), np.float32)
        return np.concatenate([none, *self._pieces], axis=1)[:, -most:].copy()


def scaled(samples: npt.NDArray[Any], scale: float) -> Samples:
    """Multiply by ``scale`` in float64 and round once, to float32: the one rounding of full scale.

    Beyond float32 is Inf. Float32 times 1 is given back as it is, not copied.
    """
    if scale == 1.0 and samples.dtype == np.float32:
        return samples
    found = np.empty(samples.shape, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # Inf and NaN are the windows' matter
        # Into float32 piece by piece: a long recording is never held in float64 as well.
        np.multiply(samples, scale, out=found, dtype=np.float64, casting="same_kind")
    return found


def to_float(samples: npt.NDArray[Any], scale: float) -> Samples:
    """Samples in the contract's unit, float32, from integers or floats.

    Floats are in that unit already. Signed integers are fractions of full scale, which is
    ``scale`` units: int16 32767 is just below ``scale``. Unsigned 8 bit has its zero at 128.
    `DataError` of 64 bits, which no converter has: Python's own numbers become them.
    """
    if samples.dtype == np.float32:
        return samples.astype(np.float32, copy=False)  # in this machine's byte order
    if samples.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):  # Inf and NaN are told as what they are
            return samples.astype(np.float32, copy=False)
    if samples.dtype == np.uint8:
        return scaled(samples.astype(np.int16) - np.int16(128), scale / 128)
    if samples.dtype.kind == "i" and samples.dtype.itemsize < 8:
        return scaled(samples, scale / float(-np.iinfo(samples.dtype).min))
    raise DataError(
        "need samples as floats in the model's unit, or as signed integers of 8, 16 or 32 bits, "
        f"which are fractions of full scale; got {samples.dtype}"
    )
