from __future__ import annotations

import timeit
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from hypothesis import given
from hypothesis import strategies as st

from harken.quality import Verdict, check
from harken.stream import Samples

N = 2048
FIT = Verdict(None)
LONGEST = 60e-6  # seconds; measured 12 us, cut off 23 us: the rest is for busy machines
TIME = np.arange(N)


def noise(seed: int = 0, n: int = N) -> Samples:
    return np.random.default_rng(seed).normal(0.0, 0.1, (1, n)).astype(np.float32)


def sine(period: float, level: float = 0.5, phase: float = 0.1) -> Samples:
    samples: Samples = (level * np.sin(2 * np.pi * TIME / period + phase)).astype(np.float32)
    return samples[None]


def quantised(samples: Samples, steps: int) -> Samples:
    """Rounded to whole steps, of which full scale has this many."""
    return (np.round(samples * steps) / steps).astype(np.float32)


@pytest.mark.parametrize(("odd", "reason"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "inf")])
@pytest.mark.parametrize("position", [0, 1000, N - 1])
@pytest.mark.parametrize("channel", [0, 1])
def test_one_value_that_is_no_number_makes_the_window_invalid(
    odd: float, reason: str, position: int, channel: int
) -> None:
    samples = np.concatenate([noise(1), noise(2)])
    samples[channel, position] = odd
    assert check(samples, 1.0).reason == reason


def test_nan_is_told_before_inf() -> None:
    samples = noise()
    samples[0, :2] = np.inf, np.nan
    assert check(samples, 1.0).reason == "nan"


@pytest.mark.parametrize("value", [0.0, 0.3, -1.0, 1e-30])
def test_a_channel_that_does_not_move_makes_the_window_flat(value: float) -> None:
    stuck = np.full((1, N), value, np.float32)
    assert check(stuck, 1.0).reason == "flat"
    assert check(np.concatenate([noise(), stuck]), 1.0).reason == "flat"


@pytest.mark.parametrize("rail", [1.0, 10.0, 0.02])
@pytest.mark.parametrize(
    ("share", "verdict"),
    [
        (0.005, FIT),
        (0.02, Verdict(None, ("clipped",))),
        (0.09, Verdict(None, ("clipped",))),
        (0.11, Verdict("clipped")),
        (0.9, Verdict("clipped")),
    ],
)
def test_samples_at_the_rail_are_noted_and_many_make_the_window_invalid(
    rail: float, share: float, verdict: Verdict
) -> None:
    samples = noise()
    limit = np.quantile(np.abs(samples), 1.0 - share)
    assert check((np.clip(samples, -limit, limit) * (rail / limit)).astype(np.float32), rail) == (
        verdict
    )


def test_int16_at_its_largest_values_is_at_the_rail() -> None:
    samples = np.clip(np.round(noise() * 10 * 32768), -32768, 32767) / np.float32(32768)
    assert check(samples.astype(np.float32), 1.0).reason == "clipped"


def test_one_clipped_channel_among_clean_ones_is_enough() -> None:
    clipped = np.clip(10 * noise(3), -1.0, 1.0)
    assert check(np.concatenate([noise(1), clipped, noise(2)]), 1.0).reason == "clipped"


@pytest.mark.parametrize("level", [0.3, 0.01])
@pytest.mark.parametrize("low", [1.0, 100.0])
def test_saturation_below_the_rail_is_found_on_both_sides_and_on_one(
    level: float, low: float
) -> None:
    samples = np.clip(level * 10 * noise(), -0.8 * level * low, 0.8 * level)
    assert check(samples, 1.0).reason == "clipped"
    assert check(-samples, 1.0).reason == "clipped"


def test_a_saturated_amplifier_with_16_bits_and_an_offset_is_found() -> None:
    samples = quantised(np.clip(sine(33.37, 0.5), -0.4, 0.4) + np.float32(0.2), 32768)
    assert check(samples, 1.0) == Verdict("clipped", ("offset",))


def test_floats_that_go_beyond_full_scale_are_not_limited_by_it() -> None:
    assert check(20 * noise(), 1.0) == FIT


def test_padding_with_zeros_is_no_saturation() -> None:
    padded = np.where(TIME < 1500, np.abs(noise()), 0.0).astype(np.float32)
    assert check(padded, 1.0) == FIT
    assert check(-padded, 1.0) == FIT


def test_an_offset_is_noted_from_a_tenth_of_full_scale_on() -> None:
    assert check(noise() + np.float32(0.08), 1.0) == FIT
    assert check(noise() - np.float32(0.12), 1.0) == Verdict(None, ("offset",))


def test_a_level_of_a_few_steps_of_16_bits_is_noted() -> None:
    assert check(quantised(noise() * 1e-4, 32768), 1.0) == Verdict(None, ("low_level",))
    assert check(noise() * np.float32(2e-3), 1.0) == FIT


@pytest.mark.parametrize(
    ("times", "notes"), [(1e3, ("unit",)), (30.0, ()), (1.0, ()), (1 / 30.0, ()), (1e-3, ("unit",))]
)
def test_a_level_far_from_all_of_training_is_noted(times: float, notes: tuple[str, ...]) -> None:
    samples = noise() * np.float32(times)
    usual = float(np.ptp(noise()))
    verdict = check(samples, times, (usual / 2, usual * 2), 10_000)
    assert (verdict.reason, verdict.notes) == (None, notes)


def test_a_level_is_judged_only_where_the_contract_tells_those_of_training() -> None:
    assert check(noise() * np.float32(1e6), 1e7) == FIT
    assert check(np.zeros((1, 500), np.float32), 1.0, (1.0, 2.0), 100).reason == "flat"


@pytest.mark.parametrize("level", [1e-40, 1e38])
def test_the_largest_and_smallest_floats_are_judged_without_a_warning(level: float) -> None:
    samples = np.clip(noise().astype(np.float64) * 10 * level, -3e38, 3e38).astype(np.float32)
    assert check(samples, 1.0).reason is None


@given(
    st.floats(2.5, 3000.0),
    st.floats(0.01, 0.99),
    st.floats(0.0, 6.3),
    st.sampled_from([None, 8, 32, 64, 100, 128, 2048, 32768]),
)
def test_clean_tones_are_never_called_clipped(
    period: float, level: float, phase: float, steps: int | None
) -> None:
    samples = sine(period, level, phase)
    if steps is not None:
        samples = quantised(samples, steps)
    verdict = check(samples, 1.1)
    assert verdict.reason in (None, "flat")
    assert "clipped" not in verdict.notes


@given(st.integers(3, 300), st.floats(0.01, 0.99), st.floats(0.0, 6.3), st.integers(1, 15))
def test_tones_of_whole_samples_a_period_are_never_called_clipped(
    period: int, level: float, phase: float, bits: int
) -> None:
    samples = quantised(sine(period, level, phase), 2**bits)
    verdict = check(samples, 1.1)
    assert verdict.reason in (None, "flat")
    assert "clipped" not in verdict.notes


@given(st.integers(0, 2**32 - 1), st.integers(1, 15), st.floats(0.0003, 0.2))
def test_noise_of_any_number_of_steps_is_never_called_clipped(
    seed: int, bits: int, level: float
) -> None:
    verdict = check(quantised(noise(seed) * np.float32(10 * level), 2**bits), 8.0)
    assert verdict.reason in (None, "flat")
    assert "clipped" not in verdict.notes


@pytest.mark.parametrize("bits", [8, 16])
def test_noise_over_the_full_range_is_fit(bits: int) -> None:
    full = 2 ** (bits - 1)
    rng = np.random.default_rng(0)
    samples = rng.integers(-full, full, (300, 1, N)).astype(np.float32) / np.float32(full)
    assert {check(window, 1.0) for window in samples} == {FIT}


@given(st.integers(0, 2**32 - 1), st.floats(0.25, 1.2), st.sampled_from([256, 1000, 4096]))
def test_noise_cut_off_anywhere_by_a_tenth_is_invalid(seed: int, cut: float, n: int) -> None:
    samples = noise(seed, n)
    limit = np.float32(cut) * samples.std()
    assert check(np.clip(samples, -limit, limit), 1.0).reason == "clipped"


@pytest.mark.data
def test_recordings_of_real_bearings_are_fit(cwru: Path) -> None:
    for path in sorted(cwru.glob("*.mat"))[::6]:
        variables = scipy.io.loadmat(path)
        [name] = [name for name in variables if name.endswith("_DE_time")][-1:]
        signal = variables[name].ravel().astype(np.float32)
        windows = signal[: len(signal) // N * N].reshape(-1, 1, N)
        assert {check(window, 20.0) for window in windows} == {FIT}, path.name


def test_a_window_is_judged_in_microseconds() -> None:
    for samples in (noise(), np.clip(noise(), -0.05, 0.05), quantised(noise(), 20)):
        times = timeit.repeat(
            "check(samples, 1.0)",
            number=200,
            repeat=9,
            globals={"check": check, "samples": samples},
        )
        seconds = min(times) / 200
        assert seconds < LONGEST
