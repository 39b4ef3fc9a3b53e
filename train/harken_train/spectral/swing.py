"""Level by how far a wave swings in an ordinary stretch of it, which a few wild ones do not move."""

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
    halved: Tensor

    def __init__(self, stretch: int) -> None:
        super().__init__()
        self._stretch = stretch
        self.register_buffer("least", number(LEAST))
        self.register_buffer("nothing", number(1e-60))  # far below any float32; silence is 0 by it
        self.register_buffer("halved", number(0.5))

    def forward(self, signal: Tensor, samples: Tensor) -> Tensor:
        batch, channels, count = signal.shape
        stretches = count // self._stretch
        whole = signal.narrow(-1, 0, stretches * self._stretch)
        whole = whole.reshape(batch, channels, stretches, self._stretch)
        swings = (whole.amax(dim=-1) - whole.amin(dim=-1)).sort(dim=-1).values
        low = swings.narrow(-1, 0, (stretches + 1) // 2).amax(dim=-1, keepdim=True)
        high = swings.narrow(-1, 0, stretches // 2 + 1).amax(dim=-1, keepdim=True)
        median = (low + high) * self.halved
        largest = samples.abs().amax(dim=-1, keepdim=True)
        floor = torch.maximum(largest * self.least, self.nothing)
        return signal / torch.maximum(median, floor)
