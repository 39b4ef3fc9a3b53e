"""A band of frequencies that the features say nothing of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from harken_train.augmentations import Change, Material, augmentations
from harken_train.chance import Chance, check_within
from harken_train.masking import frequency_axis, masks


@augmentations.register("frequency_mask")
@dataclass(frozen=True, kw_only=True)
class FrequencyMask(Chance):
    """``count`` bands of up to ``share`` of the rows each are set to the segment's mean.

    All columns and channels together, as SpecAugment does (Park and others, 2019).
    """

    acts_on: ClassVar[Literal["features"]] = "features"
    rank: ClassVar[int] = 20
    spectrograms: ClassVar[bool] = True

    share: float = 0.1
    count: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within("share", self.share, 0.001, 1.0)
        check_within("count", self.count, 1)

    def build(self, material: Material) -> Change:
        return masks(frequency_axis(material.axes), self.share, self.count)
