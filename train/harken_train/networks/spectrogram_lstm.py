"""A recurrence over the rows or the columns of a spectrogram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.layers.recurrence import Recurrence, RecurrenceSettings
from harken_train.networks import networks


@networks.register("spectrogram_lstm")
@dataclass(frozen=True, kw_only=True)
class SpectrogramLstm(RecurrenceSettings):
    """LSTM or GRU; 328,000 weights for 1 x 128 x 251.

    Takes (channels, bands, columns) of any size; channels stand side by side in each step. The
    embedding is what the last layer gives at the last step. ``time = "rows"`` is the source's
    reading, 128 steps of 251 values: it goes through the bands, from low to high, and sees all
    times of a band at once. ``"columns"`` goes through time.
    """

    time: Literal["rows", "columns"] = "rows"

    def build(self, feature_shape: tuple[int, ...], logits: int) -> nn.Module:
        if len(feature_shape) != 3:
            raise SettingsError(
                "spectrogram_lstm takes features of (channels, bands, columns), got "
                f"{feature_shape}; choose a front-end that makes images"
            )
        return SpectrogramLstmLayers(self, feature_shape, logits)


class SpectrogramLstmLayers(nn.Module):
    """(batch, channels, bands, columns) -> (batch, hidden), (batch, logits)."""

    def __init__(self, settings: SpectrogramLstm, shape: tuple[int, ...], logits: int) -> None:
        super().__init__()
        channels, bands, columns = shape
        self._rows = settings.time == "rows"
        self._steps, values = (bands, columns) if self._rows else (columns, bands)
        self._values = channels * values
        self.recurrence = Recurrence(settings, self._values)
        self.output = nn.Sequential(
            nn.Dropout(settings.dropout), nn.Linear(self.recurrence.size, logits)
        )

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        order = (0, 2, 1, 3) if self._rows else (0, 3, 1, 2)
        steps = features.permute(order).reshape(-1, self._steps, self._values)
        embedding = self.recurrence(steps)
        return embedding, self.output(embedding)
