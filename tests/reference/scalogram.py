"""PyWavelets, librosa and scikit-image in float64: what `scalogram` must equal."""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np
import numpy.typing as npt
import pywt
from skimage.transform import resize

from harken.stream import Samples
from harken_train.frontends.scalogram import Scalogram

Case = tuple[Scalogram, int, int]  # settings, window, rate


def references() -> list[Case]:
    """Real and complex wavelets of every family, scales and frequencies, odd lengths."""
    return [
        (Scalogram(), 512, 12000),
        (Scalogram(size=(40, 64), count=12), 2048, 12000),
        (Scalogram(wavelet="morl", unit="linear", size=(20, 100), count=12), 1001, 12000),
        (Scalogram(wavelet="mexh", scales=(1.0, 2.0, 3.0, 5.0, 9.0), unit="linear"), 777, 12000),
        (Scalogram(wavelet="gaus1", scales=(64.0, 9.7, 2.0, 0.9)), 500, 8000),  # falling
        (Scalogram(wavelet="gaus8", count=5, top_db=60.0), 512, 8000),
        (Scalogram(wavelet="cgau5", count=8, ref=1.0, top_db="none"), 300, 8000),
        (Scalogram(wavelet="shan1.5-1.0", low=300.0, high=3000.0, count=5), 1000, 12000),
        (Scalogram(wavelet="fbsp2-1.5-1.0", low=50.0, count=5, unit="linear"), 1023, 12000),
        # Wavelets far longer than the window.
        (Scalogram(wavelet="morl", low=20.0, high=90.0, count=6, unit="linear"), 401, 12000),
    ]


def small() -> Case:
    """The smallest sensible form, for tests of every pair."""
    return Scalogram(count=16, size=(16, 32)), 256, 12000


def reference(settings: Scalogram, samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """(channels, window) -> (channels, scales, samples) or (channels, *size)."""
    wanted: npt.NDArray[np.float64] = library(settings, samples.astype(np.float64), rate)
    return wanted


def library(settings: Scalogram, samples: Any, rate: int) -> Any:
    """The same in the precision that pywt gives to the type of ``samples``."""
    return np.stack([_of_channel(settings, channel, rate) for channel in samples])


def _of_channel(settings: Scalogram, samples: Any, rate: int) -> npt.NDArray[np.float64]:
    scales: Any = settings.scales
    if scales is None:
        low = 20.0 * rate / len(samples) if settings.low is None else settings.low
        high = 0.4 * rate if settings.high is None else settings.high
        hertz = np.geomspace(low, high, settings.count)
        scales = pywt.frequency2scale(settings.wavelet, hertz / rate, precision=12)
    image: npt.NDArray[np.float64] = np.abs(pywt.cwt(samples, scales, settings.wavelet)[0])
    if settings.unit == "dB":
        image = librosa.amplitude_to_db(
            image,
            ref=np.max if settings.ref == "max" else settings.ref,
            amin=settings.amin,
            top_db=None if settings.top_db == "none" else settings.top_db,
        )
    if settings.size is not None:
        image = resize(image, settings.size, mode="reflect", anti_aliasing=True)
    return image


def bench() -> list[tuple[Scalogram, int, int, str]]:
    """Settings, window, rate, title: the shapes whose cost is told."""
    return [
        (Scalogram(wavelet="morl", count=32), 2048, 12000, "morl, 32 scales"),
        (Scalogram(wavelet="mexh"), 2048, 12000, "mexh, 64 scales"),
        (Scalogram(), 2048, 12000, "cmor1.5-1.0, 64 scales"),
        (Scalogram(size=(64, 64)), 2048, 12000, "the same, 64 x 64"),
    ]
