"""The envelope of one band or many, and how fast it beats: hertz, or orders of the shaft."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy.signal
import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.frontends import frontends
from harken_train.spectral.axis import Axis
from harken_train.spectral.band_bank import BandBank
from harken_train.spectral.hilbert import Hilbert
from harken_train.spectral.moving_average import MovingAverage
from harken_train.spectral.number import number
from harken_train.spectral.taper import taper_of
from harken_train.spectral.zoom import Zoom

Numbers = npt.NDArray[np.float64]
TRANSITION = 3.3  # times rate / taps: hertz that firwin's Hamming window takes from pass to stop
LOW, HIGH, HIGHEST = 0.05, 0.4, 0.04  # of the rate, where the settings say nothing


@dataclass(frozen=True, kw_only=True)
class Bank:
    """``count`` bands of one width side by side, from ``low`` to ``high`` hertz."""

    low: float
    high: float
    count: int

    def __post_init__(self) -> None:
        if self.count < 1 or not 0.0 < self.low < self.high:
            raise SettingsError(
                f"need count >= 1 and 0 < low < high, got {self.count}, {self.low} and {self.high}"
            )

    def bands(self) -> tuple[tuple[float, float], ...]:
        edges = np.linspace(self.low, self.high, self.count + 1).tolist()
        return tuple(itertools.pairwise(edges))


@frontends.register("envelope")
@dataclass(frozen=True, kw_only=True)
class Envelope:
    """(batch, channels, samples) -> (batch, channels, values), or (..., bands, values).

    In this order, each equal to scipy's and numpy's own in float64:

    - the window's mean is taken off, and ``scipy.signal.hilbert`` makes it analytic;
    - ``scipy.signal.firwin(taps, [low, high], pass_zero=False)`` takes each band out of it
      (``convolve(..., "valid")``: taps - 1 samples less), and every ``stride``-th sample stays;
    - the magnitude of that is the envelope, ``squared`` or not; its mean is taken off;
    - times ``taper``, its Fourier sum over the frequencies below, times 2 / sum of the taper: the
      amplitude at each frequency. ``relative``: divided by the envelope's mean, so that it is the
      depth of the beat, whatever the level. What is below ``amin`` of the mean counts as that;
    - ``average``: the mean over all bands; then 20 log10 of it (``unit = "dB"``); then
      ``whiten``: less its moving average, so many hertz or orders to either side.

    The band is from ``low`` to ``high`` hertz, for the resonance that a fault rings
    (``harken-train band`` proposes one). ``bands``, a list of [low, high], or ``bank`` (low, high,
    count) take several: an image (bands, values), unless they are averaged. Bands that are
    narrower than 3.3 * rate / taps overlap.

    Frequencies are bins of the Fourier transform, 1 / (length of the envelope in seconds) apart,
    from 0 to ``highest`` hertz. With ``shaft``, its speed in hertz (turns a second), they are
    ``orders`` of it instead, first to last in steps of ``order_step``: a fault then stands at the
    same place at any speed that is set. The speed is a setting: the model belongs to the machine
    at that speed, give or take what the order's step and the window's length hold (at order p an
    error of 1 % moves a line by p / 100 orders). For another speed set ``shaft`` and train again.

    ``stride`` is chosen such that nothing folds onto the frequencies kept: the largest with
    rate / stride >= widest band + 3.3 * rate / taps + highest frequency. That is exact for
    ``squared``; a plain magnitude has faint harmonics beyond, which then fold.
    """

    low: float | None = None  # hertz; None: 0.05 of the rate
    high: float | None = None  # hertz; None: 0.4 of the rate
    bands: tuple[tuple[float, float], ...] | None = None  # hertz
    bank: Bank | None = None
    average: bool = False
    taps: int = 129
    stride: int | None = None  # None: the largest that folds nothing
    squared: bool = True
    relative: bool = True
    taper: str = "hann"  # scipy's name of it
    highest: float | None = None  # hertz; None: 0.04 of the rate
    shaft: float | None = None  # hertz
    orders: tuple[float, float] = (0.2, 18.0)
    order_step: float = 0.05
    unit: Literal["dB", "linear"] = "dB"
    amin: float = 1e-4  # of the envelope's mean
    whiten: float | None = None  # orders or hertz to either side

    def __post_init__(self) -> None:
        single = self.low is not None or self.high is not None
        if single + (self.bands is not None) + (self.bank is not None) > 1:
            raise SettingsError("need low and high, or bands, or bank: one of them")
        if self.bands is not None:
            middles = [low + high for low, high in self.bands]
            if not middles or sorted(set(middles)) != middles:
                raise SettingsError("bands: need at least one, in rising order")
        if self.taps < 3 or self.taps % 2 == 0:
            raise SettingsError(f"taps: need an odd number of at least 3, got {self.taps}")
        if self.stride is not None and self.stride < 1:
            raise SettingsError(f"stride: need at least 1, got {self.stride}")
        for name in ("shaft", "highest", "whiten", "order_step", "amin"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < math.inf:
                raise SettingsError(f"{name}: need more than 0, got {value}")
        if not 0.0 <= self.orders[0] < self.orders[1]:
            raise SettingsError(f"orders: need 0 <= first < last, got {list(self.orders)}")
        if self.shaft is not None and self.highest is not None:
            raise SettingsError("highest: is for hertz; with shaft it is orders that say how far")
        if self.whiten is not None and self.unit != "dB":
            raise SettingsError('whiten: needs unit = "dB"')

    def bands_at(self, rate: int) -> tuple[tuple[float, float], ...]:
        """(low, high) of each band in hertz."""
        if self.bank is not None:
            bands = self.bank.bands()
        elif self.bands is not None:
            bands = self.bands
        else:
            low = LOW * rate if self.low is None else self.low
            bands = ((low, HIGH * rate if self.high is None else self.high),)
        for low, high in bands:
            if not 0.0 < low < high < rate / 2:
                raise SettingsError(
                    f"band: need 0 < low < high < half the rate of {rate} Hz, "
                    f"got {low:g} and {high:g}"
                )
        return bands

    def reach(self, rate: int) -> float:
        """The highest frequency that is asked for, in hertz."""
        if self.shaft is not None:
            return self.orders[1] * self.shaft
        return HIGHEST * rate if self.highest is None else self.highest

    def stride_at(self, rate: int) -> int:
        """Every which sample of the bands is kept."""
        widest = max(high - low for low, high in self.bands_at(rate))
        needed = widest + TRANSITION * rate / self.taps + self.reach(rate)
        stride = max(1, int(rate / needed)) if self.stride is None else self.stride
        if self.reach(rate) > rate / stride / 2:
            raise SettingsError(
                f"{'orders' if self.shaft else 'highest'}: {self.reach(rate):g} Hz is beyond what "
                f"every {stride}. sample at {rate} Hz holds; need at most {rate / stride / 2:g}"
            )
        return stride

    def values(self, rate: int, window: int) -> Numbers:
        """Hertz or orders of the values, rising."""
        if window < self.taps + 3:
            raise SettingsError(f"taps: a window of {window} samples is too short for {self.taps}")
        if self.shaft is not None:
            first, last = self.orders
            count = int((last - first) / self.order_step + 1e-6) + 1
            return np.array([first + self.order_step * i for i in range(count)])
        stride = self.stride_at(rate)
        step = rate / stride / ((window - self.taps) // stride + 1)
        return np.array([step * i for i in range(int(self.reach(rate) / step + 1e-6) + 1)])

    def build(self, *, rate: int, window: int) -> nn.Module:
        return EnvelopeLayer(self, rate, window)

    def axes(self, *, rate: int, window: int) -> tuple[Axis, ...]:
        values = Axis("orders" if self.shaft else "Hz", self.values(rate, window))
        if not self.is_image():
            return (values,)
        middles = [(low + high) / 2 for low, high in self.bands_at(rate)]
        return (Axis("Hz of the band", np.array(middles)), values)

    def is_image(self) -> bool:
        """Whether there is a row for each band."""
        return (self.bands is not None or self.bank is not None) and not self.average


class EnvelopeLayer(nn.Module):
    """The front-end's arithmetic, in float64 throughout."""

    tiny: Tensor
    silent: Tensor
    amin: Tensor
    decibels: Tensor
    taper: Tensor

    def __init__(self, settings: Envelope, rate: int, window: int) -> None:
        super().__init__()
        self._settings = settings
        values, stride = settings.values(rate, window), settings.stride_at(rate)
        filters = np.stack(
            [
                scipy.signal.firwin(settings.taps, band, pass_zero=False, fs=rate)
                for band in settings.bands_at(rate)
            ]
        )
        self.hilbert = Hilbert(window)
        self.bank = BandBank(filters, window, stride)
        taper = taper_of(settings.taper, self.bank.count, self.bank.count)
        hertz = values * (settings.shaft or 1.0)
        self.zoom = Zoom(self.bank.count, hertz * stride / rate)
        self.smooth = None
        if settings.whiten is not None:
            steps = round(settings.whiten / (values[1] - values[0])) if len(values) > 1 else 0
            self.smooth = MovingAverage(len(values), steps)
        self.register_buffer("taper", torch.from_numpy(taper * 2.0 / taper.sum()))
        self.register_buffer("tiny", number(1e-290))
        self.register_buffer("silent", number(1e-20))
        self.register_buffer("amin", number(settings.amin))
        self.register_buffer("decibels", number(20.0 / math.log(10.0)))

    def forward(self, samples: Tensor) -> Tensor:
        settings = self._settings
        signal = samples.double()
        signal = signal - signal[:, :, :1]  # what is flat is exactly 0 from here on
        signal = signal - signal.mean(dim=-1, keepdim=True)
        bands = self.bank(torch.cat([signal, self.hilbert(signal)], dim=1))
        real, imaginary = bands[:, : signal.shape[1]], bands[:, signal.shape[1] :]
        envelope = real.square() + imaginary.square()  # (batch, channels, bands, count)
        if not settings.squared:
            envelope = envelope.sqrt()
        mean = envelope.mean(dim=-1, keepdim=True)
        value: Tensor = self.zoom((envelope - mean) * self.taper)
        if settings.relative:
            value = torch.maximum(value / torch.maximum(mean, self.tiny), self.amin)
        else:
            value = torch.maximum(value, mean * self.amin)
        if settings.average:
            value = value.mean(dim=2, keepdim=True)
        if settings.unit == "dB":
            value = torch.maximum(value, self.silent).log() * self.decibels
            if self.smooth is not None:
                value = value - self.smooth(value)
        if not settings.is_image():
            value = value.squeeze(2)
        return value.float()
