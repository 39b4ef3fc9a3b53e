"""The mean of each value's neighbourhood."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from harken_train.spectral.fir import Fir


class MovingAverage(nn.Module):
    """(..., values) float64 -> the same: the mean of the values up to ``reach`` away.

    At the ends it is the mean of those that there are.
    """

    share: Tensor

    def __init__(self, values: int, reach: int) -> None:
        super().__init__()
        self._reach = reach = min(reach, values - 1)
        self.sum = Fir(np.ones(2 * reach + 1), values + 2 * reach)
        counts = np.convolve(np.ones(values), np.ones(2 * reach + 1))[reach : reach + values]
        self.register_buffer("share", torch.from_numpy(1.0 / counts))

    def forward(self, values: Tensor) -> Tensor:
        rows = values.reshape(-1, 1, values.shape[-1])
        sums: Tensor = self.sum(nn.functional.pad(rows, (self._reach, self._reach)))
        return sums.reshape(values.shape) * self.share
