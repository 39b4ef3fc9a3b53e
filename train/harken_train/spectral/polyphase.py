"""A filter that also goes from one rate to another, as block matrix products, of any length.

onnxruntime's Conv knows no float64, and most of what a filter on stuffed zeros multiplies is 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

MOST = 32  # values a row of the product, about: as quick as more, and the matrix is smaller


class Polyphase(nn.Module):
    """(batch, channels, n) float64 -> (batch, channels, ceil(n * up / down)), at any n.

    Equals every ``down``-th value of the convolution of ``taps``, an odd number of them, with the
    signal that has ``up - 1`` zeros behind each sample; value k stands at sample k * down / up.
    The first and the last sample stand on beyond the ends.
    """

    matrix: Tensor

    def __init__(self, taps: npt.NDArray[np.float64], *, up: int = 1, down: int = 1) -> None:
        super().__init__()
        self._up, self._down = up, down
        # Samples that a row of the product takes, and values that it gives.
        self._frame, self._block = shape_of_matrix(len(taps), up=up, down=down)
        self._hop = self._block * down // up  # samples from one row to the next
        self._before = (len(taps) // 2) // up  # samples that the first value wants before its own
        self._pieces = -(-self._frame // self._hop)  # hops that a row touches
        places = np.arange(-self._before, self._frame - self._before)[:, None] * up
        tap = np.arange(self._block)[None] * down + len(taps) // 2 - places
        inside = (tap >= 0) & (tap < len(taps))
        matrix = np.where(inside, taps[np.clip(tap, 0, len(taps) - 1)], 0.0)
        self.register_buffer("matrix", torch.from_numpy(matrix))

    def forward(self, signal: Tensor) -> Tensor:
        batch, channels, samples = signal.shape
        rows = samples // self._hop + 1
        beyond = self._pieces * self._hop - self._before
        signal = torch.cat(
            [
                signal[:, :, :1].expand(-1, -1, self._before),
                signal,
                signal[:, :, -1:].expand(-1, -1, beyond),
            ],
            dim=-1,
        ).narrow(-1, 0, (rows - 1 + self._pieces) * self._hop)
        hops = signal.reshape(batch, channels, rows - 1 + self._pieces, self._hop)
        last = self._frame - (self._pieces - 1) * self._hop  # what a row needs of its last hop
        frames = torch.cat(
            [
                hops.narrow(2, i, rows)[..., : (self._hop if i < self._pieces - 1 else last)]
                for i in range(self._pieces)
            ],
            dim=-1,
        )
        values = (frames @ self.matrix).reshape(batch, channels, rows * self._block)
        return values.narrow(-1, 0, (samples * self._up + self._down - 1) // self._down)


def shape_of_matrix(taps: int, *, up: int, down: int) -> tuple[int, int]:
    """How many samples a row of the product takes, and how many values it gives.

    These are a multiple of ``up``, so that each row is like the next; fewer where samples are many
    to a value, since rows much longer than the filter would multiply zeros.
    """
    half = taps // 2
    values = up * max(1, round(min(MOST, taps / down / 2) / up))
    return half // up + ((values - 1) * down + half) // up + 1, values
