"""Ours, for small devices: plain one-dimensional convolutions along time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.layers.dropout import check_dropout
from harken_train.layers.ladder import ladder
from harken_train.networks import networks
from harken_train.pooling import GlobalAverage


@networks.register("edge")
@dataclass(frozen=True, kw_only=True)
class Edge:
    """Takes any features: the last axis is time, all others together are channels.

    More than ``columns`` steps of time are brought down by the stride of the first convolution.
    Each convolution is followed by batch norm and ReLU, each but the first by a max-pool of 2
    while there is time left: strides of 2 in its place train in two thirds of the time, but name
    2 to 4 points fewer of the simulated windows (two seeds). Channels in multiples of 16 and no
    depthwise layers: both are what int8 kernels like. The embedding is the mean over time,
    ``channels[-1]`` values. There are 20,948 weights for 1 x 129 x 33 and 4 classes.
    """

    channels: tuple[int, ...] = (16, 32, 48)
    kernel: int = 5
    columns: int = 128
    dropout: float = 0.2

    def __post_init__(self) -> None:
        if not self.channels or min(self.channels) < 1 or self.columns < 1:
            raise SettingsError("channels and columns: need at least one, each at least 1")
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise SettingsError(f"kernel: need an odd number of at least 1, got {self.kernel}")
        check_dropout(self.dropout)

    def build(self, feature_shape: tuple[int, ...], logits: int) -> nn.Module:
        if not feature_shape or min(feature_shape) < 1:
            raise SettingsError(f"edge takes features with a time axis, got {feature_shape}")
        return EdgeLayers(self, feature_shape, logits)


class EdgeLayers(nn.Module):
    """(batch, *shape) -> (batch, channels[-1]), (batch, logits)."""

    def __init__(self, settings: Edge, shape: tuple[int, ...], logits: int) -> None:
        super().__init__()
        self._inputs, time = math.prod(shape[:-1]), shape[-1]
        self._time = time
        found = ladder(
            self._inputs,
            time,
            settings.channels,
            kernel=settings.kernel,
            columns=settings.columns,
        )
        self.blocks = nn.Sequential(*found.layers, GlobalAverage((found.time,)))
        last = nn.Linear(settings.channels[-1], logits)
        self.output = nn.Sequential(nn.Dropout(settings.dropout), last)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        embedding = self.blocks(features.reshape(-1, self._inputs, self._time))
        return embedding, self.output(embedding)
