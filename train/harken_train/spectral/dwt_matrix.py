"""The discrete wavelet transform as sparse matrices, taken from PyWavelets itself.

Whatever stands beyond the ends of a signal (the mode) depends linearly on the signal, so its
answers to unit vectors are all there is to know, at any length, odd ones included. Away from the
ends every row is the row before it, two samples later: a short signal tells of a long one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pywt
from scipy import sparse

Matrix = Any  # scipy.sparse.csr_array (rows, samples), float64
Floats = npt.NDArray[np.float64]

ROUNDING = 1e-13  # of the largest tap; rows that are alike were summed in another order


def length_after(length: int, taps: int, mode: str, levels: int) -> int:
    """How many approximation coefficients ``levels`` levels make of ``length`` samples."""
    for _ in range(levels):
        length = pywt.dwt_coeff_len(length, taps, mode)
    return length


def places_of(count: int, taps: int, mode: str, level: int) -> Floats:
    """The sample at the middle of the filter of each of ``count`` coefficients of a level.

    For the first and the last ones it may lie outside the signal.
    """
    late = 1 if mode == "periodization" else 3 - taps
    places: Floats = 2.0**level * np.arange(count) + (2**level - 1) * late / 2
    return places


def band_matrices(length: int, wavelet: str, mode: str, levels: int) -> list[Matrix]:
    """cA_n, cD_n, ..., cD_1 of ``pywt.wavedec``, each a matrix of (coefficients, ``length``)."""
    approximation: Matrix = sparse.eye_array(length, format="csr")
    details: list[Matrix] = []
    for _ in range(levels):
        low, high = _halving(approximation.shape[0], wavelet, mode)
        details.append((high @ approximation).tocsr())
        approximation = (low @ approximation).tocsr()
    return [approximation, *reversed(details)]


def _halving(length: int, wavelet: str, mode: str) -> tuple[Matrix, Matrix]:
    """One level: what makes cA and cD of ``length`` samples."""
    taps = pywt.Wavelet(wavelet).dec_len
    enough = 8 * taps + length % 2  # so long that no row in the middle sees an end
    short = min(length, enough)
    low, high = pywt.dwt(np.eye(short), wavelet, mode, axis=0)
    return _lengthened(low, length - short), _lengthened(high, length - short)


def _lengthened(answer: Any, more: int) -> Matrix:
    """The matrix of a signal that is ``more`` samples (an even number) longer."""
    rows, columns = answer.shape
    middle = rows // 2  # the last row that is counted from the first sample
    near = sparse.coo_array(answer)
    first = near.row < middle
    # Near the first sample a column in the last quarter is one that the mode brought round, and
    # the same the other way; all else moves with its row.
    beyond = np.where(first, near.col >= columns * 3 // 4, near.col >= columns // 4)
    row = near.row + np.where(first, 0, more // 2)
    column = near.col + np.where(beyond, more, 0)
    values = near.data
    step = np.arange(1, more // 2 + 1)[:, None]
    pattern = near.row == middle - 1
    inner_row = np.broadcast_to(middle - 1 + step, (more // 2, pattern.sum()))
    inner_column = near.col[pattern] + 2 * step
    return sparse.csr_array(
        (
            np.concatenate([values, np.broadcast_to(values[pattern], inner_row.shape).ravel()]),
            (
                np.concatenate([row, inner_row.ravel()]),
                np.concatenate([column, inner_column.ravel()]),
            ),
        ),
        shape=(rows + more // 2, columns + more),
    )


@dataclass(frozen=True, eq=False)
class Band:
    """One band of several levels at once: ``taps`` at every ``stride`` samples, but for the ends.

    Its coefficients are ``left`` that see the first samples, then ``inner``, of which the first
    starts at sample ``start``, then ``right``.
    """

    left: int
    inner: int
    right: int
    stride: int
    start: int
    taps: Floats


@dataclass(frozen=True, eq=False)
class Stage:
    """Some levels at once. Inner coefficients fill ``blocks`` blocks of ``hop`` samples each.

    All others come from the matrix ``ends`` of (``head`` first and ``tail`` last samples, of each
    band those at the left, then those at the right).
    """

    hop: int
    blocks: int
    bands: tuple[Band, ...]
    ends: Floats
    head: int
    tail: int


def stage_of(
    length: int, wavelet: str, mode: str, levels: int, *, hop: int, details: bool
) -> Stage | None:
    """cA_n, then with ``details`` cD_n, ..., cD_1; None for a signal that fills no block.

    ``hop`` is a multiple of 2 ** ``levels``. All is found in a signal as short as may be.
    """
    taps = pywt.Wavelet(wavelet).dec_len
    enough = hop * (2 + -(-4 * taps * 2**levels // hop))
    short = length if length < enough else enough + length % hop
    found = band_matrices(short, wavelet, mode, levels)[: None if details else 1]
    strides = [2**levels, *(2**level for level in range(levels, 0, -1))]
    matrices = [one.toarray() for one in found]
    loose = [_band(matrix, stride) for matrix, stride in zip(matrices, strides, strict=False)]
    blocks = min(band.inner * band.stride // hop for band in loose)
    if blocks < 1:
        return None
    bands = [_filled(band, blocks * hop // band.stride) for band in loose]
    near = np.concatenate(
        [
            np.concatenate([matrix[: band.left], matrix[len(matrix) - band.right :]])
            for matrix, band in zip(matrices, bands, strict=True)
        ]
    )
    seen = np.flatnonzero(near.any(axis=0))
    head = int(seen[seen < short // 2].max(initial=-1)) + 1
    tail = short - int(seen[seen >= short // 2].min(initial=short))
    ends = np.concatenate([near[:, :head], near[:, short - tail :]], axis=1).T
    more = (length - short) // hop
    return Stage(
        hop=hop,
        blocks=blocks + more,
        bands=tuple(replace(band, inner=band.inner + more * hop // band.stride) for band in bands),
        ends=np.ascontiguousarray(ends),
        head=head,
        tail=tail,
    )


def _filled(band: Band, inner: int) -> Band:
    """The band with so many inner coefficients; those left over join the right ones."""
    return replace(band, inner=inner, right=band.right + band.inner - inner)


def _band(matrix: Floats, stride: int) -> Band:
    """Tell the rows that are the middle one at another place from those that are not."""
    rows, columns = matrix.shape
    middle = rows // 2
    seen = np.flatnonzero(matrix[middle])
    first, last = int(seen[0]), int(seen[-1]) + 1
    taps = matrix[middle, first:last]
    alike = np.zeros(rows, bool)
    for row in range(rows):
        at = first + (row - middle) * stride
        if 0 <= at <= columns - len(taps):
            placed = np.zeros(columns)
            placed[at : at + len(taps)] = taps
            alike[row] = np.abs(matrix[row] - placed).max() <= ROUNDING * np.abs(taps).max()
    odd = np.flatnonzero(~alike)
    left = int(odd[odd < middle].max(initial=-1)) + 1
    right = rows - int(odd[odd > middle].min(initial=rows))
    start = first + (left - middle) * stride
    return Band(left, rows - left - right, right, stride, start, taps)
