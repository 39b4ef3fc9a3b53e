"""The magnitude of the Fourier transform of a whole window, as it is or in decibels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.frontends import frontends
from harken_train.spectral.axis import Axis
from harken_train.spectral.decibels import Decibels, check_decibels
from harken_train.spectral.taper import taper_of
from harken_train.spectral.window_transform import window_transform


@frontends.register("spectrum")
@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """(batch, channels, samples) -> (batch, channels, bins): how much of which frequency.

    Equals ``abs(numpy.fft.rfft(samples * taper))`` of each channel alone, and with ``unit =
    "dB"`` ``librosa.amplitude_to_db`` of that. Bin k is at k * rate / samples hertz; there are
    samples // 2 + 1, of which ``low`` and ``high`` keep those between them, both included.
    """

    unit: Literal["linear", "dB"] = "linear"
    window: str = "boxcar"  # scipy's name of the taper; boxcar: none
    low: float = 0.0  # hertz
    high: float | None = None  # hertz; None: half the rate
    ref: Literal["max"] | float = "max"  # the amplitude that is 0 dB
    amin: float = 1e-5  # the least amplitude, in decibels
    top_db: Literal["none"] | float = 80.0  # values further below the largest are cut off
    precision: Literal["float64", "float32"] = "float64"  # of the transform

    def __post_init__(self) -> None:
        if not 0.0 <= self.low < (float("inf") if self.high is None else self.high):
            raise SettingsError(f"need 0 <= low < high, got {self.low} and {self.high}")
        check_decibels(self.amin, self.ref, self.top_db)

    def bins(self, rate: int, window: int) -> npt.NDArray[np.int64]:
        """Which bins are kept, in order."""
        if max(self.low, self.high or 0.0) > rate / 2:
            raise SettingsError(
                f"low and high: need at most half the rate of {rate} Hz, "
                f"got {self.low} and {self.high}"
            )
        k = np.arange(window // 2 + 1)
        places = k * rate / window
        kept = k[(places >= self.low) & (places <= (rate if self.high is None else self.high))]
        if not len(kept):
            raise SettingsError(
                f"low and high: no bin lies between {self.low} and {self.high} Hz; "
                f"they are {rate / window:.4g} Hz apart"
            )
        return kept

    def build(self, *, rate: int, window: int) -> nn.Module:
        return SpectrumLayer(self, self.bins(rate, window), window)

    def axes(self, *, rate: int, window: int) -> tuple[Axis, ...]:
        return (Axis("Hz", self.bins(rate, window) * rate / window),)


class SpectrumLayer(nn.Module):
    """The front-end's arithmetic."""

    taper: Tensor
    order: Tensor
    least: Tensor

    def __init__(self, settings: Spectrum, bins: npt.NDArray[np.int64], window: int) -> None:
        super().__init__()
        self._dtype = torch.float64 if settings.precision == "float64" else torch.float32
        self._tapered = settings.window != "boxcar"
        if self._tapered:
            taper = torch.from_numpy(taper_of(settings.window, window, window))
            self.register_buffer("taper", taper.to(self._dtype))
        self.transform = window_transform(window, self._dtype)
        self.register_buffer("order", torch.from_numpy(self.transform.places[bins]))
        # The root of 0 has no gradient; this is far below any amplitude that float32 can give.
        least = 1e-300 if self._dtype == torch.float64 else 1e-37
        self.register_buffer("least", torch.tensor([least], dtype=self._dtype))
        self.decibels = None
        if settings.unit == "dB":
            self.decibels = Decibels(
                floor=settings.amin**2,
                reference=None if settings.ref == "max" else settings.ref**2,
                top=None if settings.top_db == "none" else settings.top_db,
            )

    def forward(self, samples: Tensor) -> Tensor:
        signal = samples.to(self._dtype)
        if self._tapered:
            signal = signal * self.taper
        real, imaginary = self.transform(signal)
        power = real.square() + imaginary.square()  # (batch, channels, width)
        if self.decibels is None:
            amplitude = torch.maximum(power, self.least).sqrt()
            return amplitude.float().index_select(-1, self.order)
        power = power.index_select(-1, self.order).unsqueeze(-2)  # (batch, channels, 1, bins)
        decibels: Tensor = self.decibels(power)
        return decibels.squeeze(-2).float()
