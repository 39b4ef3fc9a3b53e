"""Stretches of recordings that noise is taken from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harken.errors import DataError, MissingInputError
from harken.resample import resample
from harken.stream import Samples
from harken_train.recordings import Recording, Span
from harken_train.sample_file import SUFFIXES, Wanted, look

RATE_UNKNOWN = (".npy", ".csv", ".mat")  # files of these are taken to be at the recipe's rate


@dataclass(frozen=True)
class Stretch:
    """``room`` places for a window in one recording, from ``first`` on."""

    source: int
    first: int
    room: int
    group: str = ""


class Pool:
    """Stretches of one window's length and more; ``read`` gives a source's samples."""

    def __init__(
        self, read: Callable[[int], Samples], window: int, stretches: Sequence[Stretch]
    ) -> None:
        self._read, self._window = read, window
        self._stretches = sorted(stretches, key=lambda one: one.group)
        self._ends = np.cumsum([one.room for one in self._stretches], dtype=np.int64)
        self._groups: dict[str, tuple[int, int]] = {}  # the places of each: first, and that after
        for one, end in zip(self._stretches, self._ends, strict=True):
            first = self._groups.get(one.group, (int(end) - one.room, 0))[0]
            self._groups[one.group] = first, int(end)

    def places(self, without: str | None = None) -> int:
        """How many windows can be had, those of the group ``without`` left out."""
        total = int(self._ends[-1]) if len(self._ends) else 0
        first, last = self._groups.get(without, (0, 0)) if without is not None else (0, 0)
        return total - (last - first)

    def window(self, share: float, without: str | None = None) -> Samples:
        """(channels, window): that which so large a share (0 to below 1) of all comes before."""
        place = int(share * self.places(without))
        if without in self._groups:
            first, last = self._groups[without]
            place += last - first if place >= first else 0
        i = int(np.searchsorted(self._ends, place, side="right"))
        one = self._stretches[i]
        start = one.first + place - (int(self._ends[i]) - one.room)
        return self._read(one.source)[:, start : start + self._window]


def of_training(
    recordings: Sequence[Recording], train: Sequence[Span], window: int, labels: Sequence[str]
) -> Pool:
    """Give the training stretches of recordings of these classes."""
    stretches = [
        Stretch(
            span.recording,
            span.first,
            span.last - span.first - window + 1,
            recordings[span.recording].group,
        )
        for span in train
        if recordings[span.recording].label in labels and span.last - span.first >= window
    ]
    return Pool(lambda i: recordings[i].read(), window, stretches)


def of_folder(folder: Path, *, rate: int, channels: int, window: int) -> Pool:
    """Give all files of a folder and those below it, resampled to ``rate`` and held in memory.

    Hidden ones are left out. Files of one channel serve signals of several. What is shorter than a
    window is `DataError`.
    """
    if not folder.is_dir():
        raise MissingInputError(f"{folder}: there is no such folder of noise recordings")
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
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
    stretches = [Stretch(i, 0, samples.shape[1] - window + 1) for i, samples in enumerate(held)]
    return Pool(lambda i: held[i], window, stretches)


def _at_rate(path: Path, rate: int) -> Samples:
    known = rate if path.suffix.lower() in RATE_UNKNOWN else None
    file = look(path, Wanted(rate=known))
    samples = file.read()
    return samples if file.rate == rate else resample(samples, file.rate, rate)
