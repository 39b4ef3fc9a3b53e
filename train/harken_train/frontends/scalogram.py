"""The continuous wavelet transform as PyWavelets makes it, resized as scikit-image does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.frontends import frontends
from harken_train.spectral.axis import Axis, evenly, resized
from harken_train.spectral.banded import Banded
from harken_train.spectral.continuous_wavelet import (
    check_wavelet,
    filters_of,
    frequencies_of,
    scales_of,
)
from harken_train.spectral.decibels import Decibels, check_decibels
from harken_train.spectral.filter_bank import FilterBank
from harken_train.spectral.resize import check_size, resize_matrix

PERIODS = 20  # of the lowest frequency in a window, when ``low`` is not given
HIGHEST = 0.4  # of the rate, when ``high`` is not given


@frontends.register("scalogram")
@dataclass(frozen=True, kw_only=True)
class Scalogram:
    """(batch, channels, samples) -> (batch, channels, scales, samples), or (..., *size).

    Equals ``abs(pywt.cwt(samples, scales, wavelet)[0])`` of each channel alone, in dB as
    ``librosa.amplitude_to_db(..., ref=numpy.max)`` or as it is (``unit = "linear"``), then
    ``skimage.transform.resize(..., size, mode="reflect", anti_aliasing=True)`` when there is a
    ``size``.

    ``wavelet`` is any continuous one of pywt: ``cmorB-C``, ``shanB-C``, ``fbspM-B-C`` and
    ``cgau1`` to ``cgau8`` are complex and their magnitude is smooth; ``morl``, ``mexh`` and
    ``gaus1`` to ``gaus8`` are real, half as dear, and pass through zero twice a period, which in
    dB are deep notches. ``scales`` are pywt's, rising or falling. Without them there are ``count``
    frequencies from ``low`` to ``high`` hertz, each the same factor above the one before, and the
    scales are those that pywt gives these frequencies (row 0 is ``low``). Without ``low`` it is
    20 periods a window, without ``high`` 0.4 of the rate.

    A long wavelet meets the zeros beyond both ends of the window, as in pywt: rows of low
    frequencies are weaker there.
    """

    wavelet: str = "cmor1.5-1.0"
    scales: tuple[float, ...] | None = None
    low: float | None = None  # hertz
    high: float | None = None  # hertz
    count: int = 64
    unit: Literal["dB", "linear"] = "dB"
    ref: Literal["max"] | float = "max"  # the magnitude that is 0 dB
    amin: float = 1e-5  # the least magnitude, in dB
    top_db: Literal["none"] | float = 80.0  # values further below the largest are cut off
    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        check_wavelet(self.wavelet)
        if self.scales is not None:
            self._check_scales(self.scales)
        if self.count < 2:
            raise SettingsError(f"count: need at least 2, got {self.count}")
        if (self.low is not None and not self.low > 0.0) or (
            self.low is not None and self.high is not None and not self.low < self.high
        ):
            raise SettingsError(f"need 0 < low < high, got {self.low} and {self.high}")
        check_decibels(self.amin, self.ref, self.top_db)
        check_size(self.size)

    def _check_scales(self, scales: tuple[float, ...]) -> None:
        steps = np.diff(scales)
        if not len(scales) or min(scales) <= 0.0 or not np.isfinite(scales).all():
            raise SettingsError(f"scales: need numbers above 0, got {list(scales)}")
        if not ((steps > 0.0).all() or (steps < 0.0).all()):
            raise SettingsError("scales: need them rising or falling")
        if self.low is not None or self.high is not None:
            raise SettingsError("scales: leave them out, or low and high")

    def scales_at(self, rate: int, window: int) -> tuple[float, ...]:
        """The scales for ``window`` samples at ``rate`` hertz."""
        if self.scales is not None:
            return self.scales
        low = PERIODS * rate / window if self.low is None else self.low
        high = HIGHEST * rate if self.high is None else self.high
        if not low < high <= rate / 2:
            raise SettingsError(
                f"low and high: need low < high <= half the rate of {rate} Hz, "
                f"got {low:g} and {high:g}"
            )
        frequencies = np.geomspace(low, high, self.count) / rate
        return tuple(float(scale) for scale in scales_of(self.wavelet, frequencies))

    def build(self, *, rate: int, window: int) -> nn.Module:
        return ScalogramLayer(self, self.scales_at(rate, window), window)

    def axes(self, *, rate: int, window: int) -> tuple[Axis, ...]:
        middles = frequencies_of(self.wavelet, self.scales_at(rate, window)) * rate
        axes = (Axis("Hz", middles), evenly("seconds", 0.0, (window - 1) / rate, window))
        if self.size is None:
            return axes
        return tuple(resized(axis, count) for axis, count in zip(axes, self.size, strict=True))


class ScalogramLayer(nn.Module):
    """The front-end's arithmetic, in float64 up to the logarithm."""

    def __init__(self, settings: Scalogram, scales: tuple[float, ...], window: int) -> None:
        super().__init__()
        self.bank = FilterBank(filters_of(settings.wavelet, scales, window), window)
        self._in_decibels = settings.unit == "dB"
        self.decibels = Decibels(
            floor=settings.amin**2,
            reference=None if settings.ref == "max" else settings.ref**2,
            top=None if settings.top_db == "none" else settings.top_db,
        )
        self.resize: nn.Module = nn.Identity()
        if settings.size:
            self.resize = LongResize((len(scales), window), settings.size)

    def forward(self, samples: Tensor) -> Tensor:
        power = self.bank(samples.double())  # (batch, channels, scales, samples)
        image: Tensor = self.decibels(power) if self._in_decibels else power.sqrt()
        resized_image: Tensor = self.resize(image)
        return resized_image.float()


class LongResize(nn.Module):
    """(..., rows, columns) -> (..., *size) float64; as `Resize`, but cheap for many columns.

    Hundreds of columns make one: in float32 their sum would err by more than 5e-5 dB.
    """

    rows: Tensor

    def __init__(self, shape: tuple[int, int], size: tuple[int, int]) -> None:
        super().__init__()
        self.columns = Banded(resize_matrix(shape[1], size[1]).T, torch.float64)
        self.register_buffer("rows", torch.from_numpy(resize_matrix(shape[0], size[0])))

    def forward(self, image: Tensor) -> Tensor:
        columns: Tensor = self.columns(image.double())
        return self.rows @ columns
