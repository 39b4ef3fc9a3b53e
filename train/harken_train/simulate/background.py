"""What a machine sounds like without a fault; the same kinds of sources in every state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harken.errors import SettingsError
from harken_train.simulate.modes import Mode, rumbled, rung
from harken_train.simulate.strikes import Strikes, at_times, renewals

Floats = npt.NDArray[np.float64]

GEAR_SIDEBANDS = 0.35  # modulation of the mesh by the shaft, each side
KNOCK_JITTER = 0.02  # of a revolution: looseness knocks at nearly the same angle


@dataclass(frozen=True, kw_only=True)
class Background:
    """Shares of power (only their ratios matter) and the numbers that place the lines.

    ``harmonics`` are amplitudes of 1x, 2x, ... of the shaft; ``mains`` is in hertz.
    """

    shaft: float = 0.2
    gear: float = 0.1
    electric: float = 0.1
    rolling: float = 0.35
    pink: float = 0.15
    loose: float = 0.05
    knocks: float = 0.05
    harmonics: tuple[float, ...] = (1.0, 0.5, 0.2, 0.1)
    teeth: int = 17
    bars: int = 32  # of the motor's rotor
    mains: float = 60.0
    knock_rate: float = 4.0  # a second, at random

    def __post_init__(self) -> None:
        if min(self.shares()) < 0.0 or sum(self.shares()) <= 0.0:
            raise SettingsError("background: shares of power are not negative, and not all zero")

    def shares(self) -> tuple[float, ...]:
        """The seven shares, in the order in which the sources are drawn."""
        return (
            self.shaft,
            self.gear,
            self.electric,
            self.rolling,
            self.pink,
            self.loose,
            self.knocks,
        )


def background(
    settings: Background,
    modes: Sequence[Mode],
    angle: Floats,
    rate: int,
    rng: np.random.Generator,
) -> Floats:
    """One sample for each shaft ``angle`` (revolutions), arbitrary unit."""
    count = len(angle)
    loose = renewals(1.0, KNOCK_JITTER, float(angle[-1]), rng)
    loose_strength = rng.lognormal(0.0, 0.3, len(loose))
    knocks = rng.uniform(0.0, count, rng.poisson(settings.knock_rate * count / rate))
    sources = (
        _shaft_lines(settings, angle, rng),
        _gear(settings, angle, rng),
        _electric(settings, angle, rate, rng),
        rumbled(modes, rng.standard_normal(count), rate),
        _pink(count, rng),
        rung(modes, at_times(Strikes(loose, loose_strength), angle), count, rate),
        rung(modes, Strikes(knocks, rng.lognormal(0.0, 0.6, len(knocks))), count, rate),
    )
    total = np.zeros(count)
    for share, source in zip(settings.shares(), sources, strict=True):
        power = float(np.mean(source * source))
        if share > 0.0 and power > 0.0:
            total += source * np.sqrt(share / power)
    return total


def _line(angle: Floats, order: float, rng: np.random.Generator) -> Floats:
    return np.asarray(np.cos(2.0 * np.pi * (order * angle + rng.uniform())))


def _shaft_lines(settings: Background, angle: Floats, rng: np.random.Generator) -> Floats:
    total = np.zeros(len(angle))
    for i, amplitude in enumerate(settings.harmonics):
        total += amplitude * _line(angle, i + 1.0, rng)
    return total


def _gear(settings: Background, angle: Floats, rng: np.random.Generator) -> Floats:
    """The mesh and its second harmonic, with the sidebands of a turning eccentricity."""
    eccentric = 1.0 + 2.0 * GEAR_SIDEBANDS * _line(angle, 1.0, rng)
    mesh = _line(angle, float(settings.teeth), rng)
    return np.asarray(eccentric * (mesh + 0.4 * _line(angle, 2.0 * settings.teeth, rng)))


def _electric(settings: Background, angle: Floats, rate: int, rng: np.random.Generator) -> Floats:
    """Twice the mains (the stator's pull) and the rotor's slots with that as sidebands."""
    pull = 2.0 * settings.mains * np.arange(len(angle)) / rate
    stator = np.cos(2.0 * np.pi * (pull + rng.uniform()))
    slots = sum(
        np.cos(2.0 * np.pi * (settings.bars * angle + side * pull + rng.uniform()))
        for side in (-1.0, 0.0, 1.0)
    )
    return np.asarray(stator + 0.3 * slots)


def _pink(count: int, rng: np.random.Generator) -> Floats:
    """Noise whose power falls with frequency, flat below the bins that a second resolves."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    bins = np.arange(len(spectrum))
    return np.asarray(np.fft.irfft(spectrum / np.sqrt(np.maximum(bins, len(bins) / 200.0)), count))
