from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.filtered import reference

from harken.errors import SettingsError
from harken.settings import load
from harken.stream import Samples
from harken_export.graph import to_onnx
from harken_export.session import answers_of, open_session
from harken_train.frontends.filtered import Filtered
from harken_train.spectral.polyphase import Polyphase
from harken_train.stress import stress_inputs

OF_LARGEST = 1e-6  # of the largest value; float32 keeps 6e-8
CANCELLED = 1e-14  # of the largest sample: where all of a sum cancels, float64's rounding is left
LEAST_FLOAT32 = float(np.finfo(np.float32).smallest_subnormal)  # nothing finer can be given back
FLOAT64 = 1e-13  # of sums of a few hundred products of numbers near 1
ROUNDING = 1e-6  # of features up to 3: the last place of float32, which samples were rounded to
RATES = [90, 100, 128, 250, 256, 257, 300, 360, 500, 512, 1000, 44100]


def features(chosen: Filtered, samples: Samples, rate: int) -> Samples:
    """(rows, channels, samples) -> (rows, channels, columns)."""
    made = chosen.build(rate=rate, window=samples.shape[-1])(torch.from_numpy(samples))
    return np.asarray(made.numpy())


def beats(rate: int, seconds: float, *, gain: float = 1.0) -> Samples:
    """(1, 1, samples): a peak a second of 80 ms, in smooth waves below 15 Hz."""
    at = np.arange(round(seconds * rate)) / rate
    peaks = np.exp(-(((at % 1.0 - 0.5) / 0.04) ** 2)) + 0.1 * np.sin(2 * np.pi * 7.0 * at)
    return np.asarray(gain * peaks, np.float32)[None, None]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([(1, 1), (1, 3), (2, 5), (5, 18), (25, 32), (10, 9), (3, 1), (1, 400)]),
    st.integers(0, 60),
    st.integers(1, 900),
    st.integers(0, 9),
)
def test_a_filter_between_rates_equals_the_convolution_it_stands_for_at_any_length(
    ratio: tuple[int, int], half: int, samples: int, seed: int
) -> None:
    up, down = ratio
    rng = np.random.default_rng(seed)
    taps, signal = rng.standard_normal(2 * half + 1), rng.standard_normal((2, 3, samples))
    beyond = np.pad(signal, [(0, 0), (0, 0), (half + 1, half + 1)], mode="edge")
    stuffed = np.zeros((2, 3, beyond.shape[-1] * up))
    stuffed[:, :, ::up] = beyond
    centre = (half + 1) * up
    wanted = np.stack(
        [
            (stuffed[:, :, k - half : k + half + 1] * taps[::-1]).sum(axis=-1)
            for k in range(centre, centre + samples * up, down)
        ],
        axis=-1,
    )
    got = Polyphase(taps, up=up, down=down)(torch.from_numpy(signal)).numpy()
    assert got.shape == wanted.shape == (2, 3, math.ceil(samples * up / down))
    assert np.abs(got - wanted).max() <= FLOAT64 * np.abs(taps).sum() * np.abs(signal).max()


@pytest.mark.parametrize("rate", RATES[:-1])  # of the last the reference takes its time
def test_one_module_equals_the_reference_at_every_length(rate: int) -> None:
    chosen = Filtered()
    module = chosen.build(rate=rate, window=rate)
    for samples in (rate, 2 * rate - 1, round(3.37 * rate)):
        for name, signal in stress_inputs(samples, rate).items():
            wanted = reference(chosen, signal, rate)
            got = module(torch.from_numpy(signal)[None])[0].numpy()
            allowed = OF_LARGEST * np.abs(wanted).max() + CANCELLED * np.abs(signal).max()
            assert got.shape == wanted.shape == (1, math.ceil(samples * 100 / rate))
            assert np.abs(got - wanted).max() <= max(allowed, LEAST_FLOAT32), (name, samples)


@pytest.mark.parametrize(
    ("rate", "shortest", "longest"),
    # Ranges wide and narrow, in which torch finds no length that suits all of its own rules.
    [(300, 600, 18000), (300, 700, 900), (250, 500, 15000), (512, 1024, 1100)],
)
def test_one_graph_gives_the_same_as_torch_at_every_length(
    rate: int, shortest: int, longest: int
) -> None:
    module = Filtered().build(rate=rate, window=shortest).eval()
    example = torch.zeros(1, 2, (shortest + longest) // 2)
    content = to_onnx(module, example, ["features"], lengths=(shortest, longest))
    answer = answers_of(open_session(content), ("features",))
    rng = np.random.default_rng(rate)
    wanted_lengths = [shortest, shortest + 1, longest - 1, longest]
    for samples in [*wanted_lengths, *rng.integers(shortest, longest, 8).tolist()]:
        for batch in (1, 3):
            signal = rng.standard_normal((batch, 2, samples)).astype(np.float32)
            got, wanted = answer(signal)["features"], module(torch.from_numpy(signal)).numpy()
            assert got.shape == wanted.shape
            assert np.abs(got - wanted).max() <= OF_LARGEST * np.abs(wanted).max()


@pytest.mark.parametrize("gain", [-1.0, 0.5, 2.0, -2.0, 1000.0, -0.37])
def test_neither_gain_nor_polarity_matters(gain: float) -> None:
    signal = beats(300, 10.3)
    plain = features(Filtered(), signal, 300)
    assert np.abs(features(Filtered(), np.float32(gain) * signal, 300) - plain).max() <= ROUNDING
    assert plain.max() > -2.0 * plain.min()  # the peaks point up
    kept = features(Filtered(polarity="as_is"), -signal, 300)
    assert np.abs(kept + plain).max() <= ROUNDING


@pytest.mark.data
def test_neither_gain_nor_polarity_matters_to_real_records(cinc2017: Path) -> None:
    for path in sorted(cinc2017.glob("*.mat"))[::97]:
        signal = scipy.io.loadmat(path)["val"].astype(np.float32)[None] / 1000
        plain = features(Filtered(), signal, 300)
        for gain in (-1.0, 0.5, 2.0, -2.0):
            other = features(Filtered(), np.float32(gain) * signal, 300)
            assert np.abs(other - plain).max() <= ROUNDING, f"{path.stem} times {gain}"


def test_neither_an_offset_nor_a_slow_wander_matters() -> None:
    signal = beats(300, 20.0)
    plain = features(Filtered(), signal, 300)
    at = np.arange(signal.shape[-1]) / 300
    offset = features(Filtered(), np.asarray(signal + 8.0, np.float32), 300)
    slow = np.asarray(np.sin(2 * np.pi * 0.05 * at), np.float32)
    wander = features(Filtered(), np.asarray(signal + slow, np.float32), 300)
    inside = slice(150, -150)  # at the ends the filter sees what stands on beyond them
    assert np.abs(offset - plain).max() <= 1e-5  # eight times less of float32 is left
    assert np.abs(wander - plain)[..., inside].max() <= 0.02


@pytest.mark.parametrize("level", [0.0, 0.7, -1e6])
def test_a_flat_line_gives_zeros(level: float) -> None:
    flat = np.full((1, 1, 1000), level, np.float32)
    for rate in (100, 250, 300, 360):
        for chosen in (Filtered(), Filtered(level="none"), Filtered(high="none", clip="none")):
            assert not features(chosen, flat, rate).any()


def test_without_a_high_pass_a_constant_stays_what_it_is_between_any_rates() -> None:
    chosen = Filtered(low="none", level="none", clip="none", polarity="as_is")
    for rate in RATES:
        flat = np.full((1, 1, 2 * rate), 0.7, np.float32)
        assert np.abs(features(chosen, flat, rate) - np.float32(0.7)).max() <= 1e-7


def test_a_wild_second_does_not_move_the_level() -> None:
    signal = beats(300, 15.0)
    wild = signal.copy()
    wild[..., 300 * 7 : 300 * 8] += 50.0 * np.sin(np.arange(300, dtype=np.float32))
    plain, torn = (features(Filtered(), x, 300) for x in (signal, wild))
    assert np.abs(torn).max() == 3.0
    assert np.abs(torn - plain)[..., :500].max() <= 0.05


def test_a_column_sees_nothing_of_what_is_seconds_away() -> None:
    """So how long the record is shows nowhere: its end is seen by what is near it alone."""
    chosen = Filtered(level="none", clip="none", polarity="as_is")
    signal = np.random.default_rng(1).standard_normal((1, 1, 6000), np.float32)
    whole, part = (features(chosen, x, 300) for x in (signal, signal[..., :4001]))
    far = part.shape[-1] - 150 - 15  # half of either filter
    apart = np.abs(whole[..., : part.shape[-1]] - part)
    assert apart[..., :far].max() <= ROUNDING < apart[..., far:].max()


@pytest.mark.parametrize("rate", [128, 250, 360, 500, 512, 1000])
def test_sensors_of_other_rates_give_the_network_the_same_wave(rate: int) -> None:
    plain = features(Filtered(), beats(300, 12.0), 300)
    other = features(Filtered(), beats(rate, 12.0), rate)
    assert plain.shape == other.shape
    assert np.abs(other - plain)[..., 20:-20].max() <= 2e-3  # each firwin ripples by 0.001


@pytest.mark.parametrize(
    ("table", "rate", "window", "words"),
    [
        ({"to": 0}, 300, 900, "to: need at least 1 Hz, got 0"),
        ({"low": 0.0}, 300, 900, "need 0 < low < high, got 0.0 and 40.0"),
        ({"low": 40.0}, 300, 900, "need 0 < low < high, got 40.0 and 40.0"),
        ({"high": 50.0}, 300, 900, "low and high: need less than half of to = 100 Hz, got 0.5 and"),
        ({"low": 60.0, "high": "none"}, 300, 900, "need less than half of to = 100 Hz, got 60.0"),
        ({"low_seconds": 0.0}, 300, 900, "need at least two values at 100 Hz, 0.02, got 0.0"),
        ({"high_seconds": math.inf}, 300, 900, "need at least two values at 100 Hz, 0.02, got 3.0"),
        ({"clip": 0.0}, 300, 900, 'clip: need "none" or more than 0, got 0.0'),
        ({"level": "rms"}, 300, 900, "level"),
        ({}, 80, 800, "high: need less than half the rate of 80 Hz, got 40.0"),
        ({"high": 1.0, "high_seconds": 0.3}, 3, 30, "high_seconds: need at least two samples at 3"),
        ({}, 300, 299 - 3, 'level: "range" needs a second, 300 samples, got 296'),
        ({}, 99991, 10**6, "to: from 99991 to 100 Hz takes a filter of 2999731 taps; choose"),
    ],
)
def test_settings_out_of_their_limits_are_refused(
    table: dict[str, object], rate: int, window: int, words: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        load(Filtered, table).build(rate=rate, window=window)


def test_without_levelling_less_than_a_second_will_do() -> None:
    assert features(Filtered(level="none"), np.zeros((1, 1, 7), np.float32), 300).shape[-1] == 3
