"""Arrays that may be larger than memory: what is too large lies in a nameless file that is mapped.

The file is gone with the process. The system keeps of it in memory what there is room for.
"""

from __future__ import annotations

import logging
import os
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harken.errors import InputOutputError
from harken.stream import Samples

LARGEST_IN_MEMORY = 2 * 2**30  # bytes, of one array
SHARE = 8  # one array takes at most this part of what is free: there are others beside it
BATCH_BYTES = 2**20  # worked on at once; a network makes ten and more of one of them
PIECE = 2**26  # values of one file of several arrays

_log = logging.getLogger(__name__)


def empty(shape: tuple[int, ...], what: str, folder: Path, largest: int | None = None) -> Samples:
    """Make an array of unset float32, in memory up to ``largest`` bytes, else in ``folder``.

    None is `largest_in_memory`. `InputOutputError` when the disk has no room for all of it;
    ``what`` names it there, and in the log.
    """
    size = 4 * int(np.prod(shape, dtype=object))
    if size <= (largest_in_memory() if largest is None else largest):
        return np.empty(shape, np.float32)
    _log.warning("kept in a file what=%s megabytes=%d folder=%s", what, size >> 20, folder)
    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            os.posix_fallocate(file.fileno(), 0, size)  # a full disk is told now, not by a crash
        except OSError as error:
            raise InputOutputError(
                f"{folder}: {size >> 20} MB of {what} do not fit there, {error.strerror}; "
                f"free some space, or set a longer signal.train_hop"
            ) from None
        return np.memmap(file, np.float32, "r+", shape=shape)


class Shelf:
    """Arrays that are kept while there is room for them in memory, and else in mapped files."""

    def __init__(self, what: str, folder: Path, largest: int | None = None) -> None:
        self._what, self._folder = what, folder
        self._free = largest_in_memory() if largest is None else largest
        self._piece = np.empty(0, np.float32)  # what is left of the newest file

    def keep(self, samples: npt.NDArray[Any]) -> Samples:
        """Give the same values as float32 that cannot be written to."""
        if samples.nbytes <= self._free:
            kept = np.ascontiguousarray(samples, np.float32)
            self._free -= kept.nbytes
        else:
            kept = self._in_file(samples)
        kept.setflags(write=False)
        return kept

    def _in_file(self, samples: npt.NDArray[Any]) -> Samples:
        if len(self._piece) < samples.size:  # a map holds its file open: few and large ones
            self._piece = empty((max(samples.size, PIECE),), self._what, self._folder, largest=0)
        place, self._piece = self._piece[: samples.size], self._piece[samples.size :]
        place[:] = samples.ravel()
        return place.reshape(samples.shape)


def in_batches(count: int, values: int, most: int) -> Iterator[slice]:
    """Slices of ``count`` rows of ``values`` numbers: at most ``most``, and `BATCH_BYTES`.

    They depend on nothing else: another batch may give features another last place.
    """
    rows = max(1, min(most, BATCH_BYTES // (4 * max(1, values))))
    for first in range(0, count, rows):
        yield slice(first, min(count, first + rows))


def largest_in_memory() -> int:
    """Bytes that one array may take in memory, as much as this process may have just now."""
    return min(LARGEST_IN_MEMORY, free_memory() // SHARE)


def free_memory() -> int:
    """Bytes: what the machine has free, or less where this process is limited (``ulimit -d``)."""
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    free = _kilobytes("/proc/meminfo", "MemAvailable")
    if limit != resource.RLIM_INFINITY:
        free = min(free, limit - _kilobytes("/proc/self/status", "VmData", 0))
    return max(0, free)


def _kilobytes(path: str, name: str, unknown: int = SHARE * LARGEST_IN_MEMORY) -> int:
    """Bytes that Linux tells in a line ``NAME: n kB``; where there is no such line, ``unknown``."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return unknown
    return next((1024 * int(x.split()[1]) for x in lines if x.startswith(f"{name}:")), unknown)
