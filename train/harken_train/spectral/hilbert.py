"""Hilbert's transform of a whole window of any length, by four small matrix products.

It is a convolution around the window's ends, so a Fourier transform, a product and a transform
back make it. Each transform takes two products (`harken_train.spectral.fourier`, rows and
columns), where the window's length has two factors of about one size. Where it has not, a prime
say, the convolution is made in a longer window that has them, with the kernel laid out on both
sides of lag 0, which is the same exactly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from harken_train.spectral.fourier import factors
from harken_train.spectral.rotation import rotation


class Hilbert(nn.Module):
    """(batch, channels, samples) float64 -> the same; equals ``scipy.signal.hilbert(...).imag``."""

    over_rows: Tensor
    twist: Tensor
    over_columns: Tensor
    gain: Tensor
    back_over_columns: Tensor
    back_over_rows: Tensor

    def __init__(self, samples: int) -> None:
        super().__init__()
        rows, columns = sizes(samples)
        whole, half = rows * columns, rows // 2 + 1
        self._samples, self._columns, self._half = samples, columns, half
        self._used = used = -(-samples // columns)  # rows that hold samples
        first = rotation(np.outer(np.arange(half), np.arange(rows)), rows)
        twist = rotation(np.outer(np.arange(half), np.arange(columns)), whole)
        second = rotation(np.outer(np.arange(columns), np.arange(columns)), columns)
        # Row i and row rows - i are each other's mirror image, so the first half is enough.
        weight = np.full(half, 2.0 / whole)
        weight[0] = 1.0 / whole
        if rows % 2 == 0:
            weight[-1] = 1.0 / whole
        back = first[:, :used].conj() * weight[:, None]
        bins = np.arange(half)[:, None] + rows * np.arange(columns)
        constants = {
            "over_rows": np.concatenate([first.real, first.imag])[:, :used],
            "twist": np.stack([twist.real, twist.imag]),
            # (real | imaginary) @ this = (real | imaginary) of the product
            "over_columns": np.block([[second.real, second.imag], [-second.imag, second.real]]),
            "gain": _gain(samples, whole)[bins],
            "back_over_columns": np.block(
                [[second.real, -second.imag], [second.imag, second.real]]
            ),
            "back_over_rows": np.concatenate([back.real, -back.imag]).T,
        }
        for name, value in constants.items():
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(value)))

    def forward(self, signal: Tensor) -> Tensor:
        channels, half, columns, used = signal.shape[1], self._half, self._columns, self._used
        padded = nn.functional.pad(signal, (0, used * columns - self._samples))
        first = self.over_rows @ padded.reshape(-1, channels, used, columns)
        real, imaginary = first[..., :half, :], first[..., half:, :]
        turned = _times(real, imaginary, self.twist[0], self.twist[1])
        second = turned @ self.over_columns  # (batch, channels, half, 2 columns)
        real, imaginary = second[..., :columns], second[..., columns:]
        # The kernel is odd, so its transform is i times a real gain.
        answer = torch.cat([-imaginary * self.gain, real * self.gain], dim=-1)
        back = answer @ self.back_over_columns
        real, imaginary = back[..., :columns], back[..., columns:]
        turned = _times(real, imaginary, self.twist[0], -self.twist[1])
        stacked = torch.cat([turned[..., :columns], turned[..., columns:]], dim=-2)
        return (self.back_over_rows @ stacked).reshape(-1, channels, used * columns)[
            ..., : self._samples
        ]


def sizes(samples: int) -> tuple[int, int]:
    """Rows and columns of the transform: their product is ``samples``, or at least twice that."""
    rows, columns = factors(samples)
    wanted = 2 * samples - 1
    longer = min(
        ((-(-wanted // c), c) for c in range(1, 4 * int(samples**0.5) + 4)),
        key=lambda size: size[0] * size[1] * (size[0] + 2 * size[1]),
    )
    work = rows * columns * (rows + 2 * columns)
    return (rows, columns) if work <= longer[0] * longer[1] * sum(longer) else longer


def _gain(samples: int, whole: int) -> npt.NDArray[np.float64]:
    """(whole,): what each bin is multiplied by, over i."""
    gain = np.zeros(samples)
    gain[1 : (samples + 1) // 2] = -1.0
    gain[samples // 2 + 1 :] = 1.0
    if samples == whole:
        return gain
    kernel = np.fft.ifft(1j * gain).real
    laid_out = np.zeros(whole)
    laid_out[:samples] = kernel
    laid_out[whole - samples + 1 :] = kernel[1:]  # lags below 0, around the window's end
    return np.fft.fft(laid_out).imag


def _times(real: Tensor, imaginary: Tensor, other_real: Tensor, other_imaginary: Tensor) -> Tensor:
    """(..., 2 n): the complex product, real parts first."""
    return torch.cat(
        [
            real * other_real - imaginary * other_imaginary,
            real * other_imaginary + imaginary * other_real,
        ],
        dim=-1,
    )
