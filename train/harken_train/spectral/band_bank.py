"""Several short filters at once, of whose answers every so many samples one is wanted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from harken_train.spectral.framing import cut_frames

HOP = 64  # samples from one row of the product to the next, about


class BandBank(nn.Module):
    """(batch, channels, samples) float64 -> (batch, channels, filters, count).

    Equals ``scipy.signal.convolve(samples, taps, "valid")[::stride]`` for each row of ``filters``,
    (filters, taps).
    """

    matrix: Tensor

    def __init__(self, filters: npt.NDArray[np.float64], samples: int, stride: int) -> None:
        super().__init__()
        bands, taps = filters.shape
        self.count = (samples - taps) // stride + 1
        self._block = block = min(max(1, HOP // stride), self.count)  # answers a row
        self._hop, self._frame = stride * block, taps + stride * (block - 1)
        self._rows, self._bands = -(-self.count // block), bands
        self._after = (self._rows - 1) * self._hop + self._frame - samples
        matrix = np.zeros((self._frame, bands, block))
        for i in range(block):
            matrix[i * stride : i * stride + taps, :, i] = filters[:, ::-1].T
        self.register_buffer("matrix", torch.from_numpy(matrix.reshape(self._frame, -1)))

    def forward(self, signal: Tensor) -> Tensor:
        padded = nn.functional.pad(signal, (0, self._after))  # crops when negative
        frames = cut_frames(padded, frame=self._frame, hop=self._hop, centred=False)
        answers = frames @ self.matrix  # (batch, channels, rows, bands * block)
        answers = answers.reshape(-1, signal.shape[1], self._rows, self._bands, self._block)
        return answers.transpose(2, 3).flatten(3, 4)[..., : self.count]
