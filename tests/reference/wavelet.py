"""PyWavelets in float64: what `wavelet` must equal."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pywt

from harken.stream import Samples
from harken_train.frontends.wavelet import Wavelet

Case = tuple[Wavelet, int, int]  # settings, window, rate


def references() -> list[Case]:
    """The source's shape, every mode, short and long filters, odd and even lengths."""
    return [
        (Wavelet(), 9000, 300),
        (Wavelet(levels="all"), 9000, 300),
        (Wavelet(levels="details", standardise="window"), 2048, 12000),
        (Wavelet(standardise="window", level=4), 2047, 12000),
        (Wavelet(wavelet="haar", level=5, levels="all"), 2048, 12000),  # whole blocks, no ends
        (Wavelet(wavelet="haar"), 9000, 300),  # squares of 64 samples cancel altogether
        (Wavelet(wavelet="haar", level=3, mode="antisymmetric", levels="all"), 1001, 12000),
        (Wavelet(wavelet="sym4", level=3, mode="periodization", levels="all"), 1001, 12000),
        (Wavelet(wavelet="db4", level=5, mode="periodic", levels="all"), 777, 12000),
        (Wavelet(wavelet="bior3.5", level=4, mode="smooth", levels="all"), 2048, 12000),
        (Wavelet(wavelet="rbio2.2", level=2, mode="reflect", levels="all"), 999, 12000),
        (Wavelet(wavelet="coif3", level=6, mode="zero"), 2047, 12000),
        (Wavelet(wavelet="dmey", level=3, mode="antireflect", levels="all"), 2048, 12000),
        (Wavelet(wavelet="db20", level=5, mode="constant", levels="all"), 1500, 12000),
        (Wavelet(wavelet="db8", level=6, levels="all"), 100, 12000),  # shorter than its filter
    ]


def small() -> Case:
    """The smallest that a network makes something of; standardised as `raw` is by default.

    Without that a range for int8 is that of the loudest window, and the others have few steps.
    """
    return Wavelet(level=2, standardise="window"), 512, 12000


def reference(settings: Wavelet, samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """(channels, window) -> (channels, coefficients)."""
    signal = samples.astype(np.float64)
    if settings.standardise == "window":
        signal = signal - signal[:, :1]
        signal = signal - signal.mean(axis=-1, keepdims=True)
        deviation = signal.std(axis=-1, keepdims=True)
        signal = np.divide(signal, deviation, out=np.zeros_like(signal), where=deviation > 0.0)
    return library(settings, signal, rate)


def library(
    settings: Wavelet, samples: npt.NDArray[np.floating], rate: int
) -> npt.NDArray[np.float64]:
    """PyWavelets once, in the precision that it gives to the samples' type; nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a level at which all see an end
        bands = pywt.wavedec(samples, settings.wavelet, settings.mode, settings.level)
    if settings.levels == "approximation":
        return np.asarray(bands[0])
    return np.concatenate(bands[settings.levels == "details" :], axis=-1)


def bench() -> list[tuple[Wavelet, int, int, str]]:
    """What the table of cost shows."""
    return [
        (Wavelet(), 9000, 300, "db2, 6 levels, approximation"),
        (Wavelet(levels="all"), 9000, 300, "db2, 6 levels, all"),
        (Wavelet(level=4), 2048, 12000, "db2, 4 levels, approximation"),
        (Wavelet(level=4, levels="all"), 2048, 12000, "db2, 4 levels, all"),
        (Wavelet(wavelet="haar"), 9000, 300, "haar, 6 levels, approximation"),
        (Wavelet(level=1, levels="all"), 2048, 12000, "db2, 1 level, all"),
        (Wavelet(wavelet="sym8", levels="all"), 9000, 300, "sym8, 6 levels, all"),
        (Wavelet(wavelet="db20", levels="all"), 9000, 300, "db20, 6 levels, all"),
        (Wavelet(wavelet="dmey", level=3, levels="all"), 2048, 12000, "dmey, 3 levels, all"),
        (Wavelet(wavelet="coif17", level=3, levels="all"), 2048, 12000, "coif17, 3 levels, all"),
    ]
