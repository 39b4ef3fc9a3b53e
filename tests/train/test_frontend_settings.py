from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from harken.errors import SettingsError
from harken.settings import load
from harken_train.frontends import frontends
from harken_train.frontends.log_spectrogram import LogSpectrogram
from harken_train.frontends.raw import Raw
from harken_train.spectral.fourier import factorised_is_cheaper, factors
from harken_train.stress import stress_inputs

FLOAT32_TRANSFORM = 5e-3  # dB, down to 80 dB below the loudest; measured 2.7e-3


@pytest.mark.parametrize(
    ("kind", "table", "words"),
    [
        ("log_spectrogram", {"n_fft": 1}, "need n_fft >= 2 and hop_length >= 1, got 1 and 64"),
        ("log_spectrogram", {"win_length": 300}, "win_length: need 1 to n_fft = 256"),
        ("log_spectrogram", {"win_length": 0}, "win_length: need 1 to n_fft = 256"),
        ("log_spectrogram", {"amin": 0.0}, "amin and ref: need more than 0"),
        ("log_spectrogram", {"top_db": -1.0}, "top_db: need at least 0, got -1.0"),
        ("log_spectrogram", {"size": [0, 8]}, "size: need at least 1 x 1, got [0, 8]"),
        ("log_spectrogram", {"window": "hamn"}, "window: scipy knows no window 'hamn'"),
        ("log_spectrogram", {"nfft": 256}, "nfft: unknown key, did you mean 'n_fft'?"),
        ("raw", {"taps": 64}, "taps: need an odd number of at least 3, got 64"),
        ("raw", {"low": 500.0, "high": 100.0}, "need 0 < low < high, got 500.0 and 100.0"),
        ("raw", {"low": 0.0}, "need 0 < low < high, got 0.0 and None"),
        ("raw", {"high": 6000.0}, "need less than half the rate of 12000 Hz, got 6000.0"),
        ("raw", {"high": 4000.0, "taps": 4001}, "a window of 2048 samples is too short for 4001"),
    ],
)
def test_a_setting_out_of_its_limits_is_refused(
    kind: str, table: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        load(frontends.get(kind), table).build(rate=12000, window=2048)


def test_a_window_shorter_than_a_frame_is_refused() -> None:
    with pytest.raises(SettingsError, match="n_fft: a window of 100 samples is too short for 256"):
        LogSpectrogram().build(rate=12000, window=100)


@pytest.mark.parametrize("name", ["silence", "constant"])
def test_what_is_flat_gives_zeros(name: str) -> None:
    flat = torch.from_numpy(stress_inputs(1000, 12000)[name][None])
    for settings in (Raw(), Raw(low=100.0, high=4000.0), Raw(differences="beside")):
        assert not settings.build(rate=12000, window=1000)(flat).any()


@pytest.mark.parametrize("transform", ["dense", "factorised"])
def test_a_float32_transform_errs_by_less_than_the_docs_say(transform: str) -> None:
    inputs = torch.from_numpy(np.stack(list(stress_inputs(2048, 12000).values())))
    exact = LogSpectrogram().build(rate=12000, window=2048)(inputs)
    quick = load(LogSpectrogram, {"precision": "float32", "transform": transform})
    difference = (quick.build(rate=12000, window=2048)(inputs) - exact).abs().max()
    assert float(difference) <= FLOAT32_TRANSFORM


def test_the_cheaper_way_is_the_one_that_was_measured_so() -> None:
    cheaper = {n: factorised_is_cheaper(n) for n in (64, 97, 100, 128, 192, 256, 1024)}
    assert [n for n, factorised in cheaper.items() if factorised] == [128, 192, 256, 1024]
    assert factors(256) == (16, 16)
    assert factors(97) == (97, 1)
