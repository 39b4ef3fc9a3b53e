"""Power spectra of frames by matrix products: onnxruntime's own DFT is many times slower.

`Dense` is one product with an (n, n + 2) matrix. `Factorised` is Cooley and Tukey's step: for
n = rows * columns a transform over the rows, a twist of each value, a transform over the columns,
each a product with a small matrix. Both are exact; `factorised_is_cheaper` says which is taken.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from harken_train.spectral.rotation import rotation

Taper = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


def factors(n: int) -> tuple[int, int]:
    """Give the rows * columns = n whose two products cost least, ``rows + 2 * columns`` a value."""
    columns = min((c for c in range(1, n + 1) if n % c == 0), key=lambda c: (n // c + 2 * c, -c))
    return n // columns, columns


def factorised_is_cheaper(n: int) -> bool:
    """Whether two small products beat one large one: when they need a quarter of its work.

    Measured in onnxruntime, one thread, float64, all of the log-spectrogram, hop n / 4, dense
    against factorised (``python -m tests.bench.frontends`` makes the table anew)::

        n            64       100       128       192       256       512      1024
        rows, cols   8, 8     10, 10    16, 8     16, 12    16, 16   32, 16    32, 32
        microseconds 64/103   72/106    79/101    100/98    117/80   449/166   2872/292
        kB           36/7     84/9      135/10    300/14    530/19   2107/30   8407/66

    At 128 it takes 22 microseconds more, and 125 kB less in the file. A prime n has no factors and
    is always dense.
    """
    rows, columns = factors(n)
    return 4 * (rows + 2 * columns) <= n + 2


class PowerSpectrum(nn.Module):
    """Frames (batch, channels, frames, n) -> (..., n // 2 + 1 powers, frames).

    `powers` leaves them as the transform made them, which is cheaper where a matrix follows whose
    rows can be put into that order: (..., frames, ``width``), bin k at ``places[k]``.
    """

    places: Places
    width: int

    def powers(self, frames: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, frames: Tensor) -> Tensor:
        return self.powers(frames).transpose(-1, -2)


def power_spectrum(taper: Taper, dtype: torch.dtype, *, factorised: bool | None) -> PowerSpectrum:
    """Make the module; frames are multiplied by ``taper``, (n,), first.

    ``factorised = None`` takes the cheaper way.
    """
    if factorised is None:
        factorised = factorised_is_cheaper(len(taper))
    return (Factorised if factorised else Dense)(taper, dtype)


class Dense(PowerSpectrum):
    """One product; n * (n + 2) numbers."""

    matrix: Tensor

    def __init__(self, taper: Taper, dtype: torch.dtype) -> None:
        super().__init__()
        n = len(taper)
        self._bins = self.width = n // 2 + 1
        self.places = np.arange(self._bins)
        wave = taper[:, None] * rotation(np.outer(np.arange(n), np.arange(self._bins)), n)
        matrix = np.concatenate([wave.real, wave.imag], axis=1)
        self.register_buffer("matrix", torch.from_numpy(matrix).to(dtype))

    def powers(self, frames: Tensor) -> Tensor:
        spectrum = frames @ self.matrix  # (..., frames, 2 bins)
        real, imaginary = spectrum[..., : self._bins], spectrum[..., self._bins :]
        return real.square() + imaginary.square()


class Factorised(PowerSpectrum):
    """Two products; about 2 rows^2 + 4 columns^2 + 3 n numbers.

    Sample i of a frame stands at row i // columns, column i % columns. The signal is real, so of
    the transform over the rows its first half is enough: bin k and bin n - k have the same power.
    """

    taper: Tensor
    over_rows: Tensor
    twist: Tensor
    over_columns: Tensor
    order: Tensor

    def __init__(self, taper: Taper, dtype: torch.dtype) -> None:
        super().__init__()
        n = len(taper)
        rows, columns = factors(n)
        half = rows // 2 + 1
        self._rows, self._columns, self._half = rows, columns, half
        first = rotation(np.outer(np.arange(half), np.arange(rows)), rows)
        twist = rotation(np.outer(np.arange(half), np.arange(columns)), n)
        second = rotation(np.outer(np.arange(columns), np.arange(columns)), columns)
        constants = {
            "taper": taper,
            "over_rows": np.concatenate([first.real, first.imag]),  # (2 half, rows)
            "twist": np.stack([twist.real, twist.imag]),  # (2, half, columns)
            # (real | imaginary) @ this = (real | imaginary) of the product
            "over_columns": np.block([[second.real, second.imag], [-second.imag, second.real]]),
        }
        for name, value in constants.items():
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(value)).to(dtype))
        # Bin k = i + rows * j stands at (i, j), or that of n - k does.
        k = np.arange(n // 2 + 1)
        k = np.where(k % rows < half, k, n - k)
        self.places = (k % rows) * columns + k // rows
        self.width = half * columns
        self.register_buffer("order", torch.from_numpy(self.places))

    def forward(self, frames: Tensor) -> Tensor:
        return super().forward(frames).index_select(-2, self.order)

    def powers(self, frames: Tensor) -> Tensor:
        channels, count = frames.shape[1], frames.shape[2]
        half, columns = self._half, self._columns
        grid = (frames * self.taper).reshape(-1, channels, count, self._rows, columns)
        first = self.over_rows @ grid  # (batch, channels, frames, 2 half, columns)
        real, imaginary = first[..., :half, :], first[..., half:, :]
        turned = torch.cat(
            [
                real * self.twist[0] - imaginary * self.twist[1],
                real * self.twist[1] + imaginary * self.twist[0],
            ],
            dim=-1,
        )
        second = turned @ self.over_columns  # (batch, channels, frames, half, 2 columns)
        real, imaginary = second[..., :columns], second[..., columns:]
        return (real.square() + imaginary.square()).reshape(-1, channels, count, half * columns)
