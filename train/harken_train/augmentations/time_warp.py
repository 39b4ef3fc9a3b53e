"""The same signal, a little faster or slower, as if the machine were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from harken_train.augmentations import Change, Material, Rows, augmentations
from harken_train.chance import Chance, check_within
from harken_train.draws import Draws
from harken_train.placement import Places


@augmentations.register("time_warp")
@dataclass(frozen=True, kw_only=True)
class TimeWarp(Chance):
    """The recording runs up to ``most`` faster or slower about the window's middle (0.1: 10 %).

    It is resampled by a windowed sinc, cut off where what is faster would alias. All frequencies
    move with it, resonances too. Where the stretch ends it runs no faster than there is room for.
    """

    acts_on: ClassVar[Literal["position"]] = "position"
    rank: ClassVar[int] = 30
    spectrograms: ClassVar[bool] = True

    most: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within("most", self.most, 0.0001, 0.5)

    def build(self, material: Material) -> Change:  # noqa: ARG002  # the same for all
        def change(places: Places, rows: Rows, draws: Draws) -> Places:  # noqa: ARG001
            return places.stretched(draws.uniform(1.0 - self.most, 1.0 + self.most))

        return change
