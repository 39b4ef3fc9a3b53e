"""Arrays that are alike but for their length, end to end in one: whole recordings, their features.

Nothing is ever padded: what is worked on together is of one length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

from harken.stream import Samples
from harken_train.mapped import in_batches

Numbers = npt.NDArray[np.int64]


class Ragged:
    """``len`` arrays of (rows, their own length) float32; ``lengths`` are those lengths.

    ``values`` holds them side by side, (rows, sum of lengths).
    """

    def __init__(self, values: Samples, lengths: Numbers) -> None:
        self.values, self.lengths = values, lengths
        self._ends = np.concatenate([[0], np.cumsum(lengths)])

    @classmethod
    def of(cls, arrays: Sequence[Samples]) -> Ragged:
        """Put these side by side; there must be one at least."""
        lengths = np.array([array.shape[1] for array in arrays], np.int64)
        return cls(np.concatenate(arrays, axis=1, dtype=np.float32), lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[Samples]:
        return (self[which] for which in range(len(self)))

    @overload
    def __getitem__(self, which: int) -> Samples: ...
    @overload
    def __getitem__(self, which: Numbers) -> Ragged: ...
    def __getitem__(self, which: int | Numbers) -> Samples | Ragged:
        """One array, a view; or several of them, in this order."""
        if isinstance(which, np.ndarray):
            none = [self.values[:, :0]]  # for its rows, where nothing is chosen
            chosen = np.concatenate([self[int(one)] for one in which] or none, axis=1)
            return Ragged(chosen, self.lengths[which])
        return self.values[:, self._ends[which] : self._ends[which + 1]]


def length_of(samples: Samples | Ragged, which: int) -> int:
    """How long one of them is."""
    return int(samples.lengths[which]) if isinstance(samples, Ragged) else samples.shape[-1]


def in_rectangles(samples: Samples | Ragged, most: int) -> Iterator[tuple[Numbers, Samples]]:
    """Numbers of some of them and these as one array (some, rows, length), until all were given.

    At most ``most`` at a time. Those of one length come together, in their order.
    """
    if not isinstance(samples, Ragged):
        for batch in in_batches(len(samples), samples[:1].size, most):
            yield np.arange(batch.start, batch.stop), samples[batch]
        return
    order = np.argsort(samples.lengths, kind="stable")
    _, first = np.unique(samples.lengths[order], return_index=True)
    for alike in np.split(order, first[1:]) if len(order) else ():
        for batch in in_batches(len(alike), samples[int(alike[0])].size, most):
            numbers = alike[batch]
            yield numbers, np.stack([samples[int(number)] for number in numbers])
