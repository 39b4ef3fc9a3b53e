"""White noise, as electronics add it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from harken.stream import Samples
from harken_train.augmentations import Change, Material, Rows, augmentations
from harken_train.chance import Chance, check_within
from harken_train.draws import Draws
from harken_train.level import deviations


@augmentations.register("noise")
@dataclass(frozen=True, kw_only=True)
class Noise(Chance):
    """Normal noise of a fixed ``deviation``, in the signal's unit.

    With ``decibels`` its deviation is so far below that of the segment itself, each channel alone.
    """

    acts_on: ClassVar[Literal["samples"]] = "samples"
    rank: ClassVar[int] = 60
    spectrograms: ClassVar[bool] = True

    deviation: float = 0.1
    decibels: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within("deviation", self.deviation, 0.0)
        if self.decibels is not None:
            check_within("decibels", self.decibels, -200.0, 200.0)

    def build(self, material: Material) -> Change:  # noqa: ARG002  # the same for all
        def change(samples: Samples, rows: Rows, draws: Draws) -> Samples:  # noqa: ARG001
            noise = draws.normal(*samples.shape[1:])
            if self.decibels is None:
                return samples + noise * np.float32(self.deviation)
            below = np.float32(10.0 ** (-self.decibels / 20.0))
            return samples + noise * (deviations(samples) * below)

        return change
