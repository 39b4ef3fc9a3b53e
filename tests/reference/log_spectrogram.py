"""librosa and scikit-image in float64: what `log_spectrogram` must equal."""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np
import numpy.typing as npt
from skimage.transform import resize

from harken.stream import Samples
from harken_train.frontends.log_spectrogram import LogSpectrogram

Case = tuple[LogSpectrogram, int, int]  # settings, window, rate


def references() -> list[Case]:
    """The source's shape, the edge's, odd lengths, every option, both ways of the transform."""
    return [
        (LogSpectrogram(), 2048, 12000),
        (LogSpectrogram(size=(128, 128)), 2048, 12000),
        (LogSpectrogram(transform="dense", size=(128, 128)), 2048, 12000),
        (LogSpectrogram(size=(64, 200), top_db="none"), 1001, 12000),
        (LogSpectrogram(n_fft=255, hop_length=60), 2047, 12000),  # both odd, hop not a divisor
        (LogSpectrogram(n_fft=97, hop_length=13, window="boxcar"), 1000, 8000),  # a prime
        (LogSpectrogram(n_fft=200, hop_length=300, top_db=30.0), 2048, 12000),  # hop > n_fft
        (LogSpectrogram(n_fft=400, hop_length=160, win_length=321, ref=1.0), 4000, 16000),
        (LogSpectrogram(n_fft=60, hop_length=60, transform="factorised"), 600, 12000),
        (LogSpectrogram(ref=20.0, top_db="none", amin=1e-7, window="blackman"), 2048, 12000),
        (LogSpectrogram(n_fft=64, hop_length=7), 64, 12000),  # the window is one frame
    ]


def small() -> Case:
    """17 bands x 33 columns."""
    return LogSpectrogram(n_fft=32, hop_length=16), 512, 12000


def reference(settings: LogSpectrogram, samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """(channels, window) -> (channels, bands, columns) or (channels, *size), in dB."""
    return np.stack([of_channel(settings, channel.astype(np.float64)) for channel in samples])


def of_channel(settings: LogSpectrogram, samples: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The same of one channel's samples, in the precision that librosa gives to their type."""
    amplitude = abs(
        librosa.stft(
            samples,
            n_fft=settings.n_fft,
            hop_length=settings.hop_length,
            win_length=settings.win_length,
            window=settings.window,
            center=True,
            pad_mode="constant",
        )
    )
    decibels: npt.NDArray[np.float64] = librosa.amplitude_to_db(
        amplitude,
        ref=np.max if settings.ref == "max" else settings.ref,
        amin=settings.amin,
        top_db=None if settings.top_db == "none" else settings.top_db,
    )
    if settings.size is not None:
        decibels = resize(decibels, settings.size, mode="reflect", anti_aliasing=True)
    return decibels


def library(settings: LogSpectrogram, samples: Samples, rate: int) -> npt.NDArray[np.floating]:
    """One item as a Dataset of the source makes it: librosa on float32, then scikit-image."""
    return np.stack([of_channel(settings, channel) for channel in samples])


def bench() -> list[tuple[LogSpectrogram, int, int, str]]:
    """Settings, window, rate, title: the shapes whose cost is told."""
    return [
        (LogSpectrogram(), 2048, 12000, "256 / 64"),
        (LogSpectrogram(size=(128, 128)), 2048, 12000, "256 / 64, 128 x 128"),
        (LogSpectrogram(n_fft=1024, hop_length=256), 8192, 12000, "1024 / 256"),
    ]
