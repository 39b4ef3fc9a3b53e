"""The hybrid: convolutions find what is in a spectrogram, a recurrence follows it through time."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.layers.image_blocks import ImageBlocks
from harken_train.layers.recurrence import Recurrence, RecurrenceSettings
from harken_train.networks import networks


@networks.register("cnn_lstm")
@dataclass(frozen=True, kw_only=True)
class CnnLstm(RecurrenceSettings):
    """Blocks of 3 x 3 convolution, batch norm, ReLU, max-pool, then LSTM or GRU over the columns.

    Takes (channels, bands, columns); each block halves both, so both must hold 2 to the power of
    the number of blocks. 615,000 weights for 1 x 128 x 251, most of them in the recurrence, which
    takes the 64 channels of the 16 bands that are left at each of 31 steps. The embedding is what
    its last layer gives at the last step.
    """

    channels: tuple[int, ...] = (16, 32, 64)
    batch_norm: bool = True
    layers: int = 1

    def __post_init__(self) -> None:
        if not self.channels or min(self.channels) < 1:
            raise SettingsError("channels: need at least one, each at least 1")
        super().__post_init__()

    def build(self, feature_shape: tuple[int, ...], logits: int) -> nn.Module:
        least = 2 ** len(self.channels)
        if len(feature_shape) != 3 or min(feature_shape[1:]) < least:
            raise SettingsError(
                f"cnn_lstm takes features of (channels, bands, columns), at least {least} x "
                f"{least}, got {feature_shape}; choose a front-end that makes images, or fewer "
                "network.channels"
            )
        return CnnLstmLayers(self, feature_shape, logits)


class CnnLstmLayers(nn.Module):
    """(batch, channels, bands, columns) -> (batch, hidden), (batch, logits)."""

    def __init__(self, settings: CnnLstm, shape: tuple[int, ...], logits: int) -> None:
        super().__init__()
        self.blocks = ImageBlocks(shape, settings.channels, batch_norm=settings.batch_norm)
        bands, self._columns = self.blocks.size
        self._values = settings.channels[-1] * bands
        self.recurrence = Recurrence(settings, self._values)
        self.output = nn.Sequential(
            nn.Dropout(settings.dropout), nn.Linear(self.recurrence.size, logits)
        )

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.blocks(features)  # (batch, channels, bands, columns)
        steps = maps.permute(0, 3, 1, 2).reshape(-1, self._columns, self._values)
        embedding = self.recurrence(steps)
        return embedding, self.output(embedding)
