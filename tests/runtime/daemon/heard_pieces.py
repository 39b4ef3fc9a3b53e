"""Blocks for tests, numbered by their samples: sample k has the value k."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from harken.daemon.heard import Heard, Origin
from harken.stream import Block, Samples

BEGAN = datetime(2030, 1, 1, tzinfo=UTC)


def ramp(first: int, last: int) -> Samples:
    """Samples ``(1, n)`` whose values are their positions."""
    return np.arange(first, last, dtype=np.float32)[None]


def heard(first: int, last: int, origin: Origin | None = None) -> Heard:
    """What a source gave from ``first`` to ``last``."""
    return Heard(Block(first, ramp(first, last)), origin or Origin(0, BEGAN))


def end(at: int, origin: Origin | None = None) -> Heard:
    """Where an input ended."""
    return Heard(Block(at, ramp(at, at)), origin or Origin(0, BEGAN), ended=True)


def cut(total: int, length: int) -> Iterator[Heard]:
    """``total`` samples in pieces of ``length``."""
    for first in range(0, total, length):
        yield heard(first, min(first + length, total))
