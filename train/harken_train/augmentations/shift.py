"""The same signal, a little earlier or later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from harken_train.augmentations import Change, Material, Rows, augmentations
from harken_train.chance import Chance, check_within
from harken_train.draws import Draws
from harken_train.placement import Places


@augmentations.register("shift")
@dataclass(frozen=True, kw_only=True)
class Shift(Chance):
    """The window starts up to ``samples`` earlier or later in its recording.

    With ``ends = "inside"`` a window at an end of what is for training moves only as far as there
    is room; with ``"mirror"`` it may leave it, and what is missing is the recording, mirrored.
    """

    acts_on: ClassVar[Literal["position"]] = "position"
    rank: ClassVar[int] = 20
    spectrograms: ClassVar[bool] = True

    samples: int = 100
    ends: Literal["inside", "mirror"] = "inside"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within("samples", self.samples, 1)

    def build(self, material: Material) -> Change:  # noqa: ARG002  # the same for all
        def change(places: Places, rows: Rows, draws: Draws) -> Places:  # noqa: ARG001
            if self.ends == "mirror":
                places = places.let_out(self.samples)
            return places.moved(draws.whole(-self.samples, self.samples))

        return change
