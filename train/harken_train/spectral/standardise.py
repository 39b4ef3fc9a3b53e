"""Mean 0 and deviation 1 in each channel of each window, or over other axes, at any level."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harken_train.spectral.number import number


class Standardise(nn.Module):
    """The same shape in float64, over its last axis or over ``dims``; what is flat gives zeros.

    In float32 a constant of a million would leave nothing of what stands on it.
    """

    least: Tensor

    def __init__(self, dims: tuple[int, ...] = (-1,)) -> None:
        super().__init__()
        self._dims = dims
        # Far below the deviation of any float32 values that are not all equal.
        self.register_buffer("least", number(1e-60))

    def forward(self, values: Tensor) -> Tensor:
        first = values = values.double()
        for dim in self._dims:
            first = first.narrow(dim, 0, 1)
        values = values - first  # what is flat is exactly 0 from here on
        values = values - values.mean(dim=self._dims, keepdim=True)
        deviation = values.square().mean(dim=self._dims, keepdim=True).sqrt()
        return values / torch.maximum(deviation, self.least)
