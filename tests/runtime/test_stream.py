"""Windows are cut alike everywhere, however the samples arrive."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.clip import Clip
from harken.errors import DataError
from harken.stream import Block, Framer, Gap, Samples, Window, scaled, to_float, window_starts

sizes = st.integers(1, 12)


def counting(n: int, channels: int = 1, first: int = 0) -> Samples:
    """Samples that tell their own position; channel c is c * 1000 higher."""
    positions = np.arange(first, first + n, dtype=np.float32)
    return positions + 1000 * np.arange(channels, dtype=np.float32)[:, None]


def pieces_of(n: int, cuts: list[int]) -> list[tuple[int, int]]:
    """Consecutive (first, last) that cover 0 to n, cut at ``cuts``."""
    bounds = [0, *sorted(min(cut, n) for cut in cuts), n]
    return list(itertools.pairwise(bounds))


def windows_of(items: list[Window | Gap]) -> list[Window]:
    return [item for item in items if isinstance(item, Window)]


@given(sizes, sizes, st.integers(1, 3), st.integers(0, 80), st.lists(st.integers(0, 80)))
def test_windows_are_the_same_however_the_signal_is_cut(
    window: int, hop: int, channels: int, n: int, cuts: list[int]
) -> None:
    framer = Framer(window=window, hop=hop, channels=channels)
    signal = counting(n, channels)
    got = [
        item
        for first, last in pieces_of(n, cuts)
        for item in framer.push(Block(first, signal[:, first:last]))
    ]
    assert [item.first for item in got] == list(window_starts(n, window, hop))
    for item in windows_of(got):
        assert item.last == item.first + window
        np.testing.assert_array_equal(item.samples, signal[:, item.first : item.last])


@given(sizes, sizes, st.integers(0, 40), st.integers(1, 9), st.integers(0, 40))
def test_after_a_gap_windows_start_anew_and_the_gap_is_told(
    window: int, hop: int, before: int, missing: int, after: int
) -> None:
    framer = Framer(window=window, hop=hop)
    first = framer.push(Block(0, counting(before)))
    resumed = before + missing
    found = framer.push(Block(resumed, counting(after, first=resumed)))
    gaps = [item for item in found if isinstance(item, Gap)]
    unfinished = min(before, len(first) * hop)
    assert gaps == [Gap(unfinished, resumed)]
    assert found[0] is gaps[0]
    starts = [resumed + start for start in window_starts(after, window, hop)]
    assert [item.first for item in windows_of(found)] == starts
    for item in windows_of(found):
        np.testing.assert_array_equal(item.samples, counting(window, first=item.first))


def test_samples_that_were_given_already_are_refused() -> None:
    framer = Framer(window=4, hop=4)
    framer.push(Block(0, counting(6)))
    with pytest.raises(DataError, match="from 5 on were given already; next is 6"):
        framer.push(Block(5, counting(3)))


def test_the_caller_may_reuse_its_array() -> None:
    framer = Framer(window=4, hop=2)
    piece = counting(5)
    found = windows_of(framer.push(Block(0, piece)))
    piece[:] = -1
    found += windows_of(framer.push(Block(5, counting(1, first=5))))
    assert [float(window.samples[0, 0]) for window in found] == [0.0, 2.0]
    assert float(found[1].samples[0, 2]) == 4.0


def test_a_framer_holds_no_more_than_an_unfinished_window() -> None:
    framer = Framer(window=100, hop=30)
    framer.push(Block(0, counting(100_000)))
    assert framer._held.shape[1] < 100
    assert framer._held.base is None


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 1, 3)])
def test_a_block_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match=r"need samples of shape \(1, n\)"):
        Framer(window=4, hop=4).push(Block(0, np.zeros(shape, np.float32)))


@pytest.mark.parametrize(("window", "hop"), [(0, 1), (1, 0)])
def test_a_window_or_hop_of_nothing_is_refused(window: int, hop: int) -> None:
    with pytest.raises(DataError, match="at least 1"):
        Framer(window=window, hop=hop)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, ">i2"])
def test_integers_are_fractions_of_full_scale(dtype: npt.DTypeLike) -> None:
    full = -np.iinfo(np.dtype(dtype)).min
    samples = np.array([-full, 0, full // 2], dtype)
    assert to_float(samples, 10.0).tolist() == [-10.0, 0.0, 5.0]


@pytest.mark.parametrize("scale", [1.0, 9.81, 20.0, 0.1])
def test_a_file_of_16_bits_is_the_same_to_the_bit_as_its_stream(scale: float) -> None:
    integers = np.arange(-32768, 32768, dtype=np.int16)[None]
    clip = Clip((integers / 32768).astype(np.float32), rate=8000, full_scale=True)
    np.testing.assert_array_equal(clip.in_unit(scale), to_float(integers, scale))


@given(st.floats(1e-30, 1e30), st.floats(-2, 2, width=32))
def test_a_scale_is_rounded_once(scale: float, value: float) -> None:
    with np.errstate(over="ignore"):
        [[got]] = scaled(np.array([[value]], np.float32), scale)
        assert got == np.float32(value * scale)


def test_unsigned_bytes_have_their_zero_at_128() -> None:
    samples = np.array([0, 128, 192], np.uint8)
    assert to_float(samples, 10.0).tolist() == [-10.0, 0.0, 5.0]


def test_floats_are_in_the_unit_already() -> None:
    assert to_float(np.array([0.25, -3.0]), 10.0).tolist() == [0.25, -3.0]


def test_a_float_too_large_for_float32_is_infinite_and_no_warning() -> None:
    assert to_float(np.array([1e300, -1e300]), 1.0).tolist() == [np.inf, -np.inf]


@pytest.mark.parametrize(
    "wrong",
    [np.array([True]), np.array([1j]), np.array(["1"]), np.array([1, 2]), np.array([1], np.uint16)],
)
def test_what_is_no_sample_is_refused(wrong: npt.NDArray[np.generic]) -> None:
    with pytest.raises(DataError, match=f"signed integers of 8, 16 or 32 bits.*{wrong.dtype}"):
        to_float(wrong, 1.0)
