"""numpy and librosa in float64: what `spectrum` must equal."""

from __future__ import annotations

from typing import Any, Literal

import librosa
import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.signal

from harken.stream import Samples
from harken_train.frontends.spectrum import Spectrum

Case = tuple[Spectrum, int, int]  # settings, window, rate
UNITS: tuple[Literal["linear", "dB"], ...] = ("linear", "dB")


def references() -> list[Case]:
    """Lengths with many factors, few and none; both scales; tapers and bands."""
    return [
        (Spectrum(), 2048, 12000),
        (Spectrum(), 9000, 300),
        (Spectrum(unit="dB"), 16000, 16000),
        (Spectrum(unit="dB", window="hann"), 2047, 12000),  # 23 * 89
        (Spectrum(), 1009, 12000),  # a prime, by the chirp
        (Spectrum(unit="dB", ref=1.0), 2018, 12000),  # twice a prime
        (Spectrum(window="hamming", low=100.0, high=3000.0), 101, 12000),  # a prime, at once
        (Spectrum(unit="dB", low=500.0, high=5000.0, top_db=60.0), 1500, 12000),
        (Spectrum(unit="dB", top_db="none", amin=1e-3, ref=0.5, window="blackman"), 777, 8000),
        (Spectrum(), 1, 8000),
    ]


def small() -> Case:
    """129 bins."""
    return Spectrum(unit="dB"), 256, 8000


def reference(settings: Spectrum, samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """(channels, window) -> (channels, bins)."""
    return np.stack([of_channel(settings, channel.astype(np.float64), rate) for channel in samples])


def of_channel(settings: Spectrum, samples: npt.NDArray[Any], rate: int) -> npt.NDArray[np.float64]:
    """The same of one channel's samples, in the precision that numpy gives to their type."""
    if settings.window != "boxcar":
        samples = samples * scipy.signal.get_window(settings.window, len(samples))
    amplitude: npt.NDArray[np.float64] = np.abs(np.fft.rfft(samples))
    places = np.fft.rfftfreq(len(samples), 1 / rate)
    low, high = settings.low, rate / 2 if settings.high is None else settings.high
    amplitude = amplitude[(places >= low) & (places <= high)]
    if settings.unit == "linear":
        return amplitude
    decibels: npt.NDArray[np.float64] = librosa.amplitude_to_db(
        amplitude,
        ref=np.max if settings.ref == "max" else settings.ref,
        amin=settings.amin,
        top_db=None if settings.top_db == "none" else settings.top_db,
    )
    return decibels


def library(settings: Spectrum, samples: npt.NDArray[Any], rate: int) -> npt.NDArray[np.float64]:
    """scipy's transform in float64, which is quicker than numpy's, and no more than is needed."""
    amplitude: npt.NDArray[np.float64] = np.abs(scipy.fft.rfft(samples.astype(np.float64)))
    if settings.unit == "dB":
        amplitude = librosa.amplitude_to_db(amplitude, ref=np.max)
    return amplitude


def bench() -> list[tuple[Spectrum, int, int, str]]:
    """Settings, window, rate, title: the lengths whose cost is told."""
    lengths = {2048: 12000, 9000: 300, 16000: 16000, 9001: 300}
    return [
        (Spectrum(unit=unit), window, rate, f"{unit}{', a prime' if window == 9001 else ''}")
        for window, rate in lengths.items()
        for unit in UNITS
    ]
