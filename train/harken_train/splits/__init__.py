"""Splits: recordings -> training, validation and test. One file, one kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from harken.registry import Registry
from harken_train.recordings import Recording, Split


class Splitter(Protocol):
    """Settings of a split."""

    def split(
        self, recordings: Sequence[Recording], window: int, rng: np.random.Generator
    ) -> Split:
        """Say which spans of the recordings are for what; samples are never shared."""
        ...


splits: Registry[Splitter] = Registry("split", "harken_train.splits")
