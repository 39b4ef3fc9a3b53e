"""A stretch of time that the features say nothing of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harken_train.augmentations import Change, Material, augmentations
from harken_train.masking import Mask, masks, time_axis


@augmentations.register("time_mask")
@dataclass(frozen=True, kw_only=True)
class TimeMask(Mask):
    """``count`` stretches of up to ``share`` of the columns each are set to the segment's mean.

    All rows and channels together, as SpecAugment does (Park and others, 2019).
    """

    rank: ClassVar[int] = 10

    def build(self, material: Material) -> Change:
        return masks(time_axis(material.axes), self.share, self.count)
