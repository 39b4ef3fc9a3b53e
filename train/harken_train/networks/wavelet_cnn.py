"""A small network on wavelet coefficients, also the feature maker of an SVM."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.networks import networks

CHANNELS = (16, 32)


@networks.register("wavelet_cnn")
@dataclass(frozen=True, kw_only=True)
class WaveletCnn:
    """Two convolutions, each with ReLU and max-pool, then a layer of ``features`` values.

    Takes (channels, samples) of any length that the pools leave something of; made for 1 x 143,
    what six levels of db2 leave of 9,000 samples: 146,000 weights. The layer of ``features``, after
    its ReLU, is the embedding; the source takes 50 of them for its SVM, else 128. Weights begin as
    He has it, biases at 0.

    Several ``kernels`` stand side by side and share the channels of each convolution. ``pools`` of
    the two convolutions are followed by a max-pool of 2, the first of them first. ``pooling`` says
    what goes to the features: all that is left; averages over ``steps`` stretches of it, so that
    the weights do not grow with the length; or its attention-weighted mean.
    """

    features: int = 128
    kernels: tuple[int, ...] = (3,)
    pools: int = 2
    pooling: Literal["flatten", "adaptive", "attention"] = "flatten"
    steps: int = 8

    def __post_init__(self) -> None:
        if self.features < 1 or self.steps < 1:
            raise SettingsError(
                f"features and steps: need at least 1, got {self.features} and {self.steps}"
            )
        if not self.kernels or min(self.kernels) < 1 or any(k % 2 == 0 for k in self.kernels):
            raise SettingsError(f"kernels: need odd numbers, got {list(self.kernels)}")
        if len(self.kernels) > CHANNELS[0]:
            raise SettingsError(f"kernels: need at most {CHANNELS[0]}, got {len(self.kernels)}")
        if not 0 <= self.pools <= len(CHANNELS):
            raise SettingsError(f"pools: need 0 to {len(CHANNELS)}, got {self.pools}")

    def build(self, feature_shape: tuple[int, ...], logits: int) -> nn.Module:
        if len(feature_shape) != 2 or feature_shape[1] < 2**self.pools:
            raise SettingsError(
                f"wavelet_cnn takes features of (channels, samples), at least {2**self.pools} "
                f"samples, got {feature_shape}; choose the front-end wavelet, spectrum or raw"
            )
        return WaveletCnnLayers(self, feature_shape, logits)


class WaveletCnnLayers(nn.Module):
    """(batch, channels, samples) -> (batch, features), (batch, logits)."""

    def __init__(self, settings: WaveletCnn, shape: tuple[int, ...], logits: int) -> None:
        super().__init__()
        channels, length = shape
        layers: list[nn.Module] = []
        for i, (narrow, wide) in enumerate(pairwise((channels, *CHANNELS))):
            layers += [_SideBySide(narrow, wide, settings.kernels), nn.ReLU()]
            if i < settings.pools:
                layers.append(nn.MaxPool1d(2))
                length //= 2
        self.blocks = nn.Sequential(*layers)
        self.pool, values = _pool(settings, length)
        self.hidden = nn.Sequential(nn.Linear(values, settings.features), nn.ReLU())
        self.output = nn.Linear(settings.features, logits)
        for module in self.modules():
            if isinstance(module, nn.Conv1d | nn.Linear) and module.bias is not None:
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        embedding = self.hidden(self.pool(self.blocks(features)))
        return embedding, self.output(embedding)


def _pool(settings: WaveletCnn, length: int) -> tuple[nn.Module, int]:
    """Give the module from (batch, channels, ``length``) to (batch, values), and ``values``."""
    wide = CHANNELS[-1]
    if settings.pooling == "flatten":
        return nn.Flatten(), wide * length
    if settings.pooling == "attention":
        return _Attention(wide), wide
    steps = min(settings.steps, length)
    stride = length // steps
    average = nn.AvgPool1d(length - (steps - 1) * stride, stride)  # together they cover all of it
    return nn.Sequential(average, nn.Flatten()), wide * steps


class _SideBySide(nn.Module):
    """(batch, narrow, samples) -> (batch, wide, samples): one convolution for each kernel."""

    def __init__(self, narrow: int, wide: int, kernels: tuple[int, ...]) -> None:
        super().__init__()
        share, rest = divmod(wide, len(kernels))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(narrow, share + (i < rest), kernel, padding=kernel // 2)
            for i, kernel in enumerate(kernels)
        )

    def forward(self, features: Tensor) -> Tensor:
        found = [convolution(features) for convolution in self.convolutions]
        return found[0] if len(found) == 1 else torch.cat(found, dim=1)


class _Attention(nn.Module):
    """(batch, channels, samples) -> (batch, channels): a mean whose weights are learned."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.say = nn.Conv1d(channels, 1, 1)

    def forward(self, features: Tensor) -> Tensor:
        weights = torch.softmax(self.say(features), dim=-1)  # (batch, 1, samples)
        return (features * weights).sum(-1)
