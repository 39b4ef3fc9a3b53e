from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.reference.spectrum import reference

from harken.errors import SettingsError
from harken.settings import load
from harken_train.frontends.spectrum import Spectrum
from harken_train.spectral.window_transform import Chirp, Staged, WindowTransform, factors
from harken_train.stress import stress_inputs

RATE = 8000
LARGEST_DB = 5e-5  # as for every front-end, measured 1e-5
LARGEST_LINEAR = 1e-6  # of the largest value; as for every front-end, measured 6e-8
EXACT = 1e-13  # of the largest value, in float64: some thousand roundings of 1e-16
INPUTS = ("white noise", "tone 120 dB over noise", "impulse at the last sample", "silence")


@settings(max_examples=15)
@given(
    window=st.integers(1, 3000),
    unit=st.sampled_from(["linear", "dB"]),
    taper=st.sampled_from(["boxcar", "hann", "blackman"]),
    top_db=st.sampled_from(["none", 40.0, 80.0]),
    band=st.tuples(st.floats(0.0, 0.4), st.floats(0.6, 1.0)),
)
@example(2, "linear", "boxcar", 80.0, (0.0, 1.0))
@example(997, "linear", "boxcar", 80.0, (0.0, 1.0))  # a prime, by the chirp
@example(998, "dB", "hann", "none", (0.1, 0.9))
@example(1024, "dB", "boxcar", 80.0, (0.0, 1.0))
@example(2160, "linear", "boxcar", 80.0, (0.0, 1.0))  # three stages
def test_any_window_gives_what_numpy_gives(
    window: int, unit: str, taper: str, top_db: str | float, band: tuple[float, float]
) -> None:
    low, high = (edge * RATE / 2 if window > 20 else edge * 0.0 for edge in band)
    table = {"unit": unit, "window": taper, "top_db": top_db, "amin": 1e-4, "low": low}
    spectrum = load(Spectrum, table | ({"high": high} if high else {}))
    inputs = [stress_inputs(window, RATE, 2)[name] for name in INPUTS]
    with torch.no_grad():
        got = spectrum.build(rate=RATE, window=window)(torch.from_numpy(np.stack(inputs))).numpy()
    for features, samples in zip(got, inputs, strict=True):
        wanted = reference(spectrum, samples, RATE)
        assert features.shape == wanted.shape
        limit = LARGEST_DB if unit == "dB" else LARGEST_LINEAR * float(np.abs(wanted).max())
        assert float(np.abs(features - wanted).max()) <= limit


@settings(max_examples=15)
@given(n=st.integers(5, 1500))
@example(5)
@example(1009)
@example(1024)
def test_both_ways_of_the_transform_are_exact_at_every_length(n: int) -> None:
    signal = np.random.default_rng(n).standard_normal((2, 1, n))
    wanted = np.abs(np.fft.rfft(signal))
    ways: list[WindowTransform] = [Staged(n, torch.float64), Chirp(n, torch.float64)]
    for way in ways:
        real, imaginary = way(torch.from_numpy(signal))
        magnitude = torch.hypot(real, imaginary).numpy()[..., way.places]
        assert np.abs(magnitude - wanted).max() <= EXACT * wanted.max()


@pytest.mark.parametrize("n", [9000, 16000, 9001, 9998, 65536])
def test_no_length_asks_for_a_matrix_of_its_square(n: int) -> None:
    layer = Spectrum().build(rate=RATE, window=n)
    assert sum(constant.numel() for constant in layer.buffers()) < 20 * n
    assert math.prod(factors(n)) == n


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"low": 500.0, "high": 100.0}, "need 0 <= low < high, got 500.0 and 100.0"),
        ({"low": -1.0}, "need 0 <= low < high, got -1.0 and None"),
        ({"high": 4001.0}, "need at most half the rate of 8000 Hz, got 0.0 and 4001.0"),
        ({"low": 10.0, "high": 70.0}, "no bin lies between 10.0 and 70.0 Hz; they are 80 Hz apart"),
        ({"amin": 0.0}, "amin and ref: need more than 0"),
        ({"top_db": -1.0}, "top_db: need at least 0, got -1.0"),
        ({"window": "hamn"}, "window: scipy knows no window 'hamn'"),
        ({"unit": "db"}, "unit"),
    ],
)
def test_a_setting_out_of_its_limits_is_refused(table: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load(Spectrum, table).build(rate=RATE, window=100)


def test_a_float32_transform_is_near_and_smaller() -> None:
    inputs = torch.from_numpy(stress_inputs(2048, RATE)["white noise"][None])
    exact = Spectrum().build(rate=RATE, window=2048)(inputs)
    quick = Spectrum(precision="float32").build(rate=RATE, window=2048)(inputs)
    assert float((quick - exact).abs().max()) <= LARGEST_LINEAR * float(exact.max())
