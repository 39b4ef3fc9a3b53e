"""Level by how far a wave swings in an ordinary stretch of it; a few wild ones do not move it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harken_train.spectral.number import number

# Of the largest absolute sample: float32 keeps 6e-8 of it, so what swings less is rounding.
LEAST = 1e-6


class Swing(nn.Module):
    """Divides each channel by the median, over its whole stretches, of its largest less its least.

    ``forward`` takes the signal to be levelled, (batch, channels, n) float64 with ``stretch``
    values at least, and the samples that it was made of, whose largest says what is nothing.
    """

    least: Tensor
    nothing: Tensor

    def __init__(self, stretch: int) -> None:
        super().__init__()
        self._stretch = stretch
        self.register_buffer("least", number(LEAST))
        self.register_buffer("nothing", number(1e-60))  # far below any float32; silence is 0 by it

    def forward(self, signal: Tensor, samples: Tensor) -> Tensor:
        both = torch.stack([signal, -signal], dim=1)  # (batch, 2, channels, n)
        peaks = nn.functional.max_pool2d(both, (1, self._stretch))  # of each whole stretch
        swings = peaks.sum(dim=1).sort(dim=-1).values
        count = swings.shape[-1]
        places = torch.arange(count, device=swings.device)
        middle = ((2 * places - (count - 1)).abs() <= 1).to(swings)  # one of them, or two
        median = (swings * middle).sum(dim=-1, keepdim=True) / middle.sum()
        largest = samples.abs().amax(dim=-1, keepdim=True)
        floor = torch.maximum(largest * self.least, self.nothing)
        return signal / torch.maximum(median, floor)
