"""The magnitude of a sum of turning samples at any frequencies, on a grid of bins or not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

LARGEST = 131_072  # numbers of the matrix; beyond, it serves several stretches of the samples


class Zoom(nn.Module):
    """(..., samples) float64 -> (..., frequencies), at frequencies in cycles a sample.

    Equals ``abs(samples @ numpy.exp(-2j * pi * numpy.outer(range(samples), frequencies)))``. The
    samples are taken as ``stretches`` rows, all of which meet the same small matrix; each row's
    answers are then turned by where it begins, which is exact.
    """

    matrix: Tensor
    turns: Tensor

    def __init__(self, samples: int, frequencies: npt.NDArray[np.float64]) -> None:
        super().__init__()
        self._bins = len(frequencies)
        self._stretches = -(-samples * 2 * self._bins // LARGEST)
        self._each = -(-samples // self._stretches)
        self._after = self._stretches * self._each - samples
        wave = _wave(np.outer(np.arange(self._each), frequencies))
        self.register_buffer("matrix", torch.from_numpy(np.hstack([wave.real, wave.imag])))
        turn = _wave(np.outer(np.arange(self._stretches) * self._each, frequencies))
        self.register_buffer("turns", torch.from_numpy(np.stack([turn.real, turn.imag])))

    def forward(self, signal: Tensor) -> Tensor:
        padded = nn.functional.pad(signal, (0, self._after))
        rows = padded.reshape(*signal.shape[:-1], self._stretches, self._each) @ self.matrix
        real, imaginary = rows[..., : self._bins], rows[..., self._bins :]
        if self._stretches > 1:
            real, imaginary = (
                real * self.turns[0] - imaginary * self.turns[1],
                real * self.turns[1] + imaginary * self.turns[0],
            )
        power = real.sum(dim=-2).square() + imaginary.sum(dim=-2).square()
        return power.sqrt()


def _wave(cycles: npt.NDArray[np.float64]) -> npt.NDArray[np.complex128]:
    wave: npt.NDArray[np.complex128] = np.exp(-2j * np.pi * (cycles % 1.0))
    return wave
