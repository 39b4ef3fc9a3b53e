"""Many long filters at once, in float64, as matrix products: onnxruntime's Conv knows no float64.

The samples are cut into frames of two blocks that overlap by one, and every filter into pieces of
one block. A frame's Fourier transform times that of a piece is their convolution in the frame's
second block (overlap-save). So for each frequency on its own an answer is the sum, over the pieces,
of the piece times the frame that many blocks earlier: one small matrix product for all filters and
all blocks. One more product turns the sums back into samples. A sample costs
4 * pieces + 2 * block multiplications a filter, in place of one for each of its taps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from harken_train.spectral.framing import cut_frames
from harken_train.spectral.rotation import rotation

BLOCKS = (16, 32, 64, 128, 256, 512)
# Nanoseconds, measured in onnxruntime with one thread: a multiplication in these products, a
# number of the matrix of frames (copied twice), and what a group or a piece costs at any size.
_MULTIPLY, _COPY, _GROUP, _PIECE = 0.05, 5.0, 60_000.0, 3_000.0
_CONSTANT = 4.0  # not measured: what a number more in the file may save

Answers = npt.NDArray[np.float64 | np.complex128]


@dataclass(frozen=True, eq=False)
class Filter:
    """Gives y[n] = sum over k of taps[k] * x[n - first - k]; ``taps`` are real or complex."""

    first: int
    taps: Answers

    @property
    def last(self) -> int:
        """One more than the latest lag."""
        return self.first + len(self.taps)

    def without_tails(self) -> Filter:
        """The same without what at either end is below float64's rounding of the whole."""
        size = np.abs(self.taps)
        rounding = float(size.sum()) * 2.0**-52
        begin = int(np.searchsorted(np.cumsum(size), rounding, side="right"))
        end = len(size) - int(np.searchsorted(np.cumsum(size[::-1]), rounding, side="right"))
        return Filter(self.first + begin, self.taps[begin : max(end, begin + 1)])


@dataclass(frozen=True)
class Plan:
    """The block, and where each group of consecutive filters ends."""

    block: int
    ends: tuple[int, ...]


class FilterBank(nn.Module):
    """(batch, channels, samples) float64 -> (batch, channels, filters, samples), |answer| squared.

    The samples are taken to be 0 outside. All filters are real, or all complex.
    """

    analysis: Tensor
    synthesis: Tensor

    def __init__(
        self, filters: Sequence[Filter], samples: int, *, block: int | None = None
    ) -> None:
        super().__init__()
        filters = [within(one.without_tails(), samples) for one in filters]
        plan = plan_for(filters, samples, blocks=BLOCKS if block is None else (block,))
        self._samples, self._block, self._count = samples, plan.block, -(-samples // plan.block)
        bins, frame = plan.block + 1, 2 * plan.block
        wave = rotation(np.outer(np.arange(bins), np.arange(frame)), frame)
        both = np.concatenate([wave.real, wave.imag])
        self.register_buffer("analysis", torch.from_numpy(both))
        weight = np.full(bins, 2.0 / frame)
        weight[[0, -1]] = 1.0 / frame  # all other frequencies stand for their mirror image too
        back = weight[:, None] * wave[:, plan.block :].conj()  # the second half of each frame
        both = np.stack([back.real, -back.imag], axis=1).reshape(2 * bins, plan.block)
        self.register_buffer("synthesis", torch.from_numpy(both.T.copy()))
        starts = (0, *plan.ends[:-1])
        self.groups = nn.ModuleList(
            Group(filters[i:j], plan.block, self._count)
            for i, j in zip(starts, plan.ends, strict=True)
        )

    def forward(self, samples: Tensor) -> Tensor:
        channels, block, count = samples.shape[1], self._block, self._count
        after = (count + 1) * block - self._samples
        padded = nn.functional.pad(samples, (block, after))
        frames = cut_frames(padded, frame=2 * block, hop=block, centred=False)
        spectra = self.analysis @ frames.transpose(-1, -2)  # (..., 2 bins, count + 1)
        real, imaginary = spectra[..., : block + 1, :], spectra[..., block + 1 :, :]
        # A sum's real part is made of (re, -im) of the frames, its imaginary part of (im, re).
        forms = torch.stack([real, -imaginary, imaginary, real], dim=3)
        spectra = forms.reshape(-1, channels, block + 1, 2, 2, count + 1)
        powers = [group(spectra, self.synthesis) for group in self.groups]
        power = torch.cat(powers, dim=2) if len(powers) > 1 else powers[0]
        return power[..., : self._samples]


class Group(nn.Module):
    """Filters of about the same length: spectra of the frames -> (..., filters, samples)."""

    pieces: Tensor

    def __init__(self, filters: Sequence[Filter], block: int, count: int) -> None:
        super().__init__()
        self._count, self._filters = count, len(filters)
        self._begin, self._end = reach(filters, block)
        rows = np.stack([_laid_out(one, self._begin * block, self._end * block) for one in filters])
        self._complex = np.iscomplexobj(rows)
        if self._complex:
            rows = np.concatenate([rows.real, rows.imag])
        spectra = np.fft.rfft(rows.reshape(len(rows), -1, block), 2 * block)
        parts = np.stack([spectra.real, spectra.imag]).transpose(3, 1, 0, 2)
        pieces = parts.reshape(block + 1, 1, len(rows), -1)  # (bins, 1, rows, 2 pieces)
        self.register_buffer("pieces", torch.from_numpy(np.ascontiguousarray(pieces)))

    def forward(self, spectra: Tensor, synthesis: Tensor) -> Tensor:
        channels, count, rows = spectra.shape[1], self._count, self.pieces.shape[2]
        before = max(0, self._end - 1)
        after = max(0, -self._begin - 1)
        padded = nn.functional.pad(spectra, (before, after)).unsqueeze(5)
        earlier = torch.cat(
            [padded[..., before - q : before - q + count] for q in range(self._begin, self._end)],
            dim=5,
        ).flatten(4, 5)  # (..., bins, forms, 2 pieces, count)
        sums = self.pieces @ earlier  # (..., bins, forms, rows, count)
        answers = synthesis @ sums.reshape(-1, channels, synthesis.shape[1], rows * count)
        answers = answers.reshape(-1, channels, len(synthesis), rows, count)
        power = answers.square()
        if self._complex:
            power = power[..., : self._filters, :] + power[..., self._filters :, :]
        return power.permute(0, 1, 3, 4, 2).flatten(3, 4)


def plan_for(filters: Sequence[Filter], samples: int, *, blocks: Sequence[int] = BLOCKS) -> Plan:
    """Choose the block and the groups that cost least by the times measured.

    Filters share a group's matrix of frames but are all made as long as its longest, so groups
    are worth it where lengths differ, as those of wavelets do. Measured on windows of 2048
    samples, one thread, a busy machine, in milliseconds and kB of the file::

        filters, taps of all           block 32      64          128         pywt.cwt
        32 of morl, 8,052              0.98 / 631    0.81 / 869  0.97 / 1852   2.8
        64 of morl, 26,875             1.9 / 1148    1.7 / 1496  2.1 / 3174    6.9
        64 of mexh, 15,903             1.4 / 717     1.4 / 970   2.0 / 2513    9.9
        64 of cmor1.5-1.0, 31,276      7.9 / 2319    7.5 / 2544  4.3 / 3820   42

    A block of 32 or 64 is taken for all of these: the files of 128 are much larger.
    """
    _, plan = min((_cheapest(filters, samples, block) for block in blocks), key=lambda x: x[0])
    return plan


def _cheapest(filters: Sequence[Filter], samples: int, block: int) -> tuple[float, Plan]:
    """Best groups for one block, by dynamic programming over where the last group begins."""
    parts = 2 if np.iscomplexobj(filters[0].taps) else 1
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for end in range(1, len(filters) + 1):
        options = []
        for begin in range(end):
            first, last = reach(filters[begin:end], block)
            pieces, rows = last - first, parts * (end - begin)
            products = rows * (4 * pieces + 2 * block + 2) * _MULTIPLY
            cost = samples * (products + 4 * pieces * _COPY) + _GROUP + pieces * _PIECE
            cost += rows * pieces * 2 * (block + 1) * _CONSTANT
            options.append((best[begin][0] + cost, (*best[begin][1], end)))
        best.append(min(options))
    return best[-1][0] + 6 * block**2 * _CONSTANT, Plan(block, best[-1][1])


def reach(filters: Sequence[Filter], block: int) -> tuple[int, int]:
    """First and last (not inside) of the blocks, counted from lag 0, that hold all their taps."""
    first = min(one.first for one in filters)
    last = max(one.last for one in filters)
    return first // block, -(-last // block)


def within(one: Filter, samples: int) -> Filter:
    """Only the lags at which two samples of one window can meet."""
    begin, end = max(one.first, 1 - samples), min(one.last, samples)
    if begin >= end:
        return Filter(0, np.zeros_like(one.taps[:1]))
    return Filter(begin, one.taps[begin - one.first : end - one.first])


def _laid_out(one: Filter, begin: int, end: int) -> Answers:
    """Its taps at lags ``begin`` to ``end``, zeros around them."""
    taps = np.zeros(end - begin, one.taps.dtype)
    taps[one.first - begin : one.last - begin] = one.taps
    return taps
