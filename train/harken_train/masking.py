"""Stretches of features set to their mean, along the axis of time or the one across it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from harken.errors import SettingsError
from harken.stream import Samples
from harken_train.chance import Chance, check_within
from harken_train.draws import Draws
from harken_train.spectral.axis import Axis

TIME = ("seconds", "column")  # the columns of spectrogram files


def time_axis(axes: Sequence[Axis]) -> int:
    """Which of the features' axes is time, counted from the last: -1 is the last."""
    return _axis(axes, "time", [i for i, axis in enumerate(axes) if axis.name in TIME])


def frequency_axis(axes: Sequence[Axis]) -> int:
    """Which of the features' axes is not time, counted from the last."""
    return _axis(axes, "frequency", [i for i, axis in enumerate(axes) if axis.name not in TIME])


def _axis(axes: Sequence[Axis], name: str, found: list[int]) -> int:
    if not found:
        there = ", ".join(axis.name for axis in axes)
        raise SettingsError(
            f"the recipe's front-end gives no axis of {name} ({there}); leave {name}_mask out"
        )
    return found[0] - len(axes)


@dataclass(frozen=True, kw_only=True)
class Mask(Chance):
    """``count`` stretches of up to ``share`` of an axis are set to the segment's mean."""

    acts_on: ClassVar[Literal["features"]] = "features"
    spectrograms: ClassVar[bool] = True

    share: float = 0.1
    count: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_within("share", self.share, 0.001, 1.0)
        check_within("count", self.count, 1)


def masks(axis: int, share: float, count: int) -> Callable[[Samples, object, Draws], Samples]:
    """Make what masks ``count`` stretches of up to ``share`` of an axis; each is at least one."""

    def change(features: Samples, rows: object, draws: Draws) -> Samples:  # noqa: ARG001
        length = features.shape[axis]
        most = max(1, round(share * length))
        masked = np.zeros((len(features), length), np.bool_)
        for _ in range(count):
            width = draws.whole(1, most)
            first = draws.whole(0, length - width)
            place = np.arange(length)
            masked |= (place >= first[:, None]) & (place < (first + width)[:, None])
        shape = [len(features), *[1] * (features.ndim - 1)]
        shape[axis] = length
        mean = features.mean(axis=tuple(range(1, features.ndim)), keepdims=True, dtype=np.float64)
        return np.where(masked.reshape(shape), mean.astype(np.float32), features)

    return change
