from __future__ import annotations

import logging

import numpy as np
import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tests.reference.log_mel import reference

from harken.errors import SettingsError
from harken.settings import load
from harken_train.frontends.log_mel import LogMel
from harken_train.stress import stress_inputs

RATE = 8000
LARGEST = 5e-5  # dB; as for every front-end, measured 2e-5
INPUTS = ("white noise", "tone 120 dB over noise", "noise in one half", "silence")


def difference(mel: LogMel, window: int) -> float:
    """The largest to librosa, in dB, over some inputs of two channels."""
    inputs = [stress_inputs(window, RATE, 2)[name] for name in INPUTS]
    with torch.no_grad():
        got = mel.build(rate=RATE, window=window)(torch.from_numpy(np.stack(inputs))).numpy()
    wanted = np.stack([reference(mel, samples, RATE) for samples in inputs])
    assert got.shape == wanted.shape
    return float(np.abs(got - wanted).max())


@settings(max_examples=15)
@given(
    n_fft=st.integers(2, 300),
    hop=st.integers(1, 200),
    extra=st.integers(0, 500),
    n_mels=st.integers(1, 50),
    top_db=st.sampled_from(["none", 20.0, 80.0]),
    power=st.sampled_from([1.0, 2.0]),
    norm=st.sampled_from(["slaney", "none", 1.0, 2.0, float("inf")]),
    htk=st.booleans(),
    size=st.none() | st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
@example(256, 64, 2000, 30, 80.0, 2.0, "slaney", False, None)  # woven
@example(300, 80, 2700, 30, "none", 1.0, "none", True, None)  # woven, its last block in part
@example(251, 50, 250, 11, 80.0, 2.0, "slaney", False, (9, 31))  # dense
def test_any_settings_give_what_librosa_gives(
    n_fft: int,
    hop: int,
    extra: int,
    n_mels: int,
    top_db: str | float,
    power: float,
    norm: str | float,
    htk: bool,
    size: tuple[int, int] | None,
) -> None:
    table = {
        "n_fft": n_fft,
        "hop_length": hop,
        "n_mels": n_mels,
        "top_db": top_db,
        "power": power,
        "norm": norm,
        "htk": htk,
        **({"size": list(size)} if size else {}),
    }
    assume(size is None or extra < 300)  # scikit-image takes its time for wide images
    assert difference(load(LogMel, table), n_fft + extra) <= LARGEST


@pytest.mark.parametrize("transform", ["auto", "dense", "factorised"])
def test_every_way_of_the_transform_gives_the_same(transform: str) -> None:
    table = {"n_fft": 200, "hop_length": 40, "n_mels": 20, "transform": transform}
    assert difference(load(LogMel, table), 2001) <= LARGEST


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"n_fft": 1}, "need n_fft >= 2 and hop_length >= 1, got 1 and 512"),
        ({"win_length": 3000}, "win_length: need 1 to n_fft = 2048"),
        ({"n_mels": 0}, "n_mels: need at least 1, got 0"),
        ({"fmin": 900.0, "fmax": 800.0}, "need 0 <= fmin < fmax, got 900.0 and 800.0"),
        ({"fmin": -1.0}, "need 0 <= fmin < fmax, got -1.0 and None"),
        ({"fmax": 4001.0}, "need at most half the rate of 8000 Hz, got 0.0 and 4001.0"),
        ({"fmin": 4000.0}, "need at most half the rate of 8000 Hz, got 4000.0 and None"),
        ({"norm": 0.0}, 'norm: need "slaney", "none" or more than 0, got 0.0'),
        ({"power": 3.0}, "power: need 1 or 2, got 3.0"),
        ({"ref": 0.0}, "amin and ref: need more than 0"),
        ({"top_db": -1.0}, "top_db: need at least 0, got -1.0"),
        ({"size": [8, 0]}, r"size: need at least 1 x 1, got \[8, 0\]"),
        ({"window": "hamn"}, "window: scipy knows no window 'hamn'"),
        ({"n_fft": 4096}, "n_fft: a window of 2048 samples is too short for 4096"),
    ],
)
def test_a_setting_out_of_its_limits_is_refused(table: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load(LogMel, table).build(rate=RATE, window=2048)


def test_bands_that_hold_no_bin_are_silent_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        layer = LogMel(n_fft=128, hop_length=64, n_mels=80).build(rate=RATE, window=512)
    assert "silent_bands=3 of=80" in caplog.text
    noise = torch.from_numpy(stress_inputs(512, RATE)["white noise"][None])
    assert int((layer(noise) == -80.0).all(dim=-1).sum()) == 3


def test_silence_has_a_gradient_when_amplitudes_are_added_up() -> None:
    silence = torch.zeros(1, 1, 512, requires_grad=True)
    mel = LogMel(n_fft=128, hop_length=64, n_mels=8, power=1.0)
    (gradient,) = torch.autograd.grad(mel.build(rate=RATE, window=512)(silence).sum(), silence)
    assert bool(gradient.isfinite().all())


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("norm", ["slaney", "none"])
@pytest.mark.parametrize("level", [1e12, 1e18, 3e38])
def test_whatever_is_finite_gives_finite_features(level: float, norm: str, precision: str) -> None:
    mel = load(LogMel, {"n_mels": 40, "norm": norm, "precision": precision})
    layer = mel.build(rate=RATE, window=4096)
    inputs = (np.ones(4096), np.random.default_rng(0).uniform(-1.0, 1.0, 4096))
    for samples in inputs:
        loud = torch.from_numpy((samples * level).astype(np.float32)[None, None])
        assert bool(layer(loud).isfinite().all())
