"""scipy and numpy in float64: what `envelope` must equal."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.ndimage
import scipy.signal

from harken.stream import Samples
from harken_train.frontends.envelope import Bank, Envelope

Case = tuple[Envelope, int, int]  # settings, window, rate


def references() -> list[Case]:
    """One band and many, hertz and orders, every option; odd, prime and short windows."""
    bank = Bank(low=100.0, high=4000.0, count=8)
    return [
        (Envelope(), 2048, 12000),
        (Envelope(unit="linear"), 1009, 12000),  # a prime
        (Envelope(low=500.0, high=4000.0, squared=False, stride=1, unit="linear"), 777, 12000),
        (Envelope(low=500.0, high=1500.0, relative=False, taper="boxcar"), 2047, 12000),
        (Envelope(relative=False, unit="linear", taps=31, highest=900.0), 2 * 1009, 12000),
        (Envelope(bank=bank, shaft=29.5, order_step=0.2), 3000, 12000),
        (
            Envelope(bank=bank, shaft=29.5, average=True, whiten=1.0, orders=(0.2, 18.0)),
            4000,
            12000,
        ),
        (Envelope(bands=((300.0, 700.0), (900.0, 1900.0)), unit="linear", taps=65), 1500, 8000),
        (Envelope(low=1000.0, high=3000.0, highest=3000.0, whiten=200.0), 600, 16000),
        (Envelope(taps=33), 40, 12000),
    ]


def small() -> Case:
    """The smallest sensible form, for tests of every pair: an image."""
    bank = Bank(low=300.0, high=4500.0, count=16)
    return Envelope(bank=bank, highest=600.0, taps=65), 512, 12000


def reference(settings: Envelope, samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """(channels, window) -> (channels, values) or (channels, bands, values)."""
    wanted: npt.NDArray[np.float64] = library(settings, samples, rate, method="direct")
    return wanted


def library(settings: Envelope, samples: Any, rate: int, method: str = "auto") -> Any:
    """What a user of scipy would write; filters and waves are made once."""
    signal = samples.astype(np.float64) - samples[:, :1]
    analytic = scipy.signal.hilbert(signal - signal.mean(axis=-1, keepdims=True))
    values, stride = _values(settings, samples.shape[-1], rate), _stride(settings, rate)
    kept, means = [], []
    for band in _bands(settings, rate):
        taps = _taps(settings.taps, band, rate)
        found = np.stack([scipy.signal.convolve(x, taps, "valid", method) for x in analytic])
        envelope = np.abs(found[:, ::stride])
        if settings.squared:
            envelope = envelope**2
        means.append(envelope.mean(axis=-1, keepdims=True))
        taper = scipy.signal.get_window(settings.taper, envelope.shape[-1])
        beats = (envelope - means[-1]) * taper
        turns = _turns(settings, samples.shape[-1], rate)
        kept.append(np.abs(beats @ turns) * 2.0 / taper.sum())
    value, mean = np.stack(kept, axis=1), np.stack(means, axis=1)
    if settings.relative:
        value = np.divide(value, mean, out=np.zeros_like(value), where=mean > 1e-290)
        value = np.maximum(value, settings.amin)
    else:
        value = np.maximum(value, mean * settings.amin)
    if settings.average:
        value = value.mean(axis=1, keepdims=True)
    if settings.unit == "dB":
        value = 20.0 * np.log10(np.maximum(value, 1e-20))
    if settings.whiten is not None:
        steps = round(settings.whiten / (values[1] - values[0])) if len(values) > 1 else 0
        value = value - _smooth(value, steps)
    image = (settings.bands or settings.bank) and not settings.average
    return value if image else value[:, 0]


@functools.cache
def _taps(taps: int, band: tuple[float, float], rate: int) -> Any:
    return scipy.signal.firwin(taps, band, pass_zero=False, fs=rate)


@functools.cache
def _turns(settings: Envelope, window: int, rate: int) -> Any:
    seconds = _seconds(settings, window, rate)
    hertz = _values(settings, window, rate) * (settings.shaft or 1.0)
    return np.exp(-2j * np.pi * np.outer(seconds, hertz))


# What follows is written out from the docstring of `Envelope` alone, and asks nothing of its code:
# a wrong band, stride or grid of frequencies must be found here.


def _bands(settings: Envelope, rate: int) -> list[tuple[float, float]]:
    if settings.bank is not None:
        width = (settings.bank.high - settings.bank.low) / settings.bank.count
        lows = settings.bank.low + width * np.arange(settings.bank.count)
        return [(float(low), float(low + width)) for low in lows]
    low = 0.05 * rate if settings.low is None else settings.low
    high = 0.4 * rate if settings.high is None else settings.high
    return list(settings.bands or [(low, high)])


def _highest(settings: Envelope, rate: int) -> float:
    """In hertz."""
    if settings.shaft is not None:
        return settings.orders[1] * settings.shaft
    return 0.04 * rate if settings.highest is None else settings.highest


@functools.cache
def _stride(settings: Envelope, rate: int) -> int:
    if settings.stride is not None:
        return settings.stride
    widest = max(high - low for low, high in _bands(settings, rate))
    needed = widest + 3.3 * rate / settings.taps + _highest(settings, rate)
    return max([1, *(n for n in range(1, rate) if rate / n >= needed)])


def _seconds(settings: Envelope, window: int, rate: int) -> Any:
    """When each sample of the envelope is, from its first."""
    return np.arange(window)[: window - settings.taps + 1 : _stride(settings, rate)] / rate


@functools.cache
def _values(settings: Envelope, window: int, rate: int) -> Any:
    """Hertz or orders; a last one that is reached but for rounding is among them."""
    if settings.shaft is not None:
        first, last = settings.orders
        return np.arange(first, last + 1e-6 * settings.order_step, settings.order_step)
    count = len(_seconds(settings, window, rate))
    bins = np.fft.rfftfreq(count, _stride(settings, rate) / rate)
    return bins[bins <= _highest(settings, rate) * (1.0 + 1e-9)]


def _smooth(value: Any, reach: int) -> Any:
    """The mean of what lies up to ``reach`` away, of fewer at the ends."""
    ones = np.ones(2 * reach + 1)
    total = scipy.ndimage.convolve1d(value, ones, mode="constant")
    return total / scipy.ndimage.convolve1d(np.ones_like(value), ones, mode="constant")


def bench() -> list[tuple[Envelope, int, int, str]]:
    """Settings, window, rate, title: the shapes whose cost is told."""
    bank = Bank(low=100.0, high=4037.5, count=21)
    return [
        (Envelope(), 2048, 12000, "one band, 77 frequencies"),
        (Envelope(shaft=29.5), 12000, 12000, "one band, 357 orders, 1 s"),
        (Envelope(bank=bank, shaft=29.5), 12000, 12000, "21 bands, 357 orders, 1 s"),
    ]
