"""The spectrogram in decibels that librosa makes, resized as scikit-image does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.frontends import frontends
from harken_train.spectral.axis import Axis, evenly, resized
from harken_train.spectral.decibels import Decibels, check_decibels
from harken_train.spectral.fourier import power_spectrum
from harken_train.spectral.framing import cut_frames, frame_count
from harken_train.spectral.resize import Resize, check_size
from harken_train.spectral.taper import taper_of


@frontends.register("log_spectrogram")
@dataclass(frozen=True, kw_only=True)
class LogSpectrogram:
    """(batch, channels, samples) -> (batch, channels, bands, columns), or (..., *size), in dB.

    Equals ``librosa.amplitude_to_db(abs(librosa.stft(samples, ..., pad_mode="constant")),
    ref=numpy.max)`` of each channel alone, then ``skimage.transform.resize(..., size,
    mode="reflect", anti_aliasing=True)`` when there is a ``size``. Bands are n_fft // 2 + 1,
    columns 1 + samples // hop_length (for an even n_fft).
    """

    unit: ClassVar[str] = "dB"

    n_fft: int = 256
    hop_length: int = 64
    win_length: int | None = None  # None: n_fft
    window: str = "hann"  # scipy's name of it
    ref: Literal["max"] | float = "max"  # the amplitude that is 0 dB
    amin: float = 1e-5  # the least amplitude
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
        check_decibels(self.amin, self.ref, self.top_db)
        check_size(self.size)

    def taper(self) -> npt.NDArray[np.float64]:
        """(n_fft,): what each frame is multiplied by."""
        return taper_of(self.window, self.win_length or self.n_fft, self.n_fft)

    def build(self, *, rate: int, window: int) -> nn.Module:  # noqa: ARG002 (the same for all)
        if window < self.n_fft:
            raise SettingsError(
                f"n_fft: a window of {window} samples is too short for {self.n_fft}"
            )
        return LogSpectrogramLayer(self, window)

    def axes(self, *, rate: int, window: int) -> tuple[Axis, ...]:
        columns = frame_count(window, frame=self.n_fft, hop=self.hop_length, centred=True)
        bins = self.n_fft // 2
        axes = (
            evenly("Hz", 0.0, bins * rate / self.n_fft, bins + 1),
            evenly("seconds", 0.0, (columns - 1) * self.hop_length / rate, columns),
        )
        if self.size is None:
            return axes
        return tuple(resized(axis, count) for axis, count in zip(axes, self.size, strict=True))


class LogSpectrogramLayer(nn.Module):
    """The front-end's arithmetic."""

    def __init__(self, settings: LogSpectrogram, window: int) -> None:
        super().__init__()
        n_fft, hop = settings.n_fft, settings.hop_length
        self._n_fft, self._hop = n_fft, hop
        self._dtype = torch.float64 if settings.precision == "float64" else torch.float32
        factorised = {"auto": None, "dense": False, "factorised": True}[settings.transform]
        self.power = power_spectrum(settings.taper(), self._dtype, factorised=factorised)
        self.decibels = Decibels(
            floor=settings.amin**2,
            reference=None if settings.ref == "max" else settings.ref**2,
            top=None if settings.top_db == "none" else settings.top_db,
        )
        shape = n_fft // 2 + 1, frame_count(window, frame=n_fft, hop=hop, centred=True)
        dtype = self.decibels.dtype_for(self._dtype)
        self.resize = Resize(shape, settings.size, dtype) if settings.size else nn.Identity()

    def forward(self, samples: Tensor) -> Tensor:
        frames = cut_frames(samples, frame=self._n_fft, hop=self._hop, centred=True)
        frames = frames.to(self._dtype)  # (batch, channels, columns, n_fft)
        decibels = self.decibels(self.power(frames))  # (batch, channels, bands, columns)
        image: Tensor = self.resize(decibels)
        return image.float()
