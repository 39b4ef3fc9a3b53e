"""Mean 0 and deviation 1 in each channel of each window, exact at any level."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Standardise(nn.Module):
    """(batch, channels, samples) -> the same in float64; what is flat gives zeros.

    In float32 a constant of a million would leave nothing of what stands on it.
    """

    least: Tensor

    def __init__(self) -> None:
        super().__init__()
        # Far below the deviation of any float32 samples that are not all equal.
        self.register_buffer("least", torch.tensor([1e-60], dtype=torch.float64))

    def forward(self, samples: Tensor) -> Tensor:
        signal = samples.double()
        signal = signal - signal[:, :, :1]  # what is flat is exactly 0 from here on
        signal = signal - signal.mean(dim=-1, keepdim=True)
        deviation = signal.square().mean(dim=-1, keepdim=True).sqrt()
        return signal / torch.maximum(deviation, self.least)
