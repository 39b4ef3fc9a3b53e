"""A small VGG-like network on spectrogram images."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.layers.dropout import check_dropout
from harken_train.networks import networks
from harken_train.pooling import GlobalAverage

CHANNELS = (32, 64, 128, 256)
EMBEDDING = 128


@networks.register("cnn2d")
@dataclass(frozen=True, kw_only=True)
class Cnn2d:
    """Four blocks of 3 x 3 convolution, batch norm, ReLU; 422,000 weights for 1 channel.

    Takes (channels, bands, columns) of at least 8 x 8; made for 1 x 128 x 128. The embedding is
    the hidden layer of the head, 128 values.
    """

    dropout: float = 0.5

    def __post_init__(self) -> None:
        check_dropout(self.dropout)

    def build(self, feature_shape: tuple[int, ...], logits: int) -> nn.Module:
        if len(feature_shape) != 3 or min(feature_shape[1:]) < 8:
            raise SettingsError(
                "cnn2d takes features of (channels, bands, columns), at least 8 x 8, got "
                f"{feature_shape}; choose a front-end that makes images, or the network cnn1d"
            )
        return Cnn2dLayers(self, feature_shape, logits)


class Cnn2dLayers(nn.Module):
    """(batch, channels, bands, columns) -> (batch, 128), (batch, logits)."""

    def __init__(self, settings: Cnn2d, shape: tuple[int, ...], logits: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels, bands, columns = shape
        for i, wider in enumerate(CHANNELS):
            layers += [nn.Conv2d(channels, wider, 3, padding=1), nn.BatchNorm2d(wider), nn.ReLU()]
            channels = wider
            if i < 3:
                layers.append(nn.MaxPool2d(2))
                bands, columns = bands // 2, columns // 2
        self.blocks = nn.Sequential(*layers, GlobalAverage((bands, columns)))
        self.hidden = nn.Sequential(nn.Linear(channels, EMBEDDING), nn.ReLU())
        self.output = nn.Sequential(nn.Dropout(settings.dropout), nn.Linear(EMBEDDING, logits))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        embedding = self.hidden(self.blocks(features))
        return embedding, self.output(embedding)
