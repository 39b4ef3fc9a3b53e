"""The front-end `image` on whole spectrograms; its arithmetic is held in tests/kinds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.reference import image as reference

from harken.errors import SettingsError
from harken_train.frontends.image import Image

LARGEST_DB = 5e-5  # as every front-end's


def test_a_whole_spectrogram_is_resized_as_scikit_image_does() -> None:
    rng = np.random.default_rng(0)
    spectrogram = rng.uniform(-90.0, 0.0, (128, 251)).astype(np.float32)
    settings = Image(level="maximum", clip=(-80.0, 0.0), size=(64, 100))
    features = settings.build(rate=1, window=251)(torch.from_numpy(spectrogram[None]))
    assert features.shape == (1, 1, 64, 100)
    wanted = reference.reference(settings, spectrogram, 1)
    assert np.abs(features[0].numpy() - wanted).max() <= LARGEST_DB
    assert [len(axis.values) for axis in settings.axes(rate=1, window=251)] == [64, 100]


def test_as_it_is_means_to_the_bit_and_nothing_is_kept_of_the_input() -> None:
    spectrogram = torch.randn(3, 5, 7, generator=torch.Generator().manual_seed(0))
    features = Image(bands=5).build(rate=1, window=7)(spectrogram)
    assert torch.equal(features[:, 0], spectrogram)


def test_standardised_decibels_are_decibels_no_more() -> None:
    assert Image().unit == "dB"
    assert Image(values="linear").unit == "linear"
    assert Image(standardise="band").unit == "linear"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"bands": 0}, "bands: need at least 1, got 0"),
        ({"clip": (0.0, -80.0)}, r"clip: need \[low, high\] with low < high, got \[0.0, -80.0\]"),
        ({"clip": (float("nan"), 0.0)}, "clip: need"),
        ({"size": (0, 8)}, r"size: need at least 1 x 1, got \[0, 8\]"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Image(**settings)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("size", [None, (64, 64)])
def test_files_of_other_bands_say_what_to_set(size: tuple[int, int] | None) -> None:
    layer = Image(bands=128, size=size).build(rate=1, window=16)
    with pytest.raises(SettingsError, match="bands: are 128, but the spectrograms have 64; set"):
        layer(torch.zeros(1, 64, 16))
