"""What a hand-held recorder adds to a heart's waves: baseline, muscle, mains, loose electrodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harken.errors import SettingsError

Floats = npt.NDArray[np.float64]

MUSCLE = (8.0, 60.0)  # hertz, where a trembling hand is heard
SWELL = 0.08  # share by which the beats grow and shrink with a breath
SLIDE = (0.2, 1.2)  # seconds in which a slid electrode's step dies away
CLIP = 5.0  # mV, what the recorder takes at the most


@dataclass(frozen=True, kw_only=True)
class Recorder:
    """In mV: ``baseline`` (peak), ``muscle`` and ``mains`` (RMS), and ``steps`` (their mean).

    ``slides`` a second are sudden steps of a sliding electrode. For the share ``off`` of the record
    there is no electrode, and nothing but noise. ``bursts`` is how unevenly the muscle is heard.
    """

    baseline: float = 0.05
    muscle: float = 0.01
    mains: float = 0.003
    mains_hertz: float = 50.0
    breaths: float = 0.25
    slides: float = 0.0
    steps: float = 1.0
    off: float = 0.0
    bursts: float = 0.0

    def __post_init__(self) -> None:
        levels = (self.baseline, self.muscle, self.mains, self.slides, self.steps, self.bursts)
        if min(levels) < 0.0 or not 0.0 <= self.off <= 1.0:
            raise SettingsError("recorder: levels are not negative, off is from 0 to 1")


def recorded(signal: Floats, recorder: Recorder, rate: int, rng: np.random.Generator) -> Floats:
    """What arrives of ``signal`` (mV), one sample for each of its own."""
    count = len(signal)
    time = np.arange(count) / rate
    breath = 2.0 * np.pi * recorder.breaths * time + rng.uniform(0.0, 2.0 * np.pi)
    heard = signal * (1.0 + SWELL * np.sin(breath)) * _contact(recorder, count, rng)
    heard += recorder.baseline * (0.6 * np.sin(breath + 1.0) + 0.4 * _drift(time, rng))
    tremble = np.exp(recorder.bursts * (_drift(4.0 * time, rng) - 0.3))
    heard += recorder.muscle * tremble * _band(count, rate, MUSCLE, rng)
    turn = 2.0 * np.pi * (recorder.mains_hertz * time + rng.uniform())
    heard += recorder.mains * np.sqrt(2.0) * np.sin(turn)
    for _ in range(int(rng.poisson(recorder.slides * count / rate))):
        heard += _slide(time, recorder.steps, rng)
    return np.asarray(np.clip(heard, -CLIP, CLIP))


def _drift(time: Floats, rng: np.random.Generator) -> Floats:
    """Two slow sines of their own phases, between -1 and 1."""
    slow, fast = rng.uniform(0.03, 0.08), rng.uniform(0.1, 0.35)
    one, two = rng.uniform(0.0, 2.0 * np.pi, 2)
    return np.asarray(
        0.5 * np.sin(2.0 * np.pi * slow * time + one)
        + 0.5 * np.sin(2.0 * np.pi * fast * time + two)
    )


def _band(count: int, rate: int, hertz: tuple[float, float], rng: np.random.Generator) -> Floats:
    """Noise between two frequencies, RMS 1."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    places = np.fft.rfftfreq(count, 1.0 / rate)
    spectrum[(places < hertz[0]) | (places > hertz[1])] = 0.0
    noise = np.fft.irfft(spectrum, count)
    power = float(np.mean(noise * noise))
    return noise / np.sqrt(power) if power > 0.0 else noise


def _contact(recorder: Recorder, count: int, rng: np.random.Generator) -> Floats:
    """1 with an electrode, 0 in the one stretch without."""
    contact = np.ones(count)
    without = round(recorder.off * count)
    first = int(rng.integers(0, count - without + 1))
    contact[first : first + without] = 0.0
    return contact


def _slide(time: Floats, height: float, rng: np.random.Generator) -> Floats:
    """A step at once, either way, that dies away."""
    since = time - rng.uniform(0.0, time[-1] if len(time) else 0.0)
    size = height * rng.exponential() * rng.choice((-1.0, 1.0))
    return np.asarray(
        np.where(since < 0.0, 0.0, size * np.exp(-np.maximum(since, 0.0) / rng.uniform(*SLIDE)))
    )
