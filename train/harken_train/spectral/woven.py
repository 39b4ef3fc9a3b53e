"""Power spectra of overlapping frames without ever laying the frames side by side.

`fourier.Factorised` cuts frames, tapers, transforms over rows, twists, transforms over columns, and
each of these writes all frames to memory once more, which costs more than the products do. Where
the hop is a multiple of the columns, a column's rows of all frames are slices of the signal: one
product by column then tapers, transforms and twists at once, and a second one ends the transform.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from harken_train.spectral.fourier import Places, Taper, factorised_is_cheaper, factors
from harken_train.spectral.framing import frame_count
from harken_train.spectral.rotation import rotation
from harken_train.spectral.window_transform import register


def woven_columns(n: int, *, hop: int, frames: int) -> int | None:
    """Give the best columns for frames of ``n``; ``None`` where another way costs less."""
    common = math.gcd(n, hop)
    columns = min(
        (c for c in range(1, common + 1) if common % c == 0),
        key=lambda c: (n // c + 2 * c, n // c),  # of equals the one with the smaller file
    )
    rows, best = factors(n)
    good = 2 * (n // columns + 2 * columns) <= 3 * (rows + 2 * best)
    return columns if good and frames >= FEW and factorised_is_cheaper(n) else None


# Measured, one thread, float64, all of log_mel in microseconds, Factorised against this way:
# n_fft 2048, 5 frames: 105 / 170; 87 frames: 3900 / 2700; 251 frames: 8300 / 5300;
# n_fft 1024, 63 frames: 620 / 430; n_fft 256, 33 frames: 68 / 58.
FEW = 32  # frames, of which the matrices by column would be read for little


class Woven(nn.Module):
    """(batch, channels, samples) -> powers (batch, channels, ``width``, frames).

    Frames are centred as in librosa. Bin k stands at ``places[k]``. The matrices hold
    n * (rows + 2) + 4 columns^2 numbers.
    """

    by_column: Tensor
    over_columns: Tensor

    def __init__(self, taper: Taper, *, hop: int, columns: int, dtype: torch.dtype) -> None:
        super().__init__()
        n = len(taper)
        self._n, self._hop, self._columns = n, hop, columns
        rows = n // columns
        half = rows // 2 + 1
        over_rows = rotation(np.outer(np.arange(half), np.arange(rows)), rows)
        twist = rotation(np.outer(np.arange(columns), np.arange(half)), n)
        first = twist[:, :, None] * over_rows * taper.reshape(rows, 1, columns).T
        second = rotation(np.outer(np.arange(columns), np.arange(columns)), columns)
        real = np.stack([second.real, -second.imag], axis=-1)  # of each column: real, imaginary
        imaginary = np.stack([second.imag, second.real], axis=-1)
        constants = {
            "by_column": np.concatenate([first.real, first.imag], axis=1),  # (., 2 half, rows)
            "over_columns": np.stack([real, imaginary]).reshape(2 * columns, 2 * columns),
        }
        register(self, constants, dtype)
        k = np.arange(n // 2 + 1)
        k = np.where(k % rows < half, k, n - k)
        self.places: Places = k // rows * half + k % rows
        self.width = columns * half

    def forward(self, samples: Tensor) -> Tensor:
        channels, columns = samples.shape[1], self._columns
        first = self.by_column @ self._rows_of(samples).to(self.by_column.dtype)
        frames = first.shape[-1]  # first is (batch, channels, columns, 2 half, frames)
        first = first.reshape(-1, channels, 2 * columns, self.width // columns * frames)
        second = self.over_columns @ first
        real, imaginary = second[:, :, :columns], second[:, :, columns:]
        return (real.square() + imaginary.square()).reshape(-1, channels, self.width, frames)

    def _rows_of(self, samples: Tensor) -> Tensor:
        """(batch, channels, columns, rows, frames): sample row * columns + column of each frame."""
        channels, length = samples.shape[1], samples.shape[2]
        frames = frame_count(length, frame=self._n, hop=self._hop, centred=True)
        rows, step = self._n // self._columns, self._hop // self._columns
        pieces = -(-rows // step)  # blocks of hop samples that a frame touches
        blocks = frames - 1 + pieces
        before = self._n // 2
        padded = nn.functional.pad(samples, (before, blocks * self._hop - before - length))
        grid = padded.reshape(-1, channels, blocks, step, self._columns).permute(0, 1, 4, 3, 2)
        last = rows - (pieces - 1) * step  # what a frame needs of its last block
        return torch.cat(
            [
                grid[..., : (step if i < pieces - 1 else last), i : i + frames]
                for i in range(pieces)
            ],
            dim=-2,
        )
