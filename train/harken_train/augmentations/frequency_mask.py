"""A band of frequencies that the features say nothing of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harken_train.augmentations import Change, Material, augmentations
from harken_train.masking import Mask, frequency_axis, masks


@augmentations.register("frequency_mask")
@dataclass(frozen=True, kw_only=True)
class FrequencyMask(Mask):
    """``count`` bands of up to ``share`` of the rows each are set to the segment's mean.

    All columns and channels together, as SpecAugment does (Park and others, 2019).
    """

    rank: ClassVar[int] = 20

    def build(self, material: Material) -> Change:
        return masks(frequency_axis(material.axes), self.share, self.count)
