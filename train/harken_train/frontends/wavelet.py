"""The discrete wavelet transform that PyWavelets makes: its approximation, its details, or all."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pywt
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken.suggest import suggestion
from harken_train.frontends import frontends
from harken_train.spectral.axis import Axis
from harken_train.spectral.dwt import Dwt
from harken_train.spectral.dwt_matrix import length_after, places_of
from harken_train.spectral.standardise import Standardise

_log = logging.getLogger(__name__)


@frontends.register("wavelet")
@dataclass(frozen=True, kw_only=True)
class Wavelet:
    """(batch, channels, samples) -> (batch, channels, coefficients).

    Equals ``pywt.wavedec(samples, wavelet, mode, level)`` of each channel alone: cA_n with
    ``levels = "approximation"``, cD_n, ..., cD_1 with ``"details"``, put together along the last
    axis, and all of these in that order with ``"all"``. db2 at 6 levels makes 143 of 9000 samples.
    With ``standardise = "window"`` each channel of each window is brought to mean 0 and deviation
    1 first; what is flat gives zeros.
    """

    unit: ClassVar[str] = "linear"

    wavelet: str = "db2"
    level: int = 6
    mode: Literal[
        "symmetric",
        "reflect",
        "zero",
        "constant",
        "smooth",
        "periodic",
        "periodization",
        "antisymmetric",
        "antireflect",
    ] = "symmetric"
    levels: Literal["approximation", "details", "all"] = "approximation"
    standardise: Literal["window", "none"] = "none"

    def __post_init__(self) -> None:
        if self.wavelet not in pywt.wavelist(kind="discrete"):
            known = suggestion(self.wavelet, pywt.wavelist(kind="discrete")).rstrip("?")
            raise SettingsError(
                f"wavelet: PyWavelets has no discrete wavelet {self.wavelet!r}"
                f"{known or '; try haar, db2 or sym4'}"
            )
        if self.level < 1:
            raise SettingsError(f"level: need at least 1, got {self.level}")

    @property
    def _taps(self) -> int:
        return int(pywt.Wavelet(self.wavelet).dec_len)

    def build(self, *, rate: int, window: int) -> nn.Module:  # noqa: ARG002 (the same for all)
        clean = pywt.dwt_max_level(window, self._taps)
        if 2**self.level > window:
            raise SettingsError(
                f"level: a window of {window} samples is halved {window.bit_length() - 1} times at "
                f"most, got {self.level}; up to {max(1, clean)} some coefficients see no end of it"
            )
        if self.level > clean:
            _log.warning(
                "every coefficient of the last levels sees an end of the window: level=%d "
                "window=%d wavelet=%s up_to=%d",
                *(self.level, window, self.wavelet, clean),
            )
        return WaveletLayer(self, window)

    def axes(self, *, rate: int, window: int) -> tuple[Axis, ...]:
        counts = [length_after(window, self._taps, self.mode, i) for i in range(1, self.level + 1)]
        if self.levels != "approximation":
            first = counts[-1] if self.levels == "all" else 0
            return (Axis("coefficient, coarse to fine", np.arange(0.0, sum(counts) + first)),)
        places = places_of(counts[-1], self._taps, self.mode, self.level)
        return (Axis("seconds", places / rate),)


class WaveletLayer(nn.Module):
    """The front-end's arithmetic."""

    def __init__(self, settings: Wavelet, window: int) -> None:
        super().__init__()
        self._levels = settings.levels
        self.standardise = Standardise() if settings.standardise == "window" else nn.Identity()
        self.dwt = Dwt(
            window,
            settings.wavelet,
            settings.mode,
            settings.level,
            details=settings.levels != "approximation",
        )

    def forward(self, samples: Tensor) -> Tensor:
        approximation, details = self.dwt(self.standardise(samples))
        return torch.cat(details if self._levels == "details" else approximation + details, dim=-1)
