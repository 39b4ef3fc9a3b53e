from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import envelope as reference

from harken.errors import SettingsError
from harken.settings import load
from harken_train.frontends.envelope import Bank, Envelope
from harken_train.spectral.band_bank import BandBank
from harken_train.spectral.hilbert import Hilbert, sizes
from harken_train.spectral.moving_average import MovingAverage
from harken_train.spectral.zoom import LARGEST, Zoom

OF_LARGEST = 1e-6  # of the largest value; float32 keeps 6e-8
LARGEST_DB = 5e-5  # as for every front-end
ROUNDING = 1e-12  # of values of about 1: float64 and a few thousand products
RATE = 8000

BANDS = st.sampled_from(
    [
        {"low": 300.0, "high": 1100.0},
        {"bands": ((200.0, 500.0), (400.0, 3000.0))},
        {"bank": Bank(low=100.0, high=3900.0, count=5)},
        {"bank": Bank(low=100.0, high=3900.0, count=5), "average": True},
    ]
)
SPECTRA = st.sampled_from(
    [{"highest": 400.0}, {"shaft": 25.0, "orders": (0.2, 12.0), "order_step": 0.1}]
)
SCALES = st.sampled_from([{"unit": "linear"}, {"unit": "dB"}, {"unit": "dB", "whiten": 30.0}])


@settings(max_examples=60)
@given(
    BANDS,
    SPECTRA,
    SCALES,
    st.integers(70, 900),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1e-7, 1.0, 1e6]),
)
def test_any_band_spectrum_scale_and_length_equals_scipy(
    bands: dict[str, object],
    spectrum: dict[str, object],
    scale: dict[str, object],
    window: int,
    squared: bool,
    relative: bool,
    level: float,
) -> None:
    chosen = Envelope(taps=65, squared=squared, relative=relative, **bands, **spectrum, **scale)  # type: ignore[arg-type]  # tables of settings
    noise = np.random.default_rng(window).standard_normal((2, window)) * level
    samples = noise.astype(np.float32)
    got = chosen.build(rate=RATE, window=window)(torch.from_numpy(samples[None]))[0].numpy()
    wanted = reference.reference(chosen, samples, RATE)
    largest = LARGEST_DB if chosen.unit == "dB" else OF_LARGEST * np.abs(wanted).max()
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() <= largest


@pytest.mark.parametrize("window", [1, 2, 3, 4, 5, 64, 97, 360, 361, 1009, 2 * 1009, 2048, 3001])
def test_hilberts_transform_is_scipys_for_any_window(window: int) -> None:
    signal = np.random.default_rng(window).standard_normal((2, 3, window))
    got = Hilbert(window)(torch.from_numpy(signal)).numpy()
    assert np.abs(got - scipy.signal.hilbert(signal).imag).max() <= ROUNDING


@pytest.mark.parametrize("window", [1009, 10_007, 2 * 5003, 12_000, 44_100])
def test_no_window_needs_a_large_matrix(window: int) -> None:
    rows, columns = sizes(window)
    assert rows * columns == window or rows * columns >= 2 * window - 1
    assert max(rows, columns) <= 4 * window**0.5


@pytest.mark.parametrize(("samples", "stride"), [(500, 1), (500, 7), (501, 64), (66, 3), (65, 100)])
def test_a_band_bank_gives_every_so_many_th_answer(samples: int, stride: int) -> None:
    rng = np.random.default_rng(stride)
    filters, signal = rng.standard_normal((3, 65)), rng.standard_normal((1, 2, samples))
    got = BandBank(filters, samples, stride)(torch.from_numpy(signal)).numpy()
    for channel in range(2):
        for band in range(3):
            wanted = np.convolve(signal[0, channel], filters[band], "valid")[::stride]
            assert got[0, channel, band] == pytest.approx(wanted, abs=ROUNDING * 100)


@pytest.mark.parametrize("samples", [10, 1500, 1501])
def test_a_fourier_sum_in_stretches_is_the_whole_one(samples: int) -> None:
    frequencies = np.linspace(0.0013, 0.31, 200)
    signal = np.random.default_rng(0).standard_normal((2, samples))
    wanted = np.abs(signal @ np.exp(-2j * np.pi * np.outer(np.arange(samples), frequencies)))
    zoom = Zoom(samples, frequencies)
    assert np.abs(zoom(torch.from_numpy(signal)).numpy() - wanted).max() <= ROUNDING * 100
    assert zoom.matrix.numel() <= LARGEST + 400


@pytest.mark.parametrize(("values", "reach"), [(50, 3), (50, 80), (1, 4), (17, 0)])
def test_a_moving_average_takes_what_is_there(values: int, reach: int) -> None:
    signal = np.random.default_rng(values).standard_normal(values)
    got = MovingAverage(values, reach)(torch.from_numpy(signal[None])).numpy()[0]
    wanted = [signal[max(0, i - reach) : i + reach + 1].mean() for i in range(values)]
    assert got == pytest.approx(wanted, abs=ROUNDING)


def beating(order: float, shaft: float, seconds: float, depth: float = 0.5) -> torch.Tensor:
    """A carrier at 2 kHz whose strength goes up and down ``order`` times a turn of the shaft."""
    time = np.arange(round(seconds * RATE)) / RATE
    strength = 1.0 + depth * np.cos(2 * np.pi * order * shaft * time)
    samples = strength * np.sin(2 * np.pi * 2000.0 * time)
    return torch.from_numpy(samples.astype(np.float32)[None, None])


@pytest.mark.parametrize("shaft", [20.0, 29.5])
def test_a_beat_stands_at_its_order_at_any_speed_that_is_set(shaft: float) -> None:
    chosen = Envelope(low=1000.0, high=3000.0, shaft=shaft, squared=False, unit="linear")
    (axis,) = chosen.axes(rate=RATE, window=RATE)
    values = chosen.build(rate=RATE, window=RATE)(beating(5.4, shaft, 1.0))[0, 0]
    assert axis.name == "orders"
    assert axis.values[int(values.argmax())] == pytest.approx(5.4)
    assert float(values.max()) == pytest.approx(0.5, abs=0.01)  # the depth of the beat


def test_a_band_without_the_carrier_hears_no_beat() -> None:
    bands = Envelope(bands=((500.0, 1000.0), (1500.0, 2500.0)), highest=200.0, amin=1e-3)
    image = bands.build(rate=RATE, window=RATE)(beating(1.0, 100.0, 1.0) + 0.1 * _noise())[0, 0]
    rows, columns = bands.axes(rate=RATE, window=RATE)
    at = int(np.abs(columns.values - 100.0).argmin())
    assert rows.values.tolist() == [750.0, 2000.0]
    assert int(image[1].argmax()) == at
    assert float(image[1, at] - image[0, at]) > 10.0


def _noise() -> torch.Tensor:
    return torch.randn(1, 1, RATE, generator=torch.Generator().manual_seed(0))


def test_what_is_flat_has_no_beat() -> None:
    for level in (0.0, 0.7, 1e6):
        flat = torch.full((1, 1, 600), level)
        assert (Envelope().build(rate=RATE, window=600)(flat) == -80.0).all()


def test_only_what_a_stride_can_hold_is_kept() -> None:
    chosen = Envelope(low=1000.0, high=1200.0, highest=100.0)
    widest = 200.0 + 3.3 * RATE / 129 + 100.0
    assert chosen.stride_at(RATE) == int(RATE / widest)
    with pytest.raises(SettingsError, match=r"highest: 100 Hz is beyond what every 80\. sample"):
        Envelope(highest=100.0, stride=80).build(rate=RATE, window=800)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"low": 500.0, "bands": [[1.0, 2.0]]}, "need low and high, or bands, or bank: one of"),
        ({"bands": [[500.0, 900.0], [100.0, 300.0]]}, "bands: need at least one, in rising order"),
        ({"bands": []}, "bands: need at least one, in rising order"),
        ({"bank": {"low": 5.0, "high": 1.0, "count": 2}}, "bank: need count >= 1 and 0 < low <"),
        ({"low": 3000.0, "high": 1000.0}, "band: need 0 < low < high < half the rate of 8000 Hz"),
        ({"high": 4000.0}, "band: need 0 < low < high < half the rate of 8000 Hz, got 400 and"),
        ({"taps": 64}, "taps: need an odd number of at least 3, got 64"),
        ({"taps": 501}, "taps: a window of 500 samples is too short for 501"),
        ({"stride": 0}, "stride: need at least 1, got 0"),
        ({"shaft": 0.0}, "shaft: need more than 0, got 0.0"),
        ({"shaft": 30.0, "orders": [9.0, 2.0]}, "orders: need 0 <= first < last, got [9.0, 2.0]"),
        ({"shaft": 30.0, "highest": 9.0}, "highest: is for hertz; with shaft it is orders"),
        ({"whiten": 9.0, "unit": "linear"}, 'whiten: needs unit = "dB"'),
        ({"taper": "hamn"}, "scipy knows no window 'hamn'"),
    ],
)
def test_a_setting_out_of_its_limits_is_refused(table: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        load(Envelope, table).build(rate=RATE, window=500)
