"""A signal taken apart into levels, and what each of them holds.

The mean is taken off first: else a constant would be most of every approximation, and every error
would look small.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pywt

from harken.errors import UsageError
from harken_train.frontends.wavelet import Wavelet
from harken_train.spectral.dwt_matrix import places_of
from harken_train.wavelet_workshop.excerpt import Excerpt, Floats


@dataclass(frozen=True, eq=False)
class Level:
    """One of A_n, D_n, ..., D_1: ``low`` to ``high`` hertz, ``coefficients`` at ``places`` seconds.

    ``share`` is its part of the energy of all coefficients, ``alone`` the signal that it makes,
    ``so_far`` the signal that it and all coarser ones make, ``error`` what that one misses: root
    mean square, relative to the signal's deviation.
    """

    name: str
    low: float
    high: float
    coefficients: Floats
    places: Floats
    share: float
    alone: Floats
    so_far: Floats
    error: float


@dataclass(frozen=True, eq=False)
class Decomposition:
    """``levels`` from coarse to fine: the approximation, then the details."""

    wavelet: str
    depth: int
    mode: str
    levels: tuple[Level, ...]


def decompose(excerpt: Excerpt, settings: Wavelet) -> Decomposition:
    """Take the excerpt apart by the settings' wavelet, level and mode."""
    samples = excerpt.samples - excerpt.samples.mean()
    _check(len(samples), settings)
    bands = _taken_apart(samples, settings.wavelet, settings.mode, settings.level)
    taps = pywt.Wavelet(settings.wavelet).dec_len
    energy = sum(float(np.square(band).sum()) for band in bands)
    levels: list[Level] = []
    so_far = np.zeros(len(samples))
    for i, band in enumerate(bands):
        step = settings.level if i == 0 else settings.level + 1 - i
        places = places_of(len(band), taps, settings.mode, step)
        alone = _made_of(bands, [i], settings, len(samples))
        so_far = so_far + alone
        levels.append(
            Level(
                name=f"A{step}" if i == 0 else f"D{step}",
                low=0.0 if i == 0 else excerpt.rate / 2 ** (step + 1),
                high=excerpt.rate / 2 ** (step + (1 if i == 0 else 0)),
                coefficients=band,
                places=excerpt.first + places / excerpt.rate,
                share=float(np.square(band).sum()) / energy,
                alone=alone,
                so_far=so_far,
                error=_missing(samples, so_far),
            )
        )
    return Decomposition(settings.wavelet, settings.level, settings.mode, tuple(levels))


def approximation_of(excerpt: Excerpt, settings: Wavelet) -> Floats:
    """Give the signal that the approximation alone makes."""
    samples = excerpt.samples - excerpt.samples.mean()
    _check(len(samples), settings)
    bands = _taken_apart(samples, settings.wavelet, settings.mode, settings.level)
    return _made_of(bands, [0], settings, len(samples))


def errors_of(excerpt: Excerpt, settings: Wavelet) -> Floats:
    """What the approximation alone misses at 1, 2, ..., ``settings.level`` levels."""
    samples = excerpt.samples - excerpt.samples.mean()
    _check(len(samples), settings)
    bands = _taken_apart(samples, settings.wavelet, settings.mode, settings.level)
    return np.array(
        [
            _missing(
                samples, _made_of(bands, range(settings.level + 1 - depth), settings, len(samples))
            )
            for depth in range(1, settings.level + 1)
        ]
    )


def deepest(samples: int, wavelet: str) -> int:
    """How many levels leave a coefficient that sees no end of the signal; at least 1."""
    return max(1, int(pywt.dwt_max_level(samples, pywt.Wavelet(wavelet).dec_len)))


def _check(samples: int, settings: Wavelet) -> None:
    if 2**settings.level > samples:
        raise UsageError(
            f"--levels: {samples} samples are halved {samples.bit_length() - 1} times at most, "
            f"got {settings.level}; with {settings.wavelet} up to "
            f"{deepest(samples, settings.wavelet)} make sense"
        )


def _taken_apart(samples: Floats, wavelet: str, mode: str, level: int) -> list[Floats]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of levels at which all see an end: we say it
        bands: list[Floats] = pywt.wavedec(samples, wavelet, mode, level)
    return bands


def _made_of(
    bands: Sequence[Floats], kept: Sequence[int], settings: Wavelet, samples: int
) -> Floats:
    """The signal that some of the bands make."""
    chosen = [band if i in kept else np.zeros_like(band) for i, band in enumerate(bands)]
    made: Floats = pywt.waverec(chosen, settings.wavelet, settings.mode)
    return made[:samples]


def _missing(samples: Floats, made: Floats) -> float:
    return float(np.sqrt(np.square(samples - made).mean()) / samples.std())
