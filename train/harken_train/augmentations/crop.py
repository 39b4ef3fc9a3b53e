"""Another window of the same recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from harken_train.augmentations import Change, Material, Rows, augmentations
from harken_train.chance import Chance, check_within
from harken_train.draws import Draws
from harken_train.placement import Places


@augmentations.register("crop")
@dataclass(frozen=True, kw_only=True)
class Crop(Chance):
    """A window from up to ``reach`` windows away, anywhere between, of the same stretch.

    With windows that stand side by side, a reach of 0.5 cuts every part of a recording as often.
    """

    acts_on: ClassVar[Literal["position"]] = "position"
    rank: ClassVar[int] = 10
    spectrograms: ClassVar[bool] = True

    reach: float = 0.5  # in windows

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within("reach", self.reach, 0.001)

    def build(self, material: Material) -> Change:
        most = max(1, round(self.reach * material.window))

        def change(places: Places, rows: Rows, draws: Draws) -> Places:  # noqa: ARG001
            return places.moved(draws.whole(-most, most))

        return change
