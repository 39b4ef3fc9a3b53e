"""A slow drift of the zero line: breathing, temperature, a cable that is moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from harken.stream import Samples
from harken_train.augmentations import Change, Material, Rows, augmentations
from harken_train.chance import Chance, Range, check_range, check_within
from harken_train.draws import Draws
from harken_train.level import deviations

WAVES = 3  # that are added up; their periods are no multiples of each other


@augmentations.register("baseline_wander")
@dataclass(frozen=True, kw_only=True)
class BaselineWander(Chance):
    """A sum of three slow waves, drawn from ``frequencies`` (hertz), each channel its own.

    Over long times its deviation is ``decibels`` below the segment's own, or ``deviation`` in the
    signal's unit when that is given. Of a window shorter than a period it is a slope and an offset.
    """

    acts_on: ClassVar[Literal["samples"]] = "samples"
    rank: ClassVar[int] = 50
    spectrograms: ClassVar[bool] = False

    frequencies: Range = (0.05, 0.5)
    decibels: float = 10.0
    deviation: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("frequencies", self.frequencies, 1e-6)
        check_within("decibels", self.decibels, -200.0, 200.0)
        if self.deviation is not None:
            check_within("deviation", self.deviation, 0.0)

    def build(self, material: Material) -> Change:
        seconds = np.arange(material.window) / material.rate

        def change(samples: Samples, rows: Rows, draws: Draws) -> Samples:  # noqa: ARG001
            shape = samples.shape[1], WAVES
            frequency = draws.uniforms(*self.frequencies, *shape)[..., None]
            phase = draws.uniforms(0.0, 2.0 * np.pi, *shape)[..., None]
            waves = np.sin(2.0 * np.pi * frequency * seconds + phase).sum(axis=2)
            wander = (waves * np.sqrt(2.0 / WAVES)).astype(np.float32)  # of deviation 1
            if self.deviation is not None:
                return np.asarray(samples + wander * np.float32(self.deviation))
            below = np.float32(10.0 ** (-self.decibels / 20.0))
            return np.asarray(samples + wander * (deviations(samples) * below))

        return change
