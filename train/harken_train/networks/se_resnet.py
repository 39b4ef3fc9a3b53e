"""Ours, for whole recordings of any length: residual blocks, then a recurrence, then attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.layers.attention import Attention
from harken_train.layers.dropout import check_dropout
from harken_train.layers.members import Members
from harken_train.layers.recurrence import Cell
from harken_train.layers.residual import STEM, check_blocks
from harken_train.layers.squeeze import Squeeze
from harken_train.networks import networks
from harken_train.pooling import MeanOfAll


@networks.register("se_resnet")
@dataclass(frozen=True, kw_only=True)
class SeResnet:
    """A first convolution, residual blocks with squeeze and excitation, a recurrence, attention.

    Takes (channels, columns) of any length. ``channels`` has one entry a block, ``strides`` how
    much each shortens the time; the first convolution shortens it by ``first``. ``recurrent`` are
    the values that the recurrence, an LSTM or a GRU, keeps in each direction; 0 leaves it out.
    ``heads`` means over time, each weighed by what it learned to look at, and the largest value of
    each channel are the embedding. In training whole blocks are left out with the chance
    ``drop_path``, the first seldom, the last as often as that.

    Of ``members`` such networks side by side the mean logits answer, and each row of a batch trains
    one of them: so many times the epochs give each what it would have had alone.
    """

    any_length: ClassVar[bool] = True

    channels: tuple[int, ...] = (24, 32, 48, 48, 64, 64, 96)
    strides: tuple[int, ...] = (1, 2, 2, 1, 2, 1, 2)
    first: int = 2
    kernel: int = 7
    cell: Cell = "lstm"
    recurrent: int = 64
    heads: int = 4
    dropout: float = 0.3
    drop_path: float = 0.0
    members: int = 1

    def __post_init__(self) -> None:
        check_blocks(self.channels, self.strides, first=self.first, kernel=self.kernel)
        if self.recurrent < 0 or self.heads < 1:
            raise SettingsError(
                f"recurrent and heads: need at least 0 and 1, got {self.recurrent} and {self.heads}"
            )
        check_dropout(self.dropout)
        if not 0.0 <= self.drop_path < 1.0:
            raise SettingsError(f"drop_path: need 0 to below 1, got {self.drop_path}")
        if self.members < 1:
            raise SettingsError(f"members: need at least 1, got {self.members}")

    def build(self, feature_shape: tuple[int, ...], logits: int) -> nn.Module:
        if len(feature_shape) != 2:
            raise SettingsError(
                f"se_resnet takes features of (channels, columns), got {feature_shape}; "
                "choose the front-end filtered or raw"
            )
        return Members(SeResnetLayers(self, feature_shape[0], logits) for _ in range(self.members))


class SeResnetLayers(nn.Module):
    """(batch, channels, any columns) -> (batch, embedding), (batch, logits).

    Inside, time is the width of images of height 1, channels last: both onnxruntime and torch have
    much quicker convolutions for images (by a quarter and by a fifth), of the same arithmetic.
    """

    def __init__(self, settings: SeResnet, inputs: int, logits: int) -> None:
        super().__init__()
        narrow = settings.channels[0]
        self.stem = _convolution(inputs, narrow, STEM, settings.first)
        blocks: list[nn.Module] = []
        for i, (wide, stride) in enumerate(zip(settings.channels, settings.strides, strict=True)):
            dropped = settings.drop_path * (i + 1) / len(settings.channels)
            blocks.append(_Block(narrow, wide, stride, settings.kernel, dropped))
            narrow = wide
        self.blocks = nn.Sequential(nn.BatchNorm2d(settings.channels[0]), nn.ReLU(), *blocks)
        self.dropout = nn.Dropout(settings.dropout / 2)
        self.recurrence: nn.Module | None = None
        if settings.recurrent:
            cell = nn.LSTM if settings.cell == "lstm" else nn.GRU
            self.recurrence = cell(narrow, settings.recurrent, batch_first=True, bidirectional=True)
            narrow = 2 * settings.recurrent
        self.attention = Attention(narrow, settings.heads)
        self.output = nn.Sequential(
            nn.Dropout(settings.dropout), nn.Linear(narrow * (settings.heads + 1), logits)
        )

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        first = self.stem(features[:, :, None]).contiguous(memory_format=torch.channels_last)
        steps = self.blocks(first).squeeze(2).transpose(1, 2)  # (batch, steps, values)
        if self.recurrence is not None:
            steps = self.recurrence(self.dropout(steps))[0]
        embedding = torch.cat([self.attention(steps), steps.float().amax(1)], dim=1)
        return embedding, self.output(embedding)


class _Block(nn.Module):
    """(batch, narrow, 1, columns) -> (batch, wide, 1, ceil(columns / stride))."""

    def __init__(self, narrow: int, wide: int, stride: int, kernel: int, dropped: float) -> None:
        super().__init__()
        self.convolved = nn.Sequential(
            _convolution(narrow, wide, kernel, stride),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            _convolution(wide, wide, kernel, 1),
            nn.BatchNorm2d(wide),
        )
        self.squeezed = Squeeze(MeanOfAll(), wide, max(4, wide // 4))
        shortcut: list[nn.Module] = []
        if stride > 1:  # the mean of what falls together; at the end of fewer, of those there are
            shortcut.append(nn.AvgPool2d((1, stride), ceil_mode=True, count_include_pad=False))
        if narrow != wide:
            shortcut.append(_convolution(narrow, wide, 1, 1))
        self.shortcut = nn.Sequential(*shortcut)
        self._dropped = dropped

    def forward(self, features: Tensor) -> Tensor:
        found = self.squeezed(self.convolved(features))
        if self.training and self._dropped:
            found = found * self._left(found)
        return torch.relu(found + self.shortcut(features))

    def _left(self, found: Tensor) -> Tensor:
        """Zeros for the rows whose block is left out; the mean over all draws is 1."""
        draws = torch.rand(len(found), 1, 1, 1, device=found.device)
        return (draws >= self._dropped).to(found.dtype) / (1.0 - self._dropped)


def _convolution(narrow: int, wide: int, kernel: int, stride: int) -> nn.Conv2d:
    """Along time: (batch, narrow, 1, columns) -> (batch, wide, 1, ceil(columns / stride))."""
    return nn.Conv2d(narrow, wide, (1, kernel), (1, stride), (0, kernel // 2), bias=False)
