"""Squeeze and excitation: each channel weighed by what all of time says of all channels."""

from __future__ import annotations

from torch import Tensor, nn


class Squeeze(nn.Module):
    """(batch, channels, ...) -> the same, each channel times a number from 0 to 1.

    ``average`` gives its means, (batch, channels); ``fewer`` values are made of them, and the
    numbers of these. Source: Hu et al. 2018.
    """

    def __init__(self, average: nn.Module, channels: int, fewer: int) -> None:
        super().__init__()
        self.weigh = nn.Sequential(
            average,
            nn.Linear(channels, fewer),
            nn.ReLU(),
            nn.Linear(fewer, channels),
            nn.Sigmoid(),
        )

    def forward(self, features: Tensor) -> Tensor:
        numbers = self.weigh(features)
        weighed: Tensor = features * numbers[(..., *[None] * (features.ndim - 2))]
        return weighed
