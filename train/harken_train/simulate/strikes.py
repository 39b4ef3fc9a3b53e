"""When a fault is struck and how hard: slip, load zone, cage and shaft."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LOAD_EXPONENT = 1.5  # point contact of balls (McFadden & Smith 1984)
INNER_HIT = 0.55  # a ball's strike on the inner race, heard through the balls
STRIKE_SPREAD = 0.15  # deviation of one strike's strength
BALL_SPREAD = 0.06  # deviation between the balls of one bearing: size and preload


@dataclass(frozen=True)
class Strikes:
    """Impulses: ``at`` in revolutions of the shaft (or in samples), ``strength`` without unit."""

    at: Floats
    strength: Floats


def load(angle: Floats, load_zone: float) -> Floats:
    """Stribeck's share of the load at ``angle`` radians from the zone's middle, 0 to 1."""
    share: Floats = np.maximum(1.0 - (1.0 - np.cos(angle)) / (2.0 * load_zone), 0.0)
    return np.asarray(share**LOAD_EXPONENT)


def renewals(order: float, slip: float, revolutions: float, rng: np.random.Generator) -> Floats:
    """Angles of strikes ``order`` times a revolution; ``slip`` is the deviation of an interval."""
    count = int(revolutions * order * (1.0 + 5.0 * slip)) + 8
    intervals = (1.0 + slip * rng.standard_normal(count)) / order
    angles: Floats = np.cumsum(intervals) - intervals[0] * rng.uniform()
    return angles[angles < revolutions]


def fault_strikes(
    state: str,
    order: float,
    cage: float,
    balls: int,
    *,
    slip: float,
    load_zone: float,
    revolutions: float,
    rng: np.random.Generator,
) -> Strikes:
    """Strikes of one fault, in revolutions; what modulates them depends on where the fault is."""
    at = renewals(order, slip, revolutions, rng)
    k = np.arange(len(at))
    start = rng.uniform(0.0, 2.0 * np.pi)
    strength = np.maximum(1.0 + STRIKE_SPREAD * rng.standard_normal(len(at)), 0.05)
    if state == "outer_race":  # at rest in the load zone, struck by the balls in turn
        each = 1.0 + BALL_SPREAD * rng.standard_normal(balls)
        strength *= each[k % balls] * (1.0 + 0.1 * np.cos(2.0 * np.pi * at + start))
    elif state == "inner_race":  # turns with the shaft: through the zone once a revolution
        position = 2.0 * np.pi * at + start
        strength *= (0.05 + load(position, load_zone)) * (1.0 + 0.25 * np.cos(position))
    else:  # travels with the cage, hits outer and inner race in turn, turns its fault away
        position = 2.0 * np.pi * cage * at + start
        strength *= 0.1 + load(position, load_zone)
        strength *= np.where(k % 2 == 0, 1.0, INNER_HIT)
        strength *= _coming_and_going(at, rng)
    return Strikes(at, strength)


def at_times(strikes: Strikes, angle: Floats) -> Strikes:
    """Move strikes from revolutions to sample positions, by the shaft's angle at each sample."""
    return Strikes(np.interp(strikes.at, angle, np.arange(len(angle))), strikes.strength)


def _coming_and_going(at: Floats, rng: np.random.Generator) -> Floats:
    """How squarely the ball's fault meets the races: 0.35 to 1, over some tens of turns."""
    turns = rng.uniform(15.0, 40.0)
    swing = np.cos(2.0 * np.pi * at / turns + rng.uniform(0.0, 2.0 * np.pi))
    return np.asarray(0.675 + 0.325 * swing)
