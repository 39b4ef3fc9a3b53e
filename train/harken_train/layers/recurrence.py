"""A recurrence over time and what it remembers at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.layers.dropout import check_dropout

Cell = Literal["lstm", "gru"]


@dataclass(frozen=True, kw_only=True)
class RecurrenceSettings:
    """``layers`` recurrences of ``hidden`` values on top of each other, forwards or both ways.

    Networks that recur inherit these settings; ``dropout`` is the one before their last layer.
    """

    cell: Cell = "lstm"
    hidden: int = 128
    layers: int = 2
    bidirectional: bool = False
    dropout: float = 0.3

    def __post_init__(self) -> None:
        if self.hidden < 1 or self.layers < 1:
            raise SettingsError(
                f"hidden and layers: need at least 1, got {self.hidden} and {self.layers}"
            )
        check_dropout(self.dropout)


class Recurrence(nn.Module):
    """(batch, steps, values) -> (batch, ``size``): what the last layer gives at the last step.

    Both ways, the backward half is taken where that direction ends, at the first step: at the
    last one it has seen a single step.
    """

    def __init__(self, settings: RecurrenceSettings, values: int) -> None:
        super().__init__()
        cell = nn.LSTM if settings.cell == "lstm" else nn.GRU
        self.cells = cell(
            values,
            settings.hidden,
            settings.layers,
            batch_first=True,
            bidirectional=settings.bidirectional,
        )
        self._hidden = settings.hidden
        self._bidirectional = settings.bidirectional
        self.size = settings.hidden * (2 if settings.bidirectional else 1)

    def forward(self, steps: Tensor) -> Tensor:
        given: Tensor = self.cells(steps)[0]  # (batch, steps, size)
        last = given[:, -1, : self._hidden]
        if self._bidirectional:
            return torch.cat([last, given[:, 0, self._hidden :]], dim=-1)
        return last
