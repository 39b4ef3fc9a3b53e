"""The discrete wavelet transform in a few matrix products, some levels in each.

A level is a filter of which every other output is kept; several levels together are one longer
filter with a longer stride. A stage computes some levels at once: blocks of the signal times a
small matrix that holds these filters side by side, and the few coefficients near the ends, which
see what the mode puts beyond them, by a matrix of their own. Where filters are longer than a block
further blocks are added on, each a slice of the signal: no frames are written out. `plan` says
which levels go together.

In onnxruntime this is faster than PyWavelets but for one level of a short filter: 20 us against 19
for db2 and 2048 samples, of which 5 are what any graph takes.
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

LARGEST = 2**17  # numbers in one matrix: 1 MB
# Microseconds, fitted to 35 plans as onnxruntime took them on one core of a server, x86-64 with
# AVX-512: each of the 35 within 16 %.
PER_BAND = 2.1  # its splits, its place in what is put together
PER_PIECE = 0.5  # of a frame
PER_MOVE = 3.4e-4  # of a value that is copied
PER_SUM = 1.9e-5  # of a product that is summed up
PER_NUMBER = 2.8e-4  # of a matrix that is read, and kept in the file
PER_DENSE = 4e-4  # the same in a matrix that is used for one row
MOST_WHOLE = 2**16  # sums of a float32 times less than this are exact in float64

Bands = tuple[list[Tensor], list[Tensor]]  # the approximation and the details, in pieces


class Dwt(nn.Module):
    """(batch, channels, ``length``) -> pieces of cA_n, with ``details`` those of cD_n, ..., cD_1.

    Put together along the last axis, they equal ``pywt.wavedec``, as float32. Samples may be
    float32 or float64, sums are float64.
    """

    def __init__(self, length: int, wavelet: str, mode: str, level: int, *, details: bool) -> None:
        super().__init__()
        taps = pywt.Wavelet(wavelet).dec_len
        steps = plan(length, taps, mode, level, details=details)
        stages: list[nn.Module] = []
        for step in steps:
            last = len(stages) == len(steps) - 1
            stages.append(_stage(length, wavelet, mode, step, details=details, last=last))
            length = length_after(length, taps, mode, step.levels)
        self.stages = nn.ModuleList(stages)

    def forward(self, signal: Tensor) -> Bands:
        details: list[Tensor] = []
        approximation = [signal.double()]
        for stage in self.stages:
            whole = approximation[0] if len(approximation) == 1 else torch.cat(approximation, -1)
            approximation, found = stage(whole)
            details = [*found, *details]
        return approximation, details


def _stage(
    length: int, wavelet: str, mode: str, step: Step, *, details: bool, last: bool
) -> nn.Module:
    stage = None
    if step.hop:
        stage = stage_of(length, wavelet, mode, step.levels, hop=step.hop, details=details)
    if stage is not None:
        return Blocks(stage, length, last=last)
    bands = band_matrices(length, wavelet, mode, step.levels)[: None if details else 1]
    return Dense(bands, last=last)


class Blocks(nn.Module):
    """The bands of a stage, coarse to fine, in pieces: its left, inner and right coefficients.

    The ``last`` stage gives its approximation as float32, the others theirs as float64.
    """

    seen: Tensor

    def __init__(self, stage: Stage, length: int, *, last: bool) -> None:
        super().__init__()
        bands = stage.bands
        self._hop, self._frames = stage.hop, stage.blocks
        self._first = min(band.start for band in bands)
        columns = [
            (band.start - self._first + row * band.stride, band.taps)
            for band in bands
            for row in range(stage.hop // band.stride)
        ]
        frame = max(at + len(taps) for at, taps in columns)
        pieces = -(-frame // stage.hop)
        matrix = np.zeros((pieces * stage.hop, len(columns)))
        for column, (at, taps) in enumerate(columns):
            matrix[at : at + len(taps), column] = taps
        self._inner = [stage.hop // band.stride for band in bands]  # of a block
        self._near = [count for band in bands for count in (band.left, band.right)]
        self._last = last
        beyond = self._first + (stage.blocks - 1 + pieces) * stage.hop - length
        self._padding = (max(0, -self._first), max(0, beyond))
        self.inner = Product(matrix, pieces)
        self.near = Product(stage.ends)
        seen = [*range(stage.head), *range(length - stage.tail, length)]
        self.register_buffer("seen", torch.tensor(seen, dtype=torch.int64))

    def forward(self, signal: Tensor) -> Bands:
        channels = signal.shape[1]
        found = self.inner(self._blocks(signal))
        inner = _bands(found, self._inner, 0 if self._last else 1)
        inner = [band.reshape(-1, channels, self._frames * band.shape[-1]) for band in inner]
        if not sum(self._near):  # no coefficient sees an end: Haar, and a length of whole blocks
            return inner[:1], inner[1:]
        ends = torch.index_select(signal, 2, self.seen)
        near = _bands(self.near([ends]), self._near, 0 if self._last else 2)
        left, right = near[::2], near[1::2]
        bands = [_some(*band) for band in zip(left, inner, right, strict=True)]
        return bands[0], [piece for band in bands[1:] for piece in band]

    def _blocks(self, signal: Tensor) -> list[Tensor]:
        """All blocks, (any, ``hop``), then all blocks one later, and so on as far as taps reach."""
        if any(self._padding):
            signal = nn.functional.pad(signal, self._padding)
        first, samples = max(0, self._first), self._frames * self._hop
        starts = [first + i * self._hop for i in range(self.inner.pieces)]
        return [signal[:, :, at : at + samples].reshape(-1, self._hop) for at in starts]


def _some(*pieces: Tensor) -> list[Tensor]:
    return [piece for piece in pieces if piece.shape[-1]]


class Dense(nn.Module):
    """The same by one product, for signals so short that little is away from the ends."""

    def __init__(self, bands: Sequence[Matrix], *, last: bool) -> None:
        super().__init__()
        self._rows = [band.shape[0] for band in bands]
        self._last = last
        matrix = np.concatenate([band.toarray() for band in bands]).T
        self.product = Product(np.ascontiguousarray(matrix))

    def forward(self, signal: Tensor) -> Bands:
        found = self.product([signal])
        bands = _bands(found, self._rows, 0 if self._last else 1)
        return bands[:1], bands[1:]


class Product(nn.Module):
    """(..., n) @ ``matrix``, where the n values may come in ``pieces``, side by side.

    Taps that are whole multiples of one number (Haar, bior2.2) are kept as such, and the number
    comes in afterwards: what cancels then is exactly 0, as in PyWavelets.
    """

    scale: Tensor | None

    def __init__(self, matrix: Floats, pieces: int = 1) -> None:
        super().__init__()
        self.pieces = pieces
        size = np.abs(matrix)
        least = np.where(size > 0.0, size, np.inf).min(axis=0, initial=np.inf)
        scale = np.where(np.isfinite(least), least, 1.0)
        whole = np.round(matrix / scale)
        exact = bool(np.allclose(matrix / scale, whole, rtol=0.0, atol=1e-9))
        exact = exact and bool(np.abs(whole).max(initial=0.0) <= MOST_WHOLE)
        kept = whole if exact else matrix
        for i, piece in enumerate(np.split(kept, pieces)):
            self.register_buffer(f"matrix{i}", torch.from_numpy(piece.copy()))
        self.register_buffer("scale", torch.from_numpy(scale) if exact else None)

    def forward(self, values: list[Tensor]) -> Tensor:
        found = values[0] @ self.get_buffer("matrix0")
        for i, more in enumerate(values[1:], 1):  # a sum that goes on costs less than one table
            found = torch.addmm(found, more, self.get_buffer(f"matrix{i}"))
        return found if self.scale is None else found * self.scale


def _bands(found: Tensor, counts: list[int], kept: int) -> list[Tensor]:
    """Split the last axis; the first ``kept`` go into further sums, all others get float32."""
    if kept == 0:
        return _split(found.float(), counts)
    if kept == len(counts):
        return _split(found, counts)
    *bands, others = _split(found, [*counts[:kept], sum(counts[kept:])])
    return [*bands, *_split(others.float(), counts[kept:])]


def _split(values: Tensor, counts: list[int]) -> list[Tensor]:
    return [values] if len(counts) == 1 else list(torch.split(values, counts, dim=-1))


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
            least = max(8, 2**levels)  # of fewer samples the rows are too many
            for hop in (0, *(least * 2**more for more in range(6))):
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
        numbers = length * given
        return 1 + bands + numbers * PER_DENSE if numbers <= LARGEST else math.inf
    stride = 1 << step.levels
    strides = [1 << i for i in range(1, step.levels + 1)] if details else [stride]
    starts = [(taps - 2) % one for one in strides]  # of the first that sees no end
    reach = max(
        start + (taps - 1) * (one - 1) + 1 - one for start, one in zip(starts, strides, strict=True)
    )
    pieces = -(-(reach - min(starts) + step.hop) // step.hop)
    columns = step.hop if details else step.hop // stride
    # Measured: each end is seen by so many coefficients, and reaches so far into the signal.
    ends = (taps * stride + step.hop) * ((2 * taps - 2 * taps // stride) * bands + columns)
    blocks = (length - taps * stride) // step.hop
    matrix = pieces * step.hop * columns
    if blocks < 1 or max(matrix, ends) > LARGEST:
        return math.inf
    moved = blocks * (pieces * step.hop + (pieces + 1) * columns)
    summed = blocks * pieces * step.hop * max(columns, 8)
    each = 1 + bands * PER_BAND + pieces * PER_PIECE
    return each + (matrix + ends) * PER_NUMBER + moved * PER_MOVE + summed * PER_SUM
