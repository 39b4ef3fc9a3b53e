"""Linear-phase filters as block matrix products: onnxruntime's Conv knows no float64."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from harken_train.spectral.framing import cut_frames

BLOCK = 16  # output samples a row of the product; the matrix is (taps + 15, 16)


class Fir(nn.Module):
    """(batch, channels, samples) float64 -> the same but for ``taps - 1`` samples less.

    Equals ``scipy.signal.convolve(samples, taps, "valid")``: only samples whose whole
    neighbourhood is in the window are given, so there are no transients at its ends.
    """

    matrix: Tensor

    def __init__(self, taps: npt.NDArray[np.float64], samples: int) -> None:
        super().__init__()
        self._wanted = samples - len(taps) + 1
        self._frame = BLOCK + len(taps) - 1
        self._padding = -self._wanted % BLOCK
        matrix = np.zeros((self._frame, BLOCK))
        for i in range(BLOCK):
            matrix[i : i + len(taps), i] = taps[::-1]
        self.register_buffer("matrix", torch.from_numpy(matrix))

    def forward(self, signal: Tensor) -> Tensor:
        signal = nn.functional.pad(signal, (0, self._padding))
        rows = cut_frames(signal, frame=self._frame, hop=BLOCK, centred=False)
        filtered = (rows @ self.matrix).reshape(-1, signal.shape[1], rows.shape[2] * BLOCK)
        return filtered[:, :, : self._wanted]
