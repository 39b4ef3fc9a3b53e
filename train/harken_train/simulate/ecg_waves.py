"""The waves of a beat, and the flicker of an atrium that fibrillates, in millivolts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harken_train.simulate.ecg_beats import Beat, From

Floats = npt.NDArray[np.float64]

REACH = 5.0  # widths of a wave that are drawn: the next would be less than a millionth of it
HARMONICS = 5  # of the sawtooth that fibrillation is


@dataclass(frozen=True)
class Wave:
    """A bump ``height`` mV high, ``at`` seconds from the R wave, with a width for either side."""

    at: float
    height: float
    rise: float
    fall: float


@dataclass(frozen=True, kw_only=True)
class Waves:
    """The waves of one person in one lead, of a beat that comes a second after the one before.

    ``wide`` is the beat that a ventricle starts. Heights are those of lead I in a healthy adult.
    """

    p: Wave = field(default_factory=lambda: Wave(-0.16, 0.10, 0.022, 0.022))
    qrs: tuple[Wave, ...] = (
        Wave(-0.030, -0.08, 0.009, 0.009),
        Wave(0.0, 1.0, 0.011, 0.011),
        Wave(0.032, -0.18, 0.011, 0.011),
    )
    t: Wave = field(default_factory=lambda: Wave(0.30, 0.24, 0.060, 0.038))
    wide: tuple[Wave, ...] = (
        Wave(-0.02, 1.25, 0.030, 0.040),
        Wave(0.08, -0.35, 0.030, 0.035),
        Wave(0.33, -0.40, 0.075, 0.060),
    )

    def of(self, source: From, after: float) -> list[Wave]:
        """Waves of a beat that comes ``after`` seconds from the one before."""
        root = float(np.sqrt(np.clip(after, 0.4, 1.5)))
        if source == "ventricle":
            return [*self.wide[:-1], _later(self.wide[-1], root)]
        narrow = [*self.qrs, _later(self.t, root)]
        if source == "fibrillation":
            return narrow
        if source == "atrium":  # from elsewhere in the atrium: nearer, and turned round
            p = Wave(0.8 * self.p.at, -0.7 * self.p.height, self.p.rise, self.p.fall)
            return [p, *narrow]
        return [Wave(self.p.at * min(1.0, root), self.p.height, self.p.rise, self.p.fall), *narrow]


def _later(wave: Wave, root: float) -> Wave:
    """Bazett's rule: what comes after the beat stretches with the root of the interval."""
    return Wave(wave.at * root, wave.height, wave.rise * root, wave.fall * root)


def waves_at(beats: Sequence[Beat], waves: Waves, count: int, rate: int) -> Floats:
    """All waves of all beats, ``count`` samples from 0 seconds on."""
    signal = np.zeros(count)
    for beat in beats:
        for wave in waves.of(beat.source, beat.after):
            _add(signal, wave, beat.at, rate)
    return signal


def _add(signal: Floats, wave: Wave, beat: float, rate: int) -> None:
    middle = beat + wave.at
    first = max(0, int(np.ceil((middle - REACH * wave.rise) * rate)))
    last = min(len(signal), int(np.floor((middle + REACH * wave.fall) * rate)) + 1)
    if last <= first:
        return
    time = np.arange(first, last) / rate - middle
    width = np.where(time < 0.0, wave.rise, wave.fall)
    signal[first:last] += wave.height * np.exp(-0.5 * (time / width) ** 2)


def fibrillation(count: int, rate: int, rng: np.random.Generator) -> Floats:
    """A sawtooth whose frequency and strength wander; about 1 from its middle to its top."""
    time = np.arange(count) / rate
    wander: Mapping[str, float] = {
        "frequency": rng.uniform(4.5, 8.0),  # hertz
        "swing": rng.uniform(0.2, 0.8),  # hertz to either side
        "slow": rng.uniform(0.1, 0.4),  # hertz: how fast it swings
        "strength": rng.uniform(0.2, 0.5),  # share by which it swells
    }
    begin = rng.uniform(0.0, 2.0 * np.pi, 3)
    phase = 2.0 * np.pi * wander["frequency"] * time + begin[0]
    phase += (
        wander["swing"] / wander["slow"] * np.sin(2.0 * np.pi * wander["slow"] * time + begin[1])
    )
    swell = 1.0 + wander["strength"] * np.sin(1.3 * np.pi * wander["slow"] * time + begin[2])
    saw = sum(np.sin(k * phase) / k for k in range(1, HARMONICS + 1))
    return np.asarray(swell * saw * (2.0 / np.pi))
