"""The Fourier transform of a whole window, of any length, by products with small matrices.

`Staged` is Cooley and Tukey's step, taken up to twice: n = rows * middle * last, each stage a
product with a matrix of that size, with one twist of the values between. `Chirp` is Bluestein's
way for lengths without such factors, primes among them: the transform is a convolution with a
chirp, and that is made by a staged transform of a convenient longer length, forth and back.
`window_transform` takes whichever is estimated to cost less.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from harken_train.spectral.rotation import rotation

Numbers = npt.NDArray[np.float64]
Turns = npt.NDArray[np.complex128]
Parts = tuple[Tensor, Tensor]  # real and imaginary

# In multiplications, of which onnxruntime does some 25 thousand a microsecond in float64: what a
# second and a third stage cost beside their products, and what a number in the file is worth.
THIRD_STAGE, TWIST, NUMBER = 200_000, 500_000, 20


class WindowTransform(nn.Module):
    """(batch, channels, n) -> real and imaginary part of bins, each (batch, channels, width).

    Bin k, up to n // 2, stands at ``places[k]``, up to its sign and a turn: its magnitude is right.
    """

    places: npt.NDArray[np.int64]

    def forward(self, signal: Tensor) -> Parts:
        raise NotImplementedError


def window_transform(n: int, dtype: torch.dtype) -> WindowTransform:
    """Make the cheaper of the two ways for windows of ``n`` samples."""
    staged, chirp = real_cost(n, factors(n)), chirp_cost(n)
    return Staged(n, dtype) if staged <= chirp else Chirp(n, dtype)


def real_cost(n: int, sizes: tuple[int, int, int]) -> int:
    """Estimate what a staged transform of ``n`` real values costs, in multiplications."""
    rows, middle, last = sizes
    half = rows // 2 + 1
    work = n * rows + 2 * half * rows * NUMBER
    if middle > 1:
        work += 2 * n * middle + THIRD_STAGE + 4 * half * middle**2 * NUMBER
    if last > 1:
        work += 2 * n * last + TWIST + (4 * last**2 + n) * NUMBER
    return work


@functools.cache
def factors(n: int) -> tuple[int, int, int]:
    """Give the rows * middle * last = n that cost least; stages that are not needed are 1."""
    divisors = [d for d in range(1, n + 1) if n % d == 0]
    return min(
        ((n // (m * d), m, d) for m in divisors for d in divisors if n % (m * d) == 0),
        key=lambda sizes: (real_cost(n, sizes), sizes),
    )


@functools.cache
def chirp_sizes(n: int) -> tuple[int, int, int]:
    """Give the three sizes whose product has room for the convolution and costs least."""
    wanted, most = n + n // 2, int(3 * n ** (1 / 3)) + 3
    found = [
        (-(-wanted // (middle * last)), middle, last)
        for middle in range(2, most)
        for last in range(2, most)
    ]
    return min(found, key=lambda sizes: (chirp_work(sizes), sizes))


def chirp_work(sizes: tuple[int, int, int]) -> int:
    """Multiplications of the two complex transforms; a third of the rows are left out of each."""
    rows, middle, last = sizes
    numbers = 8 * rows * middle**2 + 8 * rows**2 + 8 * last**2 + 6 * rows * middle * last
    return 4 * rows * middle * last * (rows + 2 * middle + 2 * last) + numbers * NUMBER


def chirp_cost(n: int) -> int:
    """Estimate what a chirp transform of ``n`` real values costs, in multiplications."""
    return chirp_work(chirp_sizes(n)) + 2 * THIRD_STAGE + 4 * TWIST


class Staged(WindowTransform):
    """Sample (r * middle + m) * last + l stands at row r, middle m, last l of a block.

    The signal is real, so of the transform over the rows its first half is enough: bin k and bin
    n - k are of the same magnitude. The twist by row and middle is part of the middle's matrices,
    of which each row has its own.
    """

    over_rows: Tensor
    over_middle: Tensor
    twist: Tensor
    over_last: Tensor

    def __init__(self, n: int, dtype: torch.dtype) -> None:
        super().__init__()
        self._sizes = rows, middle, last = factors(n)
        self._half = half = rows // 2 + 1
        i, j = np.arange(half), np.arange(middle)
        first = rotation(np.outer(i, np.arange(rows)), rows)
        constants = {
            "over_rows": np.stack([first.real, first.imag], axis=1).reshape(2 * half, rows),
            "over_middle": middle_matrices(half, rows, middle),
            "twist": parts(rotation(np.multiply.outer(i[:, None] + rows * j, np.arange(last)), n)),
            "over_last": last_matrix(last),
        }
        register(self, constants, dtype)
        k = np.arange(n // 2 + 1)
        k = np.where(k % rows < half, k, n - k)
        self.places = (k % rows * middle + k // rows % middle) * last + k // (rows * middle)

    def forward(self, signal: Tensor) -> Parts:
        channels, half = signal.shape[1], self._half
        rows, middle, last = self._sizes
        block = signal.reshape(-1, channels, rows, middle * last)
        block = (self.over_rows @ block).reshape(-1, channels, half, 2 * middle, last)
        if middle > 1:
            block = self.over_middle @ block
        real, imaginary = block[..., :middle, :], block[..., middle:, :]
        if last > 1:
            real, imaginary = twisted(real, imaginary, self.twist)
            block = torch.cat([real, imaginary], dim=-1) @ self.over_last
            real, imaginary = block[..., :last], block[..., last:]
        width = half * middle * last
        return real.reshape(-1, channels, width), imaginary.reshape(-1, channels, width)


class Chirp(WindowTransform):
    """Bin k is, but for a turn, sum over m of (x[m] * chirp[m]) * conj(chirp[k - m])."""

    chirp: Tensor
    over_rows: Tensor
    over_middle: Tensor
    twist: Tensor
    over_last: Tensor
    filter: Tensor
    back_over_rows: Tensor

    def __init__(self, n: int, dtype: torch.dtype) -> None:
        super().__init__()
        self._sizes = rows, middle, last = chirp_sizes(n)
        length, row = rows * middle * last, middle * last
        self._bins = bins = n // 2 + 1
        self.places = np.arange(bins)
        self._filled = filled = -(-n // row)  # rows of the signal; the others are zeros
        self._wanted = wanted = -(-bins // row)  # rows of the answer that hold a bin
        chirp = rotation(np.arange(n) ** 2, 2 * n)
        answer = np.zeros(length, np.complex128)
        answer[:bins] = chirp[:bins].conj()
        answer[length - n + 1 :] = chirp[1:][::-1].conj()
        i, j, k = np.ogrid[:rows, :middle, :last]
        spectrum = np.fft.fft(answer)[i + rows * (j + middle * k)] / length
        forth = rotation(np.outer(np.arange(rows), np.arange(rows)), rows)
        twist = rotation((np.arange(rows)[:, None, None] + rows * j[0]) * np.arange(last), length)
        padded = np.pad(chirp, (0, filled * row - n)).reshape(filled, row)
        constants = {
            "chirp": np.concatenate([padded.real, padded.imag]),
            "over_rows": interleaved(forth[:, :filled]),
            "over_middle": middle_matrices(rows, rows, middle),
            "twist": parts(twist),
            "over_last": last_matrix(last),
            "filter": parts(spectrum),
            "back_over_rows": interleaved(forth[:, :wanted]).T,
        }
        register(self, constants, dtype)

    def forward(self, signal: Tensor) -> Parts:
        channels = signal.shape[1]
        rows, middle, last = self._sizes
        filled, wanted, row = self._filled, self._wanted, middle * last
        signal = nn.functional.pad(signal, (0, filled * row - signal.shape[2]))
        block = signal.reshape(-1, channels, 1, filled, row)
        block = (block * self.chirp.reshape(2, filled, row)).reshape(-1, channels, 2 * filled, row)
        block = (self.over_rows @ block).reshape(-1, channels, rows, 2 * middle, last)
        block = self.over_middle @ block
        real, imaginary = twisted(block[..., :middle, :], block[..., middle:, :], self.twist)
        block = torch.cat([real, imaginary], dim=-1) @ self.over_last
        real, imaginary = twisted(block[..., :last], block[..., last:], self.filter)
        # All are unitary but for a scale, which is in the filter: the way back is the transpose.
        block = torch.cat([real, imaginary], dim=-1) @ self.over_last.T
        real, imaginary = untwisted(block[..., :last], block[..., last:], self.twist)
        block = self.over_middle.transpose(-1, -2) @ torch.cat([real, imaginary], dim=-2)
        block = self.back_over_rows @ block.reshape(-1, channels, 2 * rows, row)
        block = block.reshape(-1, channels, 2, wanted * row)
        return block[:, :, 0, : self._bins], block[:, :, 1, : self._bins]


def twisted(real: Tensor, imaginary: Tensor, twist: Tensor) -> Parts:
    """Multiply by the complex numbers twist[0] + i twist[1]."""
    return (
        real * twist[0] - imaginary * twist[1],
        real * twist[1] + imaginary * twist[0],
    )


def untwisted(real: Tensor, imaginary: Tensor, twist: Tensor) -> Parts:
    """Multiply by the conjugates of the same."""
    return (
        real * twist[0] + imaginary * twist[1],
        imaginary * twist[0] - real * twist[1],
    )


def parts(values: Turns) -> Numbers:
    """(2, ...): real, then imaginary."""
    return np.stack([values.real, values.imag])


def middle_matrices(count: int, rows: int, middle: int) -> Numbers:
    """(count, 2 middle, 2 middle): for each row, twist by row and middle, then over the middle.

    They take and give the real values over the imaginary ones.
    """
    j = np.arange(middle)
    twist = rotation(np.outer(np.arange(count), j), rows * middle)
    matrix = rotation(np.outer(j, j), middle) * twist[:, None, :]  # (count, middle, middle)
    upper = np.concatenate([matrix.real, -matrix.imag], axis=2)
    return np.concatenate([upper, np.concatenate([matrix.imag, matrix.real], axis=2)], axis=1)


def last_matrix(last: int) -> Numbers:
    """(2 last, 2 last): (real | imaginary) @ this is (real | imaginary) of the transform."""
    matrix = rotation(np.outer(np.arange(last), np.arange(last)), last)
    return np.block([[matrix.real, matrix.imag], [-matrix.imag, matrix.real]])


def interleaved(matrix: Turns) -> Numbers:
    """Act on real over imaginary values, and give the two parts of each row side by side."""
    real = np.concatenate([matrix.real, -matrix.imag], axis=1)
    imaginary = np.concatenate([matrix.imag, matrix.real], axis=1)
    return np.stack([real, imaginary], axis=1).reshape(2 * len(matrix), -1)


def register(module: nn.Module, constants: dict[str, Numbers], dtype: torch.dtype) -> None:
    """Keep the constants as buffers of the type."""
    for name, value in constants.items():
        module.register_buffer(name, torch.from_numpy(np.ascontiguousarray(value)).to(dtype))
