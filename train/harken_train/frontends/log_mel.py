"""The mel spectrogram in decibels that librosa makes, resized as scikit-image does."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import torch
from librosa.core.convert import mel_frequencies
from librosa.filters import mel as mel_filters
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.frontends import frontends
from harken_train.spectral.axis import Axis, evenly, resized
from harken_train.spectral.decibels import Decibels, check_decibels
from harken_train.spectral.fourier import (
    PowerSpectrum,
    power_spectrum,
)
from harken_train.spectral.framing import cut_frames, frame_count
from harken_train.spectral.resize import Resize, check_size
from harken_train.spectral.taper import taper_of
from harken_train.spectral.woven import Woven, woven_columns

# Where decibels are made in float32, powers are summed over a band in it too, which errs by 1e-6 of
# the sum: 4e-6 dB. What is too small for float32 is 0 there, so less than this may not count.
LEAST_SUMMED = 1e-30
# What is too large for it would be infinite there, so samples beyond this are taken as this. The
# recordings that come nearest are integers that were never scaled: 2e9.
LOUDEST = 1e12

_log = logging.getLogger(__name__)


@frontends.register("log_mel")
@dataclass(frozen=True, kw_only=True)
class LogMel:
    """(batch, channels, samples) -> (batch, channels, n_mels, columns), or (..., *size), in dB.

    Equals ``librosa.power_to_db(librosa.feature.melspectrogram(y=samples, ...), ref=numpy.max)``
    of each channel alone, then ``skimage.transform.resize(..., size, mode="reflect",
    anti_aliasing=True)`` when there is a ``size``. Columns are 1 + samples // hop_length (for an
    even n_fft). A band too narrow to hold a bin of the transform is silent, and logged. Samples
    beyond a million million are taken as that; what is finite gives finite features.
    """

    unit: ClassVar[str] = "dB"

    n_fft: int = 2048
    hop_length: int = 512
    win_length: int | None = None  # None: n_fft
    window: str = "hann"  # scipy's name of it
    n_mels: int = 128
    fmin: float = 0.0  # hertz
    fmax: float | None = None  # hertz; None: half the rate
    htk: bool = False
    norm: Literal["slaney", "none"] | float = "slaney"
    power: float = 2.0  # of the amplitudes that a band adds up: 1 or 2
    ref: Literal["max"] | float = "max"  # the band's sum that is 0 dB
    amin: float = 1e-10  # the least sum
    top_db: Literal["none"] | float = 80.0  # values further below the largest are cut off
    size: tuple[int, int] | None = None
    precision: Literal["float64", "float32"] = "float64"  # of the transform
    transform: Literal["auto", "dense", "factorised"] = "auto"

    def __post_init__(self) -> None:
        if self.n_fft < 2 or self.hop_length < 1:
            raise SettingsError(
                f"need n_fft >= 2 and hop_length >= 1, got {self.n_fft} and {self.hop_length}"
            )
        if self.win_length is not None and not 1 <= self.win_length <= self.n_fft:
            raise SettingsError(f"win_length: need 1 to n_fft = {self.n_fft}")
        if self.n_mels < 1:
            raise SettingsError(f"n_mels: need at least 1, got {self.n_mels}")
        if not 0.0 <= self.fmin < (float("inf") if self.fmax is None else self.fmax):
            raise SettingsError(f"need 0 <= fmin < fmax, got {self.fmin} and {self.fmax}")
        if not isinstance(self.norm, str) and not self.norm > 0.0:
            raise SettingsError(f'norm: need "slaney", "none" or more than 0, got {self.norm}')
        if self.power not in (1.0, 2.0):
            raise SettingsError(f"power: need 1 or 2, got {self.power}")
        check_decibels(self.amin, self.ref, self.top_db)
        check_size(self.size)

    def bands(self, rate: int) -> npt.NDArray[np.float64]:
        """(n_mels, n_fft // 2 + 1): what each band takes of each bin."""
        if max(self.fmin, self.fmax or 0.0) > rate / 2 or self.fmin == rate / 2:
            raise SettingsError(
                f"fmin and fmax: need at most half the rate of {rate} Hz, "
                f"got {self.fmin} and {self.fmax}"
            )
        with warnings.catch_warnings():  # of empty bands, which are logged below
            warnings.simplefilter("ignore", UserWarning)
            bands: npt.NDArray[np.float64] = mel_filters(
                sr=rate,
                n_fft=self.n_fft,
                n_mels=self.n_mels,
                fmin=self.fmin,
                fmax=self.fmax,
                htk=self.htk,
                norm=None if self.norm == "none" else self.norm,
                dtype=np.float64,
            )
        silent = int((bands.max(axis=1) == 0.0).sum())
        if silent:
            _log.warning(
                "silent_bands=%d of=%d hint='no bin of the transform lies in them: "
                "take fewer n_mels or a longer n_fft'",
                silent,
                self.n_mels,
            )
        return bands

    def build(self, *, rate: int, window: int) -> nn.Module:
        if window < self.n_fft:
            raise SettingsError(
                f"n_fft: a window of {window} samples is too short for {self.n_fft}"
            )
        return LogMelLayer(self, self.bands(rate), window)

    def axes(self, *, rate: int, window: int) -> tuple[Axis, ...]:
        columns = frame_count(window, frame=self.n_fft, hop=self.hop_length, centred=True)
        edges = mel_frequencies(
            self.n_mels + 2, fmin=self.fmin, fmax=self.fmax or rate / 2, htk=self.htk
        )
        axes = (
            Axis("Hz", edges[1:-1]),
            evenly("seconds", 0.0, (columns - 1) * self.hop_length / rate, columns),
        )
        if self.size is None:
            return axes
        return tuple(resized(axis, count) for axis, count in zip(axes, self.size, strict=True))


class LogMelLayer(nn.Module):
    """The front-end's arithmetic."""

    bands: Tensor
    least: Tensor

    def __init__(self, settings: LogMel, bands: npt.NDArray[np.float64], window: int) -> None:
        super().__init__()
        n_fft, hop = settings.n_fft, settings.hop_length
        self._n_fft, self._hop = n_fft, hop
        self._amplitudes = settings.power == 1.0
        self._dtype = torch.float64 if settings.precision == "float64" else torch.float32
        taper = taper_of(settings.window, settings.win_length or n_fft, n_fft)
        shape = settings.n_mels, frame_count(window, frame=n_fft, hop=hop, centred=True)
        columns = woven_columns(n_fft, hop=hop, frames=shape[1])
        self.spectrum: Woven | PowerSpectrum
        if columns and settings.transform == "auto":
            self.spectrum = Woven(taper, hop=hop, columns=columns, dtype=self._dtype)
        else:
            factorised = {"auto": None, "dense": False, "factorised": True}[settings.transform]
            self.spectrum = power_spectrum(taper, self._dtype, factorised=factorised)
        self.decibels = Decibels(
            floor=settings.amin,
            reference=None if settings.ref == "max" else settings.ref,
            top=None if settings.top_db == "none" else settings.top_db,
        )
        dtype = self.decibels.dtype_for(self._dtype)
        summed = dtype if settings.amin >= LEAST_SUMMED else self._dtype
        placed = np.zeros((settings.n_mels, self.spectrum.width))
        placed[:, self.spectrum.places] = bands  # the transform's own order, instead of a sort
        self.register_buffer("bands", torch.from_numpy(placed).to(summed))
        # The root of 0 has no gradient; this is far below any amplitude that counts.
        least = 1e-300 if self._dtype == torch.float64 else 1e-37
        self.register_buffer("least", torch.tensor([least], dtype=self._dtype))
        self.resize = Resize(shape, settings.size, dtype) if settings.size else nn.Identity()

    def forward(self, samples: Tensor) -> Tensor:
        samples = samples.clamp(-LOUDEST, LOUDEST)
        power = self._powers(samples)  # (batch, channels, width, columns)
        if self._amplitudes:
            power = torch.maximum(power, self.least).sqrt()
        bands = self.bands @ power.to(self.bands.dtype)  # (batch, channels, n_mels, columns)
        image: Tensor = self.resize(self.decibels(bands))
        return image.float()

    def _powers(self, samples: Tensor) -> Tensor:
        if isinstance(self.spectrum, Woven):
            powers: Tensor = self.spectrum(samples)
            return powers
        frames = cut_frames(samples, frame=self._n_fft, hop=self._hop, centred=True)
        return self.spectrum.powers(frames.to(self._dtype)).transpose(-1, -2)
