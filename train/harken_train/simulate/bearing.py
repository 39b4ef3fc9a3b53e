"""The vibration of a machine with one rolling bearing, sound or faulty, in g.

What is modelled, and whose model it is:

* **Strikes.** A ball that rolls over a localised fault gives an impulse each time; the rate is the
  order of the fault (`geometry`) times the shaft's. Balls slip: intervals vary by 1-2 % around a
  mean that itself is off by up to 1 %, and the errors add up, so the lines of the envelope spectrum
  grow wider with every harmonic (Randall & Antoni 2011, section 2.2: a renewal process, not a
  jitter about a fixed grid).
* **Load zone.** Strength follows Stribeck's distribution of the load, (1 - (1 - cos psi) / 2e)^1.5
  at psi from its middle (McFadden & Smith 1984). An outer-race fault stands still in the zone:
  nearly equal strikes, a little with the unbalance. An inner-race fault turns with the shaft:
  strikes modulated once a revolution. A ball's fault travels with the cage and meets outer and
  inner race in turn, the inner one heard less through the balls; its spin axis wanders, so that it
  comes and goes (Smith & Randall 2015 find it the hardest of the three to see, as it is here).
* **Structure.** Each strike rings the modes of the housing: damped sinusoids whose frequencies,
  dampings and gains belong to the machine. Strikes fall between samples exactly: a mode is a
  complex one-pole filter, entered with the phase the strike has by the next sample.
* **Background**, the same kinds in every state: shaft harmonics (unbalance 1x, misalignment 2x and
  up), gear mesh with shaft sidebands, twice the mains and rotor-slot lines, rolling noise through
  the very modes that the fault rings, pink noise, knocks of looseness once a revolution and knocks
  at random. Sound machines are impulsive too.
* **Speed** wanders slowly by a few tenths of a percent.
* **Level** is set, not earned: background + fault are brought to ``level`` g RMS, since mass and
  mounting say more about it than the fault does. Nothing can be told from level alone.

McFadden P D, Smith J D, J. Sound Vib. 96 (1984) 69-82. Randall R B, Antoni J, Mech. Syst. Signal
Process. 25 (2011) 485-520. Smith W A, Randall R B, Mech. Syst. Signal Process. 64-65 (2015) 100-131
(also the orders of CWRU's 6205).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from harken.errors import SettingsError
from harken.stream import Samples
from harken_train.simulate.background import Background, background
from harken_train.simulate.geometry import Geometry
from harken_train.simulate.modes import Mode, rung
from harken_train.simulate.strikes import Strikes, at_times, fault_strikes

State = Literal["normal", "ball", "inner_race", "outer_race"]
STATES: tuple[State, ...] = ("normal", "ball", "inner_race", "outer_race")


@dataclass(frozen=True, kw_only=True)
class Bearing:
    """One bearing in one machine. Frequencies are in hertz, levels in g RMS, severity in dB.

    ``severity`` is the fault's power over the background's; a normal bearing has none.
    ``mean_slip`` shifts all orders, ``slip`` is the deviation of one interval (both fractions).
    ``drift`` is how far the speed wanders (a fraction); ``load_zone`` is Stribeck's e: below 0.5
    part of the bearing carries nothing.
    """

    state: State
    rate: int = 12_000
    shaft: float = 29.5
    geometry: Geometry = field(default_factory=Geometry)
    mean_slip: float = 0.0
    slip: float = 0.015
    drift: float = 0.003
    load_zone: float = 0.45
    severity: float = -3.0
    level: float = 0.1
    modes: tuple[Mode, ...] = (Mode(2_900.0, 0.03, 1.0), Mode(1_300.0, 0.05, 0.4))
    background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise SettingsError(f"state: need one of {', '.join(STATES)}, got {self.state!r}")
        if not 0.0 < self.shaft < self.rate / 20 or self.level <= 0.0:
            raise SettingsError("need 0 < shaft < rate / 20 and a level above 0")
        if not self.modes or max(mode.frequency for mode in self.modes) >= self.rate / 2:
            raise SettingsError("modes: need at least one, all below half the rate")

    def fault_order(self) -> float:
        """How often a revolution the fault is struck, slip included; 0 for a normal bearing."""
        if self.state == "normal":
            return 0.0
        order: float = getattr(self.geometry.orders(), self.state)
        return order * (1.0 + self.mean_slip)


def simulate_bearing(settings: Bearing, seconds: float, rng: np.random.Generator) -> Samples:
    """Give ``seconds`` of vibration in g as ``(1, samples)`` float32.

    The same settings and a generator in the same state give the same samples.
    """
    count = round(seconds * settings.rate)
    if count < 1:
        raise SettingsError(f"seconds: need at least one sample, got {seconds}")
    angle = shaft_angle(settings, count, rng)
    signal = _unit_power(background(settings.background, settings.modes, angle, settings.rate, rng))
    if settings.state != "normal":
        strikes = fault_of(settings, float(angle[-1]), rng)
        fault = rung(settings.modes, at_times(strikes, angle), count, settings.rate)
        signal += _unit_power(fault) * 10.0 ** (settings.severity / 20.0)
    return (_unit_power(signal) * settings.level).astype(np.float32)[None, :]


def shaft_angle(settings: Bearing, count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Revolutions of the shaft at each sample, counted from the first; strictly rising."""
    time = np.arange(count) / settings.rate
    wander = np.zeros(count)
    for low, high in ((0.05, 0.15), (0.15, 0.5)):  # hertz: load and regulation, not torsion
        phase = rng.uniform(0.0, 2.0 * np.pi)
        wander += np.sin(2.0 * np.pi * rng.uniform(low, high) * time + phase) / 2.0
    speed = settings.shaft * (1.0 + settings.drift * wander)
    return np.asarray((np.cumsum(speed) - speed[0]) / settings.rate)


def fault_of(settings: Bearing, revolutions: float, rng: np.random.Generator) -> Strikes:
    """Give the strikes of the bearing's fault during so many revolutions."""
    return fault_strikes(
        settings.state,
        settings.fault_order(),
        settings.geometry.orders().cage,
        settings.geometry.balls,
        slip=settings.slip,
        load_zone=settings.load_zone,
        revolutions=revolutions,
        rng=rng,
    )


def _unit_power(signal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    power = float(np.mean(signal * signal))
    return signal / np.sqrt(power) if power > 0.0 else signal
