"""Ours, for long waves: a residual network along time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.layers.dropout import check_dropout
from harken_train.layers.residual import STEM, check_blocks
from harken_train.layers.squeeze import Squeeze
from harken_train.networks import networks
from harken_train.pooling import GlobalAverage


@networks.register("resnet1d")
@dataclass(frozen=True, kw_only=True)
class Resnet1d:
    """A first convolution, then residual blocks of two, batch norm throughout; 213,000 weights.

    Takes (channels, samples), made for 1,000 to 9,000 of them. ``channels`` has one entry a block,
    ``strides`` how much each shortens the time; the first convolution shortens it by ``first``.
    ``squeeze`` lets each block weigh its channels by their means over all of time (squeeze and
    excitation). ``pooling = "both"`` sets the largest value of each channel beside its mean: the
    embedding then has ``2 * channels[-1]`` values.
    """

    channels: tuple[int, ...] = (16, 32, 48, 64, 96)
    strides: tuple[int, ...] = (1, 2, 2, 2, 2)
    first: int = 2
    kernel: int = 7
    squeeze: bool = False
    pooling: Literal["average", "both"] = "both"
    dropout: float = 0.2

    def __post_init__(self) -> None:
        check_blocks(self.channels, self.strides, first=self.first, kernel=self.kernel)
        check_dropout(self.dropout)

    def build(self, feature_shape: tuple[int, ...], logits: int) -> nn.Module:
        if len(feature_shape) != 2:
            raise SettingsError(
                f"resnet1d takes features of (channels, samples), got {feature_shape}; "
                "choose the front-end raw"
            )
        return Resnet1dLayers(self, feature_shape, logits)


class Resnet1dLayers(nn.Module):
    """(batch, channels, samples) -> (batch, embedding), (batch, logits)."""

    def __init__(self, settings: Resnet1d, shape: tuple[int, ...], logits: int) -> None:
        super().__init__()
        narrow, length = shape
        wide = settings.channels[0]
        layers: list[nn.Module] = [
            nn.Conv1d(narrow, wide, STEM, settings.first, STEM // 2, bias=False),
            nn.BatchNorm1d(wide),
            nn.ReLU(),
        ]
        length, narrow = -(-length // settings.first), wide
        for wide, stride in zip(settings.channels, settings.strides, strict=True):
            length = -(-length // stride)
            layers.append(_Block(settings, narrow, wide, stride, length))
            narrow = wide
        self.blocks = nn.Sequential(*layers)
        self.average = GlobalAverage((length,))
        self.largest = nn.MaxPool1d(length) if settings.pooling == "both" else None
        size = narrow * (2 if settings.pooling == "both" else 1)
        self.output = nn.Sequential(nn.Dropout(settings.dropout), nn.Linear(size, logits))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        found = self.blocks(features)
        embedding = self.average(found)
        if self.largest is not None:
            embedding = torch.cat([embedding, self.largest(found).flatten(1)], dim=1)
        return embedding, self.output(embedding)


class _Block(nn.Module):
    """(batch, narrow, samples) -> (batch, wide, ``length``)."""

    def __init__(
        self, settings: Resnet1d, narrow: int, wide: int, stride: int, length: int
    ) -> None:
        super().__init__()
        kernel, padding = settings.kernel, settings.kernel // 2
        self.convolved = nn.Sequential(
            nn.Conv1d(narrow, wide, kernel, stride, padding, bias=False),
            nn.BatchNorm1d(wide),
            nn.ReLU(),
            nn.Conv1d(wide, wide, kernel, 1, padding, bias=False),
            nn.BatchNorm1d(wide),
        )
        self.squeezed = (
            Squeeze(GlobalAverage((length,)), wide, max(4, wide // 8))
            if settings.squeeze
            else nn.Identity()
        )
        self.shortcut = (
            nn.Identity()
            if stride == 1 and narrow == wide
            else nn.Sequential(nn.Conv1d(narrow, wide, 1, stride, bias=False), nn.BatchNorm1d(wide))
        )

    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(self.squeezed(self.convolved(features)) + self.shortcut(features))
