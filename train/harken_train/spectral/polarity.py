"""Waves turned so that their peaks point up, whichever way round the sensor was put on."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harken_train.spectral.number import number

# Of the sum of the cubes' sizes. What is lopsided by less than this is as good as even, and stays:
# rounding would turn it this way or that.
EVEN = -1e-6


class Upright(nn.Module):
    """(batch, channels, n) float64 -> the same; a channel whose cubes add up below 0 is negated."""

    even: Tensor
    turned: Tensor
    kept: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("even", number(EVEN))
        self.register_buffer("turned", number(-1.0))
        self.register_buffer("kept", number(1.0))

    def forward(self, signal: Tensor) -> Tensor:
        cubes = signal * signal.square()
        lopsided = cubes.sum(dim=-1, keepdim=True)
        size = cubes.abs().sum(dim=-1, keepdim=True)
        return signal * torch.where(lopsided < self.even * size, self.turned, self.kept)
