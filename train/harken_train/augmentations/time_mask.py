"""A stretch of time that the features say nothing of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from harken_train.augmentations import Change, Material, augmentations
from harken_train.chance import Chance, check_within
from harken_train.masking import masks, time_axis


@augmentations.register("time_mask")
@dataclass(frozen=True, kw_only=True)
class TimeMask(Chance):
    """``count`` stretches of up to ``share`` of the columns each are set to the segment's mean.

    All rows and channels together, as SpecAugment does (Park and others, 2019).
    """

    acts_on: ClassVar[Literal["features"]] = "features"
    rank: ClassVar[int] = 10
    spectrograms: ClassVar[bool] = True

    share: float = 0.1
    count: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within("share", self.share, 0.001, 1.0)
        check_within("count", self.count, 1)

    def build(self, material: Material) -> Change:
        return masks(time_axis(material.axes), self.share, self.count)
