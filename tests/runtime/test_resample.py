"""Resampling against scipy, and what the filter lets through."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from harken.errors import DataError
from harken.resample import factor, low_pass, resample

FLOAT32_ROUNDING = 1e-6  # of samples up to 5; both sum in float64, measured 2e-7
IMAGES = 1e-6  # of an offset: float32, and its images, 100 dB down; measured 5e-7
STOPBAND = 80.0  # dB below the passband, the promise; measured 99
RIPPLE = 0.001  # dB in the passband; measured 1.2e-4
RATIOS = [
    (48000, 12000),
    (44100, 22050),
    (44100, 48000),
    (48000, 44100),
    (12000, 48000),
    (25600, 12000),
    (97656, 48000),
    (48000, 100),
]


@pytest.mark.parametrize(("rate", "to"), RATIOS)
@pytest.mark.parametrize("frames", [1, 2, 100, 5001])
def test_it_equals_scipy_with_the_same_filter(rate: int, to: int, frames: int) -> None:
    samples = np.random.default_rng(frames).normal(size=(2, frames)).astype(np.float32)
    up, down = factor(rate, to)
    wanted = scipy.signal.resample_poly(
        samples.astype(np.float64),
        up,
        down,
        axis=1,
        window=low_pass(up, down),
        padtype="edge",
    )
    got = resample(samples, rate, to)
    assert got.dtype == np.float32
    assert got.shape == (2, -(-frames * to // rate)) == wanted.shape
    assert np.abs(got - wanted).max() < FLOAT32_ROUNDING


def test_beyond_a_signal_that_begins_and_ends_at_zero_there_are_zeros() -> None:
    samples = np.random.default_rng(5).normal(size=(1, 500)).astype(np.float32)
    samples[:, [0, -1]] = 0.0
    wanted = scipy.signal.resample_poly(samples[0], 6, 5, window=low_pass(6, 5), padtype="constant")
    assert np.abs(resample(samples, 250, 300)[0] - wanted).max() < FLOAT32_ROUNDING


@pytest.mark.parametrize(("rate", "to"), [(250, 300), (500, 300), (48000, 12000)])
@pytest.mark.parametrize("offset", [100.0, -3.0])
def test_the_offset_of_an_electrode_comes_through_without_ringing(
    rate: int, to: int, offset: float
) -> None:
    beats = np.random.default_rng(6).normal(0.0, 0.3, size=(1, 2000)).round(2)
    without = resample(beats.astype(np.float32), rate, to)
    got = resample((beats + offset).astype(np.float32), rate, to) - offset
    assert np.abs(got - without).max() < IMAGES * abs(offset)


@pytest.mark.parametrize("frames", [1, 50, 3000])
@pytest.mark.parametrize(("rate", "to"), RATIOS)
def test_a_constant_is_itself_from_end_to_end(rate: int, to: int, frames: int) -> None:
    samples = np.full((1, frames), 100.1, np.float32)
    assert (resample(samples, rate, to) == np.float32(100.1)).all()


@pytest.mark.parametrize(("rate", "to"), [(48000, 12000), (44100, 22050), (44100, 48000)])
def test_what_would_fold_back_is_stopped_and_what_fits_is_kept(rate: int, to: int) -> None:
    up, down = factor(rate, to)
    response = np.abs(np.fft.rfft(low_pass(up, down), 1 << 20))
    level = 20 * np.log10(np.maximum(response, 1e-12))
    frequency = np.linspace(0, 1, len(level)) * max(up, down)  # of the lower Nyquist frequency
    assert level[frequency >= 1.0].max() < -STOPBAND
    assert np.abs(level[frequency <= 0.9]).max() < RIPPLE


def test_a_tone_above_the_new_band_is_gone_and_one_inside_it_is_itself() -> None:
    time = np.arange(48000) / 48000
    tones = np.stack([np.sin(2 * np.pi * f * time) for f in (7000, 3000)]).astype(np.float32)
    folded, kept = resample(tones, 48000, 12000)[:, 200:-200]
    assert np.abs(folded).max() < 10 ** (-STOPBAND / 20)
    wanted = np.sin(2 * np.pi * 3000 * np.arange(12000) / 12000)[200:-200]
    assert np.abs(kept - wanted).max() < 1e-4  # the ripple, and float32


def test_long_signals_are_the_same_as_short_ones() -> None:
    samples = np.random.default_rng(3).normal(size=(1, 50_000)).astype(np.float32)
    long, short = resample(samples, 48000, 12000), resample(samples[:, :8000], 48000, 12000)
    assert np.abs(long[:, :1900] - short[:, :1900]).max() < FLOAT32_ROUNDING


@pytest.mark.parametrize(("rate", "to"), [(360, 300), (250, 300), (512, 300), (48000, 12000)])
def test_what_stands_still_does_so_at_another_rate(rate: int, to: int) -> None:
    samples = np.random.default_rng(1).normal(size=(1, 8 * 512)).astype(np.float32)
    samples[0, 2000:3000] = 0.123
    got = resample(samples, rate, to)[0]
    reach = 64 * max(rate, to) / to  # of the filter, in samples of the old rate
    first, last = np.array([2000 + reach, 3000 - reach]) * to / rate
    assert (got[int(first) + 2 : int(last) - 2] == np.float32(0.123)).all()
    assert np.count_nonzero(got == np.float32(0.123)) < (3000 - 2000) * to / rate


def test_the_same_rate_gives_the_same_samples() -> None:
    samples = np.arange(5, dtype=np.float32)[None]
    assert np.array_equal(resample(samples, 8000, 8000), samples)


@pytest.mark.parametrize(
    ("rate", "to", "why"),
    [
        (12000, 12001, "12000 Hz to 12001 Hz is the factor 12001/12000"),
        (1, 1_000_000, "is the factor 1000000/1"),
        (0, 8000, "a rate of 0 Hz cannot be resampled"),
        (8000, -1, "a rate of -1 Hz cannot be resampled"),
    ],
)
def test_absurd_rates_are_refused(rate: int, to: int, why: str) -> None:
    with pytest.raises(DataError) as caught:
        resample(np.zeros((1, 10), np.float32), rate, to)
    assert why in str(caught.value)


def test_what_is_not_finite_stays_so_and_spreads_no_further_than_the_filter() -> None:
    samples = np.zeros((1, 5000), np.float32)
    samples[0, 2000] = np.inf
    result = resample(samples, 48000, 12000)[0]
    assert not np.isfinite(result[500])
    assert np.isfinite(result[:435]).all()
    assert np.isfinite(result[566:]).all()
