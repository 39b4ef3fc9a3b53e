"""librosa and scikit-image in float64: what `log_mel` must equal."""

from __future__ import annotations

import warnings
from typing import Any

import librosa
import numpy as np
import numpy.typing as npt
from skimage.transform import resize

from harken.stream import Samples
from harken_train.frontends.log_mel import LogMel

Case = tuple[LogMel, int, int]  # settings, window, rate


def references() -> list[Case]:
    """The sources' shapes, odd lengths, every option, both ways of the transform, silent bands."""
    return [
        (LogMel(fmax=8000.0, size=(224, 224)), 22050, 22050),
        (LogMel(hop_length=256), 64000, 22050),  # 128 x 251
        (LogMel(n_fft=1024, hop_length=256, n_mels=64, fmin=50.0), 16000, 16000),
        (LogMel(n_fft=512, hop_length=160, win_length=400, n_mels=40, htk=True), 8000, 16000),
        (LogMel(n_fft=511, hop_length=100, n_mels=31, norm="none", top_db="none"), 2047, 12000),
        (LogMel(n_fft=256, hop_length=64, n_mels=20, power=1.0, size=(31, 50)), 2048, 12000),
        (LogMel(n_fft=251, hop_length=77, n_mels=13, window="boxcar", ref=1.0), 1001, 8000),
        (LogMel(n_fft=300, hop_length=400, n_mels=24, norm=1.0, top_db=30.0), 3000, 12000),
        (LogMel(n_fft=256, hop_length=128, n_mels=80, fmax=5000.0), 1000, 12000),  # some silent
        (LogMel(n_fft=60, hop_length=60, n_mels=8, transform="factorised"), 600, 12000),
        (LogMel(n_fft=128, n_mels=1, transform="dense", ref=20.0, top_db="none"), 999, 8000),
        (LogMel(n_fft=200, hop_length=50, n_mels=16, amin=1e-33, power=1.0), 1000, 8000),
        (LogMel(n_fft=64, hop_length=7, n_mels=6, window="blackman"), 64, 12000),  # one frame
    ]


def small() -> Case:
    """Return 16 bands x 17 columns."""
    return LogMel(n_fft=128, hop_length=32, n_mels=16), 512, 8000


def reference(settings: LogMel, samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """(channels, window) -> (channels, n_mels, columns) or (channels, *size), in dB."""
    return np.stack([of_channel(settings, channel.astype(np.float64), rate) for channel in samples])


def of_channel(settings: LogMel, samples: npt.NDArray[Any], rate: int) -> npt.NDArray[np.float64]:
    """The same of one channel's samples, in the precision that librosa gives to their type."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Empty filters detected")
        power = librosa.feature.melspectrogram(
            y=samples,
            sr=rate,
            n_fft=settings.n_fft,
            hop_length=settings.hop_length,
            win_length=settings.win_length,
            window=settings.window,
            center=True,
            pad_mode="constant",
            power=settings.power,
            n_mels=settings.n_mels,
            fmin=settings.fmin,
            fmax=settings.fmax,
            htk=settings.htk,
            norm=None if settings.norm == "none" else settings.norm,
        )
    decibels: npt.NDArray[np.float64] = librosa.power_to_db(
        power,
        ref=np.max if settings.ref == "max" else settings.ref,
        amin=settings.amin,
        top_db=None if settings.top_db == "none" else settings.top_db,
    )
    if settings.size is not None:
        decibels = resize(decibels, settings.size, mode="reflect", anti_aliasing=True)
    return decibels


def library(settings: LogMel, samples: Samples, rate: int) -> npt.NDArray[np.floating]:
    """One item as a Dataset of the sources makes it: librosa on float32, then scikit-image."""
    return np.stack([of_channel(settings, channel, rate) for channel in samples])


def bench() -> list[tuple[LogMel, int, int, str]]:
    """Settings, window, rate, title: the shapes whose cost is told."""
    return [
        (LogMel(n_fft=512, hop_length=160, n_mels=40), 16000, 16000, "512 / 160, 40 mels"),
        (LogMel(n_fft=1024, hop_length=256, n_mels=64), 16000, 16000, "1024 / 256, 64 mels"),
        (LogMel(), 44100, 22050, "2048 / 512, 128 mels"),
        (LogMel(), 128000, 22050, "the same, 251 columns"),
        (LogMel(fmax=8000.0, size=(224, 224)), 44100, 22050, "the same, to 8 kHz, 224 x 224"),
    ]
