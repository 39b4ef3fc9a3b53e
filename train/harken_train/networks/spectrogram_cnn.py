"""The plain convolutional network for spectrogram files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.layers.dropout import check_dropout
from harken_train.layers.image_blocks import ImageBlocks
from harken_train.networks import networks
from harken_train.pooling import GlobalAverage

CHANNELS = (16, 32, 64)
EMBEDDING = 128


@networks.register("spectrogram_cnn")
@dataclass(frozen=True, kw_only=True)
class SpectrogramCnn:
    """Three blocks of 3 x 3 convolution, ReLU, max-pool; 4.1 M weights for 1 x 128 x 251.

    Takes (channels, bands, columns) of at least 8 x 8. All but 24,000 of the weights stand between
    the flattened last block and the hidden layer of 128, which is the embedding; with
    ``pooling = "average"`` 32,000 are left. ``batch_norm`` and ``residual`` are the block's.
    """

    batch_norm: bool = False
    residual: bool = False
    pooling: Literal["flatten", "average"] = "flatten"
    dropout: float = 0.5

    def __post_init__(self) -> None:
        check_dropout(self.dropout)

    def build(self, feature_shape: tuple[int, ...], logits: int) -> nn.Module:
        if len(feature_shape) != 3 or min(feature_shape[1:]) < 8:
            raise SettingsError(
                "spectrogram_cnn takes features of (channels, bands, columns), at least 8 x 8, "
                f"got {feature_shape}; choose a front-end that makes images"
            )
        return SpectrogramCnnLayers(self, feature_shape, logits)


class SpectrogramCnnLayers(nn.Module):
    """(batch, channels, bands, columns) -> (batch, 128), (batch, logits)."""

    def __init__(self, settings: SpectrogramCnn, shape: tuple[int, ...], logits: int) -> None:
        super().__init__()
        self.blocks = ImageBlocks(
            shape, CHANNELS, batch_norm=settings.batch_norm, residual=settings.residual
        )
        bands, columns = self.blocks.size
        flat = settings.pooling == "flatten"
        self.pool = nn.Flatten() if flat else GlobalAverage((bands, columns))
        values = CHANNELS[-1] * (bands * columns if flat else 1)
        self.hidden = nn.Sequential(nn.Linear(values, EMBEDDING), nn.ReLU())
        self.output = nn.Sequential(nn.Dropout(settings.dropout), nn.Linear(EMBEDDING, logits))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        embedding = self.hidden(self.pool(self.blocks(features)))
        return embedding, self.output(embedding)
