from __future__ import annotations

import re

import numpy as np
import pytest
import pywt
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import scalogram as reference

from harken.errors import SettingsError
from harken.settings import load
from harken_train.frontends.scalogram import Scalogram
from harken_train.spectral.banded import Banded
from harken_train.spectral.filter_bank import Filter, FilterBank, plan_for
from harken_train.spectral.resize import resize_matrix

OF_LARGEST = 1e-6  # of the largest value; float32 keeps 6e-8
LARGEST_DB = 5e-5  # as for every front-end
ROUNDING = 1e-12  # of what float64 could reach; sums of a few hundred products
RATE = 8000
PLAIN = [name for name in pywt.wavelist(kind="continuous") if name not in ("cmor", "shan", "fbsp")]


@st.composite
def wavelets(draw: st.DrawFn) -> str:
    """Any continuous wavelet, with numbers in its name where it wants them."""
    kind = draw(st.sampled_from([*PLAIN, "cmor", "shan", "fbsp"]))
    if kind in PLAIN:
        return str(kind)
    width = draw(st.sampled_from(["0.5", "1.5", "2"]))
    order = f"{draw(st.integers(1, 3))}-" if kind == "fbsp" else ""
    return f"{kind}{order}{width}-{draw(st.sampled_from(['0.5', '1.0', '1.7']))}"


@settings(max_examples=60)
@given(
    wavelets(),
    st.integers(30, 400),
    st.lists(st.floats(0.3, 60.0), min_size=1, max_size=5, unique=True),
    st.sampled_from([1e-7, 1.0, 1e6]),
)
def test_any_wavelet_scale_and_length_equals_pywavelets(
    wavelet: str, window: int, scales: list[float], level: float
) -> None:
    chosen = Scalogram(wavelet=wavelet, scales=tuple(sorted(scales)), unit="linear")
    noise = np.random.default_rng(window).standard_normal((2, window)) * level
    samples = noise.astype(np.float32)
    got = chosen.build(rate=RATE, window=window)(torch.from_numpy(samples[None]))[0].numpy()
    wanted = reference.reference(chosen, samples, RATE)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() <= OF_LARGEST * np.abs(wanted).max()


@settings(max_examples=20)
@given(
    st.sampled_from(["cmor1.5-1.0", "cgau4", "shan1.5-1.0"]),
    st.integers(100, 400),
    st.integers(2, 9),
    st.tuples(st.integers(1, 20), st.integers(1, 50)),
)
def test_any_size_equals_scikit_images_resize_in_decibels(
    wavelet: str, window: int, count: int, size: tuple[int, int]
) -> None:
    chosen = Scalogram(wavelet=wavelet, count=count, size=size)
    samples = np.random.default_rng(window).standard_normal((1, window)).astype(np.float32)
    got = chosen.build(rate=RATE, window=window)(torch.from_numpy(samples[None]))[0].numpy()
    assert np.abs(got - reference.reference(chosen, samples, RATE)).max() <= LARGEST_DB


@pytest.mark.parametrize("window", [200, 201])
@pytest.mark.parametrize("block", [16, 64, 512])
@pytest.mark.parametrize("kind", ["real", "complex"])
def test_a_filter_bank_convolves_in_blocks_of_any_length(
    kind: str, block: int, window: int
) -> None:
    rng = np.random.default_rng(block)
    filters = []
    for first, count in ((0, 1), (-7, 15), (3, 90), (-300, 700), (250, 5)):
        taps = rng.standard_normal(count)
        if kind == "complex":
            taps = taps + 1j * rng.standard_normal(count)
        filters.append(Filter(first, taps))
    signal = rng.standard_normal((2, 1, window))
    got = FilterBank(filters, window, block=block)(torch.from_numpy(signal)).numpy()
    for i, one in enumerate(filters):
        for j in range(2):
            whole = np.convolve(np.pad(signal[j, 0], 1000), one.taps)
            wanted = np.abs(whole[1000 - one.first :][:window]) ** 2
            assert np.abs(got[j, 0, i] - wanted).max() <= ROUNDING * max(wanted.max(), 1.0)


def test_the_plan_takes_longer_blocks_and_groups_for_longer_filters() -> None:
    short = [Filter(-8, np.ones(17)) for _ in range(8)]
    mixed = [*short, *[Filter(-1000, np.ones(2001)) for _ in range(8)]]
    assert plan_for(short, 2048).block < plan_for(mixed[8:], 2048).block
    assert plan_for(mixed, 2048).ends == (8, 16)
    assert plan_for(short, 2048).ends == (8,)


@pytest.mark.parametrize(("length", "wanted"), [(2048, 64), (100, 7), (10, 30), (1, 1)])
def test_a_banded_product_is_the_whole_one(length: int, wanted: int) -> None:
    matrix = resize_matrix(length, wanted).T
    values = np.random.default_rng(0).standard_normal((3, length))
    got = Banded(matrix, torch.float64)(torch.from_numpy(values)).numpy()
    assert np.abs(got - values @ matrix).max() <= ROUNDING


def test_rows_stand_at_the_frequencies_that_were_asked_for() -> None:
    chosen = Scalogram(low=200.0, high=3200.0, count=5)
    rows, columns = chosen.axes(rate=RATE, window=800)
    assert rows.values == pytest.approx([200, 400, 800, 1600, 3200])
    assert (columns.values[0], columns.values[-1]) == (0.0, 799 / RATE)
    tone = np.sin(2 * np.pi * 800 * np.arange(800) / RATE).astype(np.float32)
    image = chosen.build(rate=RATE, window=800)(torch.from_numpy(tone[None, None]))[0, 0]
    assert int(image[:, 400].argmax()) == 2


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"wavelet": "cmor"}, "wavelet: 'cmor' needs its width and centre in its name"),
        ({"wavelet": "morlet"}, "pywt knows no continuous wavelet 'morlet', did you mean 'morl'?"),
        ({"wavelet": "db2"}, "pywt knows no continuous wavelet 'db2'"),
        ({"scales": []}, "scales: need numbers above 0, got []"),
        ({"scales": [1.0, 0.0]}, "scales: need numbers above 0"),
        ({"scales": [1.0, 3.0, 2.0]}, "scales: need them rising or falling"),
        ({"scales": [1.0], "low": 5.0}, "scales: leave them out, or low and high"),
        ({"wavelet": "morl", "scales": [0.01]}, "0.01 is too small for 'morl'"),
        ({"count": 1}, "count: need at least 2, got 1"),
        ({"low": 0.0}, "need 0 < low < high, got 0.0 and None"),
        ({"low": 9.0, "high": 8.0}, "need 0 < low < high, got 9.0 and 8.0"),
        ({"high": 5000.0}, "need low < high <= half the rate of 8000 Hz, got"),
        ({"amin": 0.0}, "amin and ref: need more than 0"),
        ({"top_db": -1.0}, "top_db: need at least 0, got -1.0"),
        ({"size": [0, 8]}, "size: need at least 1 x 1, got [0, 8]"),
    ],
)
def test_a_setting_out_of_its_limits_is_refused(table: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        load(Scalogram, table).build(rate=RATE, window=500)
