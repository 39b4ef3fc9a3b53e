"""scipy and numpy in float64: what `filtered` must equal."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import scipy.signal

from harken.stream import Samples
from harken_train.frontends.filtered import Filtered

Case = tuple[Filtered, int, int]  # settings, window, rate
Wave = npt.NDArray[np.float64]


def references() -> list[Case]:
    """Sensors of many rates, quicker and slower than its own; every option alone; odd windows."""
    return [
        (Filtered(), 9000, 300),
        (Filtered(), 2699, 300),
        (Filtered(), 2501, 250),
        (Filtered(), 3607, 360),
        (Filtered(), 1500, 500),
        (Filtered(), 1281, 128),
        (Filtered(), 100, 100),
        (Filtered(high=30.0), 901, 90),
        (Filtered(), 1543, 257),
        (Filtered(low="none"), 2500, 250),
        (Filtered(high="none"), 2500, 250),
        (Filtered(high="none"), 500, 100),
        (Filtered(high="none", low="none"), 500, 100),
        (Filtered(high="none", low="none", level="none"), 640, 64),
        (Filtered(level="none"), 1500, 300),
        (Filtered(clip="none"), 1500, 300),
        (Filtered(polarity="as_is"), 1500, 300),
        (Filtered(level="none", clip="none", polarity="as_is"), 100, 300),
        (Filtered(to=2000, low=20.0, high=800.0, low_seconds=0.1, high_seconds=0.01), 12100, 12000),
        (Filtered(low=1.3, high=20.1, low_seconds=0.5, high_seconds=1.0, clip=0.7), 1000, 300),
    ]


def small() -> Case:
    """512 columns of four seconds, for tests of every pair."""
    return Filtered(to=128, low=1.0, high=50.0, low_seconds=1.0), 1024, 256


def reference(settings: Filtered, samples: Samples, rate: int) -> Wave:
    """(channels, window) -> (channels, columns)."""
    return np.stack([_channel(settings, x.astype(np.float64), rate) for x in samples])


def _channel(settings: Filtered, x: Wave, rate: int, *, quick: bool = False) -> Wave:
    largest = np.abs(x).max()
    if settings.low != "none":
        x = x - x[0]
    x = _to_its_rate(settings, x, rate, quick=quick)
    if settings.low != "none":
        slow = scipy.signal.firwin(
            2 * round(settings.low_seconds * settings.to / 2) + 1, settings.low, fs=settings.to
        )
        beyond = np.pad(x, len(slow) // 2, mode="edge")
        x = x - scipy.signal.convolve(beyond, slow, "valid", "fft" if quick else "direct")
    if settings.level == "range":
        whole = len(x) // settings.to
        seconds = x[: whole * settings.to].reshape(whole, settings.to)
        swing = max(np.median(np.ptp(seconds, axis=1)), 1e-6 * largest)
        x = x / swing if swing > 0.0 else np.zeros_like(x)
    if settings.clip != "none":
        x = np.clip(x, -settings.clip, settings.clip)
    if settings.polarity == "upright" and np.sum(x**3) < -1e-6 * np.sum(np.abs(x) ** 3):
        x = -x
    return x


def _to_its_rate(settings: Filtered, x: Wave, rate: int, *, quick: bool) -> Wave:
    """By a filter that sees what lies between the samples, and only then every so manieth value."""
    up = settings.to // math.gcd(settings.to, rate)
    down = rate // math.gcd(settings.to, rate)
    edge = 0.45 * min(rate, settings.to) if settings.high == "none" else settings.high
    if settings.high == "none" and up == down:
        return x
    half = round(settings.high_seconds * rate * up / 2)
    taps = scipy.signal.firwin(2 * half + 1, edge, fs=rate * up)
    for phase in range(up):
        taps[phase::up] /= taps[phase::up].sum()
    reach = half // up + 1
    first = reach * up + half
    if quick:
        late = -first % down  # so that the first value is one of those that are made
        taps = np.concatenate([np.zeros(late), taps])
        made = scipy.signal.upfirdn(taps, np.pad(x, reach, mode="edge"), up=up, down=down)
        quickly: Wave = made[(first + late) // down :][: -(-len(x) * up // down)]
        return quickly
    between = scipy.signal.upfirdn(taps, np.pad(x, reach, mode="edge"), up=up)
    values: Wave = between[first:][: len(x) * up : down]
    return values


def library(settings: Filtered, samples: Samples, rate: int) -> Wave:
    """The same by scipy's quickest: it makes no value that it throws away, and filters by FFT."""
    return np.stack([_channel(settings, x.astype(np.float64), rate, quick=True) for x in samples])


def bench() -> list[tuple[Filtered, int, int, str]]:
    """Settings, window, rate, title: the shapes whose cost is told."""
    return [
        (Filtered(), 9000, 300, "30 s at 300 Hz"),
        (Filtered(), 7500, 250, "30 s at 250 Hz"),
    ]
