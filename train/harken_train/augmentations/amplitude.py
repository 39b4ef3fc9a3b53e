"""The signal a little stronger or weaker, as from another mounting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from harken.stream import Samples
from harken_train.augmentations import Change, Material, Rows, augmentations
from harken_train.chance import Chance, Range, check_range
from harken_train.draws import Draws


@augmentations.register("amplitude")
@dataclass(frozen=True, kw_only=True)
class Amplitude(Chance):
    """All samples of a segment times one factor from the range ``factors``."""

    acts_on: ClassVar[Literal["samples"]] = "samples"
    rank: ClassVar[int] = 30
    spectrograms: ClassVar[bool] = False

    factors: Range = (0.8, 1.2)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("factors", self.factors, 1e-6, 1e6)

    def build(self, material: Material) -> Change:  # noqa: ARG002  # the same for all
        def change(samples: Samples, rows: Rows, draws: Draws) -> Samples:  # noqa: ARG001
            return samples * draws.uniform(*self.factors).astype(np.float32)[:, None, None]

        return change
