"""Augmentations: training segments, changed a little, each time another way. One file, one kind."""

from __future__ import annotations

from typing import Protocol

from harken.registry import Registry


class Augmentation(Protocol):
    """Settings of an augmentation."""

    @property
    def probability(self) -> float:
        """The share of segments that it changes, from 0 to 1."""
        ...


augmentations: Registry[Augmentation] = Registry("augmentation", "harken_train.augmentations")
