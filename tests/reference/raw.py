"""scipy and numpy in float64: what `raw` must equal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.signal

from harken.stream import Samples
from harken_train.frontends.raw import Raw

Case = tuple[Raw, int, int]  # settings, window, rate


def references() -> list[Case]:
    """Every option alone and all together; odd and even windows."""
    return [
        (Raw(), 2048, 12000),
        (Raw(), 1001, 12000),
        (Raw(standardise="none"), 2048, 12000),
        (Raw(differences="beside"), 2048, 12000),
        (Raw(differences="instead", standardise="none"), 777, 12000),
        (Raw(high=4200.0), 2048, 12000),
        (Raw(low=100.0, standardise="none", taps=65), 999, 12000),
        (Raw(low=100.0, high=4200.0, differences="beside"), 2048, 12000),
        (Raw(low=500.0, high=3000.0, taps=255, differences="instead"), 255 + 16, 12000),
    ]


def small() -> Case:
    """The longest that every network takes is short."""
    return Raw(), 512, 12000


def reference(settings: Raw, samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """(channels, window) -> (channels, samples), or twice as many channels with differences."""
    signal = samples.astype(np.float64)
    if settings.standardise == "window":
        signal = signal - signal[:, :1]
    edges = [edge for edge in (settings.low, settings.high) if edge is not None]
    if edges:
        taps = scipy.signal.firwin(settings.taps, edges, pass_zero=settings.low is None, fs=rate)
        signal = np.stack([scipy.signal.convolve(x, taps, "valid", "direct") for x in signal])
    steps = np.diff(signal, axis=-1, prepend=signal[:, :1])
    if settings.differences != "none":
        signal = np.concatenate([signal, steps]) if settings.differences == "beside" else steps
    if settings.standardise == "window":
        signal = signal - signal.mean(axis=-1, keepdims=True)
        deviation = signal.std(axis=-1, keepdims=True)
        signal = np.divide(signal, deviation, out=np.zeros_like(signal), where=deviation > 0.0)
    return signal


def bench() -> list[tuple[Raw, int, int, str]]:
    """Settings, window, rate, title: the shapes whose cost is told."""
    return [
        (Raw(), 2048, 12000, "standardised"),
        (Raw(high=4200.0), 2048, 12000, "up to 4200 Hz"),
    ]
