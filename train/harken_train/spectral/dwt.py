"""The discrete wavelet transform in a few matrix products, some levels in each.

A level is a filter of which every other output is kept; several levels together are one longer
filter with a longer stride. A stage computes some levels at once: blocks of the signal times a
small matrix that holds these filters side by side, and the few coefficients near the ends, which
see what the mode puts beyond them, by a matrix of their own. `plan` says which levels go together.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pywt
import torch
from torch import Tensor, nn

from harken_train.spectral.dwt_matrix import (
    Floats,
    Matrix,
    Stage,
    band_matrices,
    length_after,
    stage_of,
)
from harken_train.spectral.framing import frames_from

LARGEST = 2**17  # numbers in one matrix: 1 MB
# Microseconds, as measured with onnxruntime on one core of a server, x86-64 with AVX-512.
PER_NUMBER = 8e-4  # of a matrix: read, and kept in the file
PER_MOVE = 5e-4  # of a value that is copied, page faults included
PER_SUM = 4e-5  # of a product that is summed up
MOST_WHOLE = 2**16  # sums of a float32 times less than this are exact in float64

Bands = tuple[list[Tensor], list[Tensor]]  # the approximation and the details, in pieces


class Dwt(nn.Module):
    """(batch, channels, ``length``) -> cA_n, then with ``details`` cD_n, ..., cD_1, in pieces.

    Put together along the last axis, the pieces, float32, equal ``pywt.wavedec``. Samples may be
    float32 or float64, sums are float64.
    """

    def __init__(self, length: int, wavelet: str, mode: str, level: int, *, details: bool) -> None:
        super().__init__()
        taps = pywt.Wavelet(wavelet).dec_len
        stages: list[nn.Module] = []
        for step in plan(length, taps, mode, level, details=details):
            stages.append(_stage(length, wavelet, mode, step, details=details))
            length = length_after(length, taps, mode, step.levels)
        self.stages = nn.ModuleList(stages)

    def forward(self, signal: Tensor) -> list[Tensor]:
        details: list[Tensor] = []
        for stage in self.stages:
            approximation, found = stage(signal)
            signal, details = torch.cat(approximation, dim=-1), [*found, *details]
        return [signal.float(), *details]


def _stage(length: int, wavelet: str, mode: str, step: Step, *, details: bool) -> nn.Module:
    stage = None
    if step.hop:
        stage = stage_of(length, wavelet, mode, step.levels, hop=step.hop, details=details)
    if stage is not None:
        return Blocks(stage)
    return Dense(band_matrices(length, wavelet, mode, step.levels)[: None if details else 1])


class Blocks(nn.Module):
    """The bands of a stage, coarse to fine, in pieces: its left, inner and right coefficients."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        bands = stage.bands
        self._hop, self._frames = stage.hop, stage.blocks
        self._head, self._tail = stage.head, stage.tail
        self._first = min(band.start for band in bands)
        columns = [
            (band.start - self._first + row * band.stride, band.taps)
            for band in bands
            for row in range(stage.hop // band.stride)
        ]
        self._frame = max(at + len(taps) for at, taps in columns)
        matrix = np.zeros((self._frame, len(columns)))
        for column, (at, taps) in enumerate(columns):
            matrix[at : at + len(taps), column] = taps
        self._inner = [stage.hop // band.stride for band in bands]  # of a block
        self._near = [count for band in bands for count in (band.left, band.right)]
        self.inner = Product(matrix)
        self.near = Product(stage.ends)

    def forward(self, signal: Tensor) -> Bands:
        channels, samples = signal.shape[1], signal.shape[2]
        frames = frames_from(
            signal, first=self._first, frames=self._frames, frame=self._frame, hop=self._hop
        )  # (batch, channels, blocks, frame), cut in float32 where it can be: half the bytes
        inner = _bands(self.inner(frames.double()), self._inner, 1)
        inner = [band.reshape(-1, channels, self._frames * band.shape[-1]) for band in inner]
        if not sum(self._near):  # no coefficient sees an end: Haar, and a length of whole blocks
            return inner[:1], inner[1:]
        both = [signal[:, :, : self._head], signal[:, :, samples - self._tail :]]
        near = _bands(self.near(torch.cat(both, dim=-1).double()), self._near, 2)
        left, right = near[::2], near[1::2]
        bands = [_some(*band) for band in zip(left, inner, right, strict=True)]
        return bands[0], [piece for band in bands[1:] for piece in band]


def _some(*pieces: Tensor) -> list[Tensor]:
    return [piece for piece in pieces if piece.shape[-1]]


class Dense(nn.Module):
    """The same by one product, for signals so short that little is away from the ends."""

    def __init__(self, bands: Sequence[Matrix]) -> None:
        super().__init__()
        self._rows = [band.shape[0] for band in bands]
        matrix = np.concatenate([band.toarray() for band in bands]).T
        self.product = Product(np.ascontiguousarray(matrix))

    def forward(self, signal: Tensor) -> Bands:
        bands = _bands(self.product(signal.double()), self._rows, 1)
        return bands[:1], bands[1:]


class Product(nn.Module):
    """(..., n) @ ``matrix``.

    Taps that are whole multiples of one number (Haar, bior2.2) are kept as such, and the number
    comes in afterwards: what cancels then is exactly 0, as in PyWavelets.
    """

    matrix: Tensor
    scale: Tensor | None

    def __init__(self, matrix: Floats) -> None:
        super().__init__()
        size = np.abs(matrix)
        least = np.where(size > 0.0, size, np.inf).min(axis=0, initial=np.inf)
        scale = np.where(np.isfinite(least), least, 1.0)
        whole = np.round(matrix / scale)
        exact = bool(np.allclose(matrix / scale, whole, rtol=0.0, atol=1e-9))
        exact = exact and bool(np.abs(whole).max(initial=0.0) <= MOST_WHOLE)
        self.register_buffer("matrix", torch.from_numpy(whole if exact else matrix))
        self.register_buffer("scale", torch.from_numpy(scale) if exact else None)

    def forward(self, values: Tensor) -> Tensor:
        found = values @ self.matrix
        return found if self.scale is None else found * self.scale


def _bands(found: Tensor, counts: list[int], approximations: int) -> list[Tensor]:
    """Split the last axis; what is no approximation goes into no further sum and gets float32."""
    wide = sum(counts[:approximations])
    kept = list(torch.split(found[..., :wide], counts[:approximations], dim=-1))
    if len(counts) == approximations:
        return kept
    return [*kept, *torch.split(found[..., wide:].float(), counts[approximations:], dim=-1)]


@dataclass(frozen=True)
class Step:
    """So many levels at once, in blocks of ``hop`` samples; 0: by one dense matrix."""

    levels: int
    hop: int


def plan(length: int, taps: int, mode: str, level: int, *, details: bool) -> tuple[Step, ...]:
    """The steps that cost least, by the figures of `_cost`; they make ``level`` levels."""

    @functools.cache
    def best(done: int) -> tuple[float, tuple[Step, ...]]:
        if done == level:
            return 0.0, ()
        left = length_after(length, taps, mode, done)
        ways = []
        for levels in range(1, level - done + 1):
            rest, steps = best(done + levels)
            for hop in (0, *(2**levels * 2**more for more in range(7))):
                step = Step(levels, hop)
                rows = [length_after(left, taps, mode, i + 1) for i in range(levels)]
                ways.append((_cost(step, left, taps, rows, details=details) + rest, (step, *steps)))
        return min(ways, key=lambda way: way[0])

    return best(0)[1]


def _cost(step: Step, length: int, taps: int, rows: list[int], *, details: bool) -> float:
    """About how many microseconds a step takes in onnxruntime; infinite when it is too large."""
    bands = step.levels + 1 if details else 1
    given = sum(rows) + rows[-1] if details else rows[-1]
    if step.hop == 0:
        return 8.0 + length * given * PER_NUMBER if length * given <= LARGEST else math.inf
    stride = 1 << step.levels
    frame = (taps - 1) * (stride - 1) + 1 + step.hop - (0 if details else stride)
    columns = step.hop if details else step.hop // stride
    # Measured: each end is seen by so many coefficients, and reaches so far into the signal.
    ends = (taps * stride + step.hop) * ((2 * taps - 2 * taps // stride) * bands + columns)
    blocks = (length - taps * stride) // step.hop
    if blocks < 1 or max(frame * columns, ends) > LARGEST:
        return math.inf
    moved = blocks * (2 * frame + columns)
    summed = blocks * frame * max(columns, 4)
    matrices = frame * columns + ends
    return 18 + 2 * bands + matrices * PER_NUMBER + moved * PER_MOVE + summed * PER_SUM
