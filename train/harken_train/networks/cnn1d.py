"""A network on the wave itself, with long first kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.layers.dropout import check_dropout
from harken_train.networks import networks
from harken_train.pooling import GlobalAverage

CONVOLUTIONS = ((64, 64, 8), (128, 32, 4), (256, 16, 2))  # channels, kernel, stride
EMBEDDING = 128


@networks.register("cnn1d")
@dataclass(frozen=True, kw_only=True)
class Cnn1d:
    """Three strided convolutions, batch norm, ReLU; 825,000 weights for 1 channel.

    Takes (channels, samples); made for 1 x 2048 at 12 kHz. The embedding is the hidden layer of
    the head, 128 values. Without padding it needs 2,552 samples: ``padding = "half"``, half of
    each kernel on both sides, is the default.
    """

    padding: Literal["half", "none"] = "half"
    dropout: float = 0.5

    def __post_init__(self) -> None:
        check_dropout(self.dropout)

    def build(self, feature_shape: tuple[int, ...], logits: int) -> nn.Module:
        if len(feature_shape) != 2:
            raise SettingsError(
                f"cnn1d takes features of (channels, samples), got {feature_shape}; "
                "choose the front-end raw, or the network cnn2d"
            )
        lengths = self.lengths(feature_shape[1])
        if min(lengths) < 1:
            raise SettingsError(
                f"cnn1d with padding = {self.padding!r} cannot take {feature_shape[1]} samples; "
                "its layers would shrink to nothing: take a longer window"
            )
        return Cnn1dLayers(self, feature_shape[0], lengths[-1], logits)

    def lengths(self, samples: int) -> list[int]:
        """Samples left after each convolution and each max-pool, in order."""
        found = []
        for i, (_, kernel, stride) in enumerate(CONVOLUTIONS):
            padding = kernel // 2 if self.padding == "half" else 0
            samples = (samples + 2 * padding - kernel) // stride + 1
            found.append(samples)
            if i < 2:
                samples //= 2
                found.append(samples)
        return found


class Cnn1dLayers(nn.Module):
    """(batch, channels, samples) -> (batch, 128), (batch, logits)."""

    def __init__(self, settings: Cnn1d, channels: int, last: int, logits: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for i, (wider, kernel, stride) in enumerate(CONVOLUTIONS):
            padding = kernel // 2 if settings.padding == "half" else 0
            layers += [
                nn.Conv1d(channels, wider, kernel, stride, padding),
                nn.BatchNorm1d(wider),
                nn.ReLU(),
            ]
            channels = wider
            if i < 2:
                layers.append(nn.MaxPool1d(2))
        self.blocks = nn.Sequential(*layers, GlobalAverage((last,)))
        self.hidden = nn.Sequential(nn.Linear(channels, EMBEDDING), nn.ReLU())
        self.output = nn.Sequential(nn.Dropout(settings.dropout), nn.Linear(EMBEDDING, logits))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        embedding = self.hidden(self.blocks(features))
        return embedding, self.output(embedding)
