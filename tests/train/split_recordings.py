"""Recordings to be split, and who is where."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from harken_train.recordings import Recording, Split
from harken_train.splits import Splitter

RATE = 1000
WINDOW = 100


def recording(label: str, group: str, frames: int = 2000, **attributes: str | float) -> Recording:
    """A recording whose samples differ from every other's."""
    seed = zlib.crc32(repr((label, group, frames, attributes)).encode())
    samples = np.random.default_rng(seed).standard_normal((1, frames)).astype(np.float32)
    return Recording(
        name=f"{group} {attributes}",
        label=label,
        group=group,
        rate=RATE,
        frames=frames,
        read=lambda: samples,
        attributes=attributes,
    )


def bearings(
    sizes: Sequence[int] = (7, 14, 21), loads: Sequence[int] = (0, 1, 2, 3)
) -> list[Recording]:
    """As in CWRU: one bearing a fault and size, four loads of each, one normal recording."""
    faults = [
        recording(label, f"{label} {size}", load=load, size_mil=size)
        for label in ("ball", "inner_race", "outer_race")
        for size in sizes
        for load in loads
    ]
    return [recording("normal", "normal", load=0), *faults]


def split(splitter: Splitter, recordings: Sequence[Recording], seed: int = 0) -> Split:
    return splitter.split(recordings, WINDOW, np.random.default_rng(seed))


def groups_of(recordings: Sequence[Recording], found: Split, part: str) -> set[str]:
    return {recordings[span.recording].group for span in found.parts()[part]}
