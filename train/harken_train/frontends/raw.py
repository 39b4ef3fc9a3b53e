"""The wave itself: band-limited, differenced, standardised in each window, or none of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import scipy.signal
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.frontends import frontends
from harken_train.spectral.axis import Axis, evenly
from harken_train.spectral.fir import Fir


@frontends.register("raw")
@dataclass(frozen=True, kw_only=True)
class Raw:
    """(batch, channels, samples) -> (batch, channels, samples), by three steps in this order.

    - ``low`` and ``high`` limit the band by a linear-phase filter of ``taps`` taps
      (``scipy.signal.firwin``, Hamming); the window loses taps - 1 samples, half at each end.
    - ``differences``: from each sample the one before it is taken (0 for the first), ``instead``
      of the samples or ``beside`` them, as further channels.
    - ``standardise``: each channel of each window to mean 0 and deviation 1. What is flat gives
      zeros. With it, the constant part of a window matters nowhere, so it is taken off before
      the filter.
    """

    unit: ClassVar[str] = "linear"
    takes: ClassVar[tuple[str, ...]] = ("samples", "spectrogram")  # bands are channels to it

    standardise: Literal["window", "none"] = "window"
    differences: Literal["none", "beside", "instead"] = "none"
    low: float | None = None  # hertz
    high: float | None = None  # hertz
    taps: int = 129

    def __post_init__(self) -> None:
        if self.taps < 3 or self.taps % 2 == 0:
            raise SettingsError(f"taps: need an odd number of at least 3, got {self.taps}")
        low = 0.0 if self.low is None else self.low
        high = float("inf") if self.high is None else self.high
        if not 0.0 <= low < high or self.low == 0.0:
            raise SettingsError(f"need 0 < low < high, got {self.low} and {self.high}")

    def filter_taps(self, rate: int) -> npt.NDArray[np.float64] | None:
        """Taps of the band limit at ``rate`` hertz; ``None`` when there is none."""
        edges = [edge for edge in (self.low, self.high) if edge is not None]
        if not edges:
            return None
        if max(edges) >= rate / 2:
            raise SettingsError(
                f"low and high: need less than half the rate of {rate} Hz, got {max(edges)}"
            )
        taps: npt.NDArray[np.float64] = scipy.signal.firwin(
            self.taps, edges, pass_zero=self.low is None, fs=rate
        )
        return taps

    def build(self, *, rate: int, window: int) -> nn.Module:
        taps = self.filter_taps(rate)
        if taps is not None and window < len(taps):
            raise SettingsError(f"taps: a window of {window} samples is too short for {self.taps}")
        return RawLayer(self, taps, window)

    def axes(self, *, rate: int, window: int) -> tuple[Axis, ...]:
        lost = 0 if self.filter_taps(rate) is None else self.taps - 1  # half of it at each end
        return (evenly("seconds", lost / 2 / rate, (window - lost / 2 - 1) / rate, window - lost),)


class RawLayer(nn.Module):
    """The front-end's arithmetic, in float64 up to the last step.

    In float32 a constant of a million would leave nothing of what stands on it.
    """

    least: Tensor

    def __init__(self, settings: Raw, taps: npt.NDArray[np.float64] | None, window: int) -> None:
        super().__init__()
        self._standardise = settings.standardise == "window"
        self._differences = settings.differences
        self.band = nn.Identity() if taps is None else Fir(taps, window)
        # Far below the deviation of any float32 samples that are not all equal.
        self.register_buffer("least", torch.tensor([1e-60], dtype=torch.float64))

    def forward(self, samples: Tensor) -> Tensor:
        signal = samples.double()
        if self._standardise:
            signal = signal - signal[:, :, :1]  # what is flat is exactly 0 from here on
        signal = self.band(signal)
        if self._differences != "none":
            steps = nn.functional.pad(signal[:, :, 1:] - signal[:, :, :-1], (1, 0))
            beside = self._differences == "beside"
            signal = torch.cat([signal, steps], dim=1) if beside else steps
        if self._standardise:
            signal = signal - signal.mean(dim=-1, keepdim=True)
            deviation = signal.square().mean(dim=-1, keepdim=True).sqrt()
            signal = signal / torch.maximum(deviation, self.least)
        return signal.float()
