"""Front-ends: samples (batch, channels, samples) -> features. One file, one kind."""

from __future__ import annotations

from typing import Protocol

from torch import nn

from harken.registry import Registry
from harken_train.spectral.axis import Axis


class FrontEnd(Protocol):
    """Settings of a front-end.

    What one can do it says by a class variable. ``takes = ("spectrogram",)``: it takes those.
    ``any_length = True``: as many samples as there are. ``any_rate = True``: it brings every rate
    to one of its own, so that a network behind it need not know the sensor's.
    """

    @property
    def unit(self) -> str:
        """What its features are in: ``"dB"`` or ``"linear"``."""
        ...

    def build(self, *, rate: int, window: int) -> nn.Module:
        """Make the module: float32 (batch, channels, ``window``) in, float32 features out."""
        ...

    def axes(self, *, rate: int, window: int) -> tuple[Axis, ...]:
        """What stands along each axis of the features behind the channels: rows, then columns."""
        ...


frontends: Registry[FrontEnd] = Registry("front-end", "harken_train.frontends")
