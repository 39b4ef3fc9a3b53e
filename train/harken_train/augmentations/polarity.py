"""The signal upside down, as from a sensor that is mounted the other way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from harken.stream import Samples
from harken_train.augmentations import Change, Material, Rows, augmentations
from harken_train.chance import Chance
from harken_train.draws import Draws


@augmentations.register("polarity")
@dataclass(frozen=True, kw_only=True)
class Polarity(Chance):
    """Every sample times -1, all channels together."""

    acts_on: ClassVar[Literal["samples"]] = "samples"
    rank: ClassVar[int] = 20
    spectrograms: ClassVar[bool] = False

    def build(self, material: Material) -> Change:  # noqa: ARG002  # the same for all
        def change(samples: Samples, rows: Rows, draws: Draws) -> Samples:  # noqa: ARG001
            return np.negative(samples)

        return change
