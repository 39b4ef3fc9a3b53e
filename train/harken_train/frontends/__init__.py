"""Front-ends: samples (batch, channels, samples) -> features. One file, one kind."""

from __future__ import annotations

from typing import Protocol

from torch import nn

from harken.registry import Registry


class FrontEnd(Protocol):
    """Settings of a front-end."""

    @property
    def unit(self) -> str:
        """What its features are in: ``"dB"`` or ``"linear"``."""
        ...

    def build(self, *, rate: int, window: int) -> nn.Module:
        """Make the module: float32 (batch, channels, ``window``) in, float32 features out."""
        ...


frontends: Registry[FrontEnd] = Registry("front-end", "harken_train.frontends")
