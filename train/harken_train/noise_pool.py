"""Stretches of recordings that noise is taken from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harken.errors import DataError, MissingInputError
from harken.resample import resample
from harken.stream import Samples
from harken_train.recordings import Recording, Span
from harken_train.sample_file import SUFFIXES, Wanted, look

Numbers = npt.NDArray[np.int64]
RATE_UNKNOWN = (".npy", ".csv", ".mat")  # files of these are taken to be at the recipe's rate


@dataclass(frozen=True, eq=False)
class Pool:
    """Places for a window: ``room[i]`` of them in recording ``source[i]``, from ``first[i]`` on."""

    read: Callable[[int], Samples]
    window: int
    source: Numbers
    first: Numbers
    room: Numbers

    def __len__(self) -> int:
        return len(self.source)

    def of(self, keep: npt.NDArray[np.bool_]) -> Pool:
        """The stretches that are kept."""
        kept = (self.source[keep], self.first[keep], self.room[keep])
        return Pool(self.read, self.window, *kept)

    def stretch(self, share: float) -> Samples:
        """(channels, window): the place that so large a share (0 to 1) of all places lie before."""
        ends = np.cumsum(self.room)
        place = min(int(share * ends[-1]), int(ends[-1]) - 1)
        i = int(np.searchsorted(ends, place, side="right"))
        first = int(self.first[i] + place - (ends[i] - self.room[i]))
        return self.read(int(self.source[i]))[:, first : first + self.window]


def of_training(recordings: Sequence[Recording], train: Sequence[Span], window: int) -> Pool:
    """Give the training stretches of at least a window."""
    long = [span for span in train if span.last - span.first >= window]
    return Pool(
        lambda i: recordings[i].read(),
        window,
        np.array([span.recording for span in long], np.int64),
        np.array([span.first for span in long], np.int64),
        np.array([span.last - span.first - window + 1 for span in long], np.int64),
    )


def of_folder(folder: Path, *, rate: int, channels: int, window: int) -> Pool:
    """Give all files of a folder and those below it, resampled to ``rate`` and held in memory.

    Files of one channel serve signals of several. What is shorter than a window is `DataError`.
    """
    if not folder.is_dir():
        raise MissingInputError(f"{folder}: there is no such folder of noise recordings")
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES]
    if not paths:
        raise MissingInputError(f"{folder}: holds no recording ({', '.join(SUFFIXES)})")
    held = [_at_rate(path, rate) for path in paths]
    for path, samples in zip(paths, held, strict=True):
        if samples.shape[0] not in (1, channels) or samples.shape[1] < window:
            raise DataError(
                f"{path}: has {samples.shape[0]} channels and {samples.shape[1]} samples at "
                f"{rate} Hz; noise for this recipe needs 1 or {channels} channels and at least "
                f"{window} samples; take the file out of the folder"
            )
        if not np.isfinite(samples).all():
            raise DataError(f"{path}: holds values that are not numbers; take it out of the folder")
    return Pool(
        lambda i: held[i],
        window,
        np.arange(len(held)),
        np.zeros(len(held), np.int64),
        np.array([samples.shape[1] - window + 1 for samples in held], np.int64),
    )


def _at_rate(path: Path, rate: int) -> Samples:
    known = rate if path.suffix.lower() in RATE_UNKNOWN else None
    file = look(path, Wanted(rate=known))
    samples = file.read()
    return samples if file.rate == rate else resample(samples, file.rate, rate)
