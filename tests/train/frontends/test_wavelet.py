from __future__ import annotations

import logging
import re
import warnings

import numpy as np
import pytest
import pywt
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.errors import SettingsError
from harken.settings import load
from harken_train.frontends.wavelet import Wavelet
from harken_train.spectral.dwt import plan

OF_LARGEST = 1e-6  # of the largest coefficient; float32 keeps 6e-8
CANCELLED = 1e-10  # of the largest sample: where all of a sum cancels, float64's rounding is left
MODES = pywt.Modes.modes


@st.composite
def forms(draw: st.DrawFn) -> tuple[Wavelet, int]:
    """Any wavelet, mode and depth, on a window that may be shorter than the filter."""
    window = draw(st.integers(2, 700))
    return (
        Wavelet(
            wavelet=draw(st.sampled_from(pywt.wavelist(kind="discrete"))),
            mode=draw(st.sampled_from(MODES)),
            level=draw(st.integers(1, window.bit_length() - 1)),
            levels=draw(st.sampled_from(["approximation", "details", "all"])),
        ),
        window,
    )


@settings(max_examples=80)
@given(forms(), st.sampled_from([1e-7, 1.0, 1e6]), st.integers(0, 9))
def test_any_wavelet_mode_depth_and_length_equals_pywavelets(
    form: tuple[Wavelet, int], scale: float, seed: int
) -> None:
    chosen, window = form
    samples = np.random.default_rng(seed).standard_normal((2, 3, window)) * scale
    samples = samples.astype(np.float32)
    got = chosen.build(rate=8000, window=window)(torch.from_numpy(samples)).numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # every coefficient sees an end
        bands = pywt.wavedec(
            samples.astype(np.float64), chosen.wavelet, chosen.mode, chosen.level, axis=-1
        )
    kept = {"approximation": bands[:1], "details": bands[1:], "all": bands}[chosen.levels]
    wanted = np.concatenate(kept, axis=-1)
    allowed = OF_LARGEST * np.abs(wanted).max() + CANCELLED * np.abs(samples).max()
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() <= allowed


@settings(max_examples=40)
@given(
    st.integers(2, 40_000),
    st.sampled_from([2, 4, 8, 40, 102]),
    st.sampled_from(MODES),
    st.integers(1, 8),
    st.booleans(),
)
def test_a_plan_makes_all_levels_and_no_matrix_of_the_window_s_square(
    length: int, taps: int, mode: str, level: int, details: bool
) -> None:
    level = min(level, length.bit_length() - 1)
    steps = plan(length, taps, mode, level, details=details)
    assert sum(step.levels for step in steps) == level
    if length > 8 * taps:
        assert steps[0].hop % 2 ** steps[0].levels == 0
        assert steps[0].hop > 0 or length**2 <= 2**19


@pytest.mark.parametrize(("wavelet", "window"), [("db2", 9000), ("haar", 4096), ("db20", 9001)])
@pytest.mark.parametrize("levels", ["approximation", "all"])
def test_its_constants_stay_small(wavelet: str, window: int, levels: str) -> None:
    layer = load(Wavelet, {"wavelet": wavelet, "levels": levels}).build(rate=300, window=window)
    assert sum(one.numel() * one.element_size() for one in layer.buffers()) < 1_000_000


def test_the_source_s_shape_is_143_coefficients() -> None:
    layer = Wavelet().build(rate=300, window=9000)
    assert layer(torch.zeros(1, 2, 9000)).shape == (1, 2, 143)


def test_standardised_windows_differ_by_nothing_but_their_form() -> None:
    samples = torch.randn(1, 1, 500, generator=torch.Generator().manual_seed(0))
    layer = Wavelet(standardise="window", level=3).build(rate=300, window=500)
    louder = layer(samples * 1024.0 + 0.0)
    assert torch.equal(layer(samples), louder)
    assert not layer(torch.full((1, 1, 500), 0.7)).any()


def test_approximations_stand_where_the_signal_does_what_they_tell() -> None:
    samples = torch.zeros(1, 1, 1000)
    samples[0, 0, 500] = 1.0
    for mode in ("symmetric", "periodization"):
        chosen = load(Wavelet, {"mode": mode, "level": 4, "wavelet": "sym4"})
        (seconds,) = chosen.axes(rate=1000, window=1000)
        told = chosen.build(rate=1000, window=1000)(samples)[0, 0].square().numpy()
        centre = (told * seconds.values).sum() / told.sum()
        assert seconds.name == "seconds"
        assert centre == pytest.approx(0.5, abs=0.016)  # one coefficient is 16 samples


def test_levels_that_all_see_an_end_are_made_and_told_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "harken_train"):
        Wavelet(wavelet="db8", level=5).build(rate=300, window=256)
    assert "level=5 window=256 wavelet=db8 up_to=4" in caplog.text
    caplog.clear()
    Wavelet(wavelet="db8", level=4).build(rate=300, window=256)
    assert not caplog.text


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"wavelet": "db99"}, "wavelet: PyWavelets has no discrete wavelet 'db99', did you mean"),
        ({"wavelet": "morl"}, "no discrete wavelet 'morl'"),
        ({"level": 0}, "level: need at least 1, got 0"),
        ({"level": 9}, "level: a window of 300 samples is halved 8 times at most, got 9; up to 6"),
        ({"mode": "mirror"}, "mode: "),
        ({"levels": "most"}, "levels: "),
    ],
)
def test_a_setting_out_of_its_limits_is_refused(table: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        load(Wavelet, table).build(rate=300, window=300)
