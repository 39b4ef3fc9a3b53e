"""A filter that also goes from one rate to another, as block matrix products, of any length.

onnxruntime's Conv knows no float64, and most of what a filter on stuffed zeros multiplies is 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn


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
        self._block = block_of(len(taps), up=up, down=down)  # values a row of the product
        self._hop = self._block * down // up  # samples from one row to the next
        self._before = (len(taps) // 2) // up  # samples that the first value wants before its own
        matrix = block_matrix(taps, self._block, up=up, down=down)
        self._frame = len(matrix)
        self._pieces = -(-self._frame // self._hop)  # hops that a row touches
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


def block_of(taps: int, *, up: int, down: int) -> int:
    """How many values a row gives: a multiple of ``up``, so that each row is like the next."""
    wanted = taps / down / 4
    return up * max(1, round(wanted / up))


def block_matrix(
    taps: npt.NDArray[np.float64], block: int, *, up: int, down: int
) -> npt.NDArray[np.float64]:
    """(samples, ``block``): what each of the first values takes of the samples that they touch."""
    half = len(taps) // 2
    before = half // up
    frame = before + ((block - 1) * down + half) // up + 1
    places = np.arange(-before, frame - before)[:, None] * up
    tap = np.arange(block)[None] * down + half - places
    return np.where((tap >= 0) & (tap < len(taps)), taps[np.clip(tap, 0, len(taps) - 1)], 0.0)
