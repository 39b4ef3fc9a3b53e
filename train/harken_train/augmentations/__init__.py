"""Augmentations: training segments, changed a little, each time another way. One file, one kind.

A kind acts on one of three things, in this order, and within one by its ``rank``, whatever the
order in the recipe. What moves or stretches a window comes first, when the recording around it is
still at hand, so that nothing has to be filled; what a machine, its surroundings and the sensor add
comes after, in the order in which a signal meets them, and lies over all samples alike; features
are masked last.

    position   `Places` of the rows           crop, shift, time_warp
    samples    (rows, channels, window)       fault_impulses, polarity, amplitude, recorded_noise,
                                              baseline_wander, noise
    features   (rows, ...)                    time_mask, frequency_mask
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from harken.registry import Registry
from harken_train.draws import Draws
from harken_train.recordings import Recording, Span
from harken_train.spectral.axis import Axis

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Material:
    """What an augmentation may use: all of it is training's, ``axes`` are those of the features."""

    rate: int
    window: int
    channels: int
    classes: tuple[str, ...]
    recordings: Sequence[Recording]
    train: Sequence[Span]
    axes: tuple[Axis, ...]


@dataclass(frozen=True)
class Rows:
    """Whose segments the rows of a batch are: indices of their recordings and classes."""

    recording: Numbers
    labels: Numbers

    def of(self, chosen: npt.NDArray[np.bool_]) -> Rows:
        """The rows that are chosen."""
        return Rows(self.recording[chosen], self.labels[chosen])


# What it acts on, whose it is and random numbers for each row -> the same, changed. What is given
# may be written into: it is a copy, and holds none but the rows that the probability chose.
Change = Callable[[Any, Rows, Draws], Any]


class Augmentation(Protocol):
    """Settings of an augmentation."""

    @property
    def acts_on(self) -> Literal["position", "samples", "features"]:
        """What it changes."""
        ...

    @property
    def rank(self) -> int:
        """Its place among those that act on the same; lower is first."""
        ...

    @property
    def spectrograms(self) -> bool:
        """Whether it makes sense where the samples are those of a spectrogram."""
        ...

    @property
    def probability(self) -> float:
        """The share of segments that it changes, from 0 to 1."""
        ...

    def build(self, material: Material) -> Change:
        """Make what changes rows; `SettingsError` where it cannot, or would tell the class."""
        ...


augmentations: Registry[Augmentation] = Registry("augmentation", "harken_train.augmentations")
