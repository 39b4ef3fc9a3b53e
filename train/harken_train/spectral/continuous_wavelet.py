"""Continuous wavelets as filters, taken from PyWavelets itself."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pywt

from harken.errors import SettingsError
from harken.suggest import suggestion
from harken_train.spectral.filter_bank import Filter

_PRECISION = 12  # of pywt.cwt: the wavelet is sampled at 2**12 points
_EXAMPLES = {"cmor": "cmor1.5-1.0", "shan": "shan1.5-1.0", "fbsp": "fbsp2-1.5-1.0"}


def check_wavelet(name: str) -> None:
    """Refuse what is no continuous wavelet of PyWavelets, with what it may have been meant."""
    known = [_EXAMPLES.get(one, one) for one in pywt.wavelist(kind="continuous")]
    if name in _EXAMPLES:
        raise SettingsError(
            f"wavelet: {name!r} needs its width and centre in its name, {_EXAMPLES[name]!r}"
        )
    try:
        with np.errstate(all="ignore"):
            sampled = _wavelet(name).wavefun(8)[0]
    except ValueError:
        raise SettingsError(
            f"wavelet: pywt knows no continuous wavelet {name!r}{suggestion(name, known)}; "
            f"there are {', '.join(known)}"
        ) from None
    if not np.isfinite(sampled).all():
        raise SettingsError(f"wavelet: {name!r} has values that are not numbers")


def scales_of(name: str, frequencies: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Scales whose middle frequencies are these, in cycles a sample."""
    return np.asarray(pywt.frequency2scale(_wavelet(name), frequencies, precision=_PRECISION))


def frequencies_of(name: str, scales: Sequence[float]) -> npt.NDArray[np.float64]:
    """Middle frequencies of the scales, in cycles a sample, as ``pywt.cwt`` gives them."""
    return np.asarray(
        pywt.scale2frequency(_wavelet(name), np.asarray(scales, np.float64), precision=_PRECISION)
    )


def filters_of(name: str, scales: Sequence[float], samples: int) -> list[Filter]:
    """One filter a scale: what ``pywt.cwt`` makes of ``samples`` samples is what these make.

    `pywt.cwt` samples the wavelet's integral at rounded places and takes differences, which is a
    filter that does not depend on the samples; its answer to an impulse is all there is to know.
    """
    wavelet = _wavelet(name)
    width = wavelet.upper_bound - wavelet.lower_bound
    found = []
    for scale in scales:
        lags = min(samples - 1, int(scale * width / 2) + 3)
        impulse = np.zeros(2 * lags + 1)
        impulse[lags] = 1.0
        try:
            answer = pywt.cwt(impulse, [scale], wavelet)[0][0]
        except ValueError:
            raise SettingsError(
                f"scales: {scale:.3g} is too small for {name!r}, it would be a single sample; "
                f"need more than {1.0 / width:.3g}"
            ) from None
        found.append(Filter(-lags, answer))
    return found


def _wavelet(name: str) -> pywt.ContinuousWavelet:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of names without numbers, refused above
        return pywt.ContinuousWavelet(name)
