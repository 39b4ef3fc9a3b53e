"""Machines to simulate: each its own tolerances, speed, structure, severity and background.

Levels, speeds and severities are spread evenly over the bearings of a state (a stratified draw):
with few bearings chance alone would otherwise make one of them tell the state.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from harken_train.simulate.background import Background
from harken_train.simulate.bearing import Bearing, State
from harken_train.simulate.geometry import Geometry
from harken_train.simulate.modes import Mode

LEVELS = (0.03, 0.5)  # g RMS: small motors on stiff feet to fans on a frame
SHAFT = (28.8, 29.95)  # Hz: a four-pole motor on 60 Hz between full load and none, as CWRU's
MODE_BANDS = ((900.0, 2_000.0), (2_000.0, 3_500.0), (3_200.0, 5_000.0))  # Hz at 12 kHz
RATE_OF_BANDS = 12_000


def draw_bearings(
    state: State,
    count: int,
    rng: np.random.Generator,
    *,
    rate: int = 12_000,
    severity: tuple[float, float] = (-1.0, 8.0),
) -> list[Bearing]:
    """Draw ``count`` bearings of one state; ``severity`` is the range of the faults, in dB."""
    levels = LEVELS[0] * (LEVELS[1] / LEVELS[0]) ** _spread(count, rng)
    speeds = SHAFT[0] + (SHAFT[1] - SHAFT[0]) * _spread(count, rng)
    severities = severity[0] + (severity[1] - severity[0]) * _spread(count, rng)
    return [
        Bearing(
            state=state,
            rate=rate,
            shaft=float(speeds[i]),
            level=float(levels[i]),
            severity=float(severities[i]),
            geometry=_geometry(rng),
            mean_slip=float(rng.uniform(-0.01, 0.01)),
            slip=float(rng.uniform(0.01, 0.02)),
            drift=float(rng.uniform(0.001, 0.004)),
            load_zone=float(rng.uniform(0.3, 0.6)),
            modes=_modes(rate, rng),
            background=_background(rng),
        )
        for i in range(count)
    ]


def at_another_time(bearing: Bearing, rng: np.random.Generator) -> Bearing:
    """The same bearing recorded again: a little another speed, load and level."""
    return replace(
        bearing,
        shaft=bearing.shaft * float(rng.uniform(0.99, 1.01)),
        level=bearing.level * float(10.0 ** rng.uniform(-0.1, 0.1)),
        load_zone=bearing.load_zone * float(rng.uniform(0.9, 1.1)),
    )


def _spread(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """One number in each of ``count`` equal parts of 0 to 1, in random order."""
    return rng.permutation((np.arange(count) + rng.uniform(size=count)) / count)


def _geometry(rng: np.random.Generator) -> Geometry:
    return Geometry(
        ratio=Geometry.ratio * float(rng.uniform(0.995, 1.005)),
        contact_angle=float(rng.uniform(0.0, 10.0)),
    )


def _modes(rate: int, rng: np.random.Generator) -> tuple[Mode, ...]:
    scale = rate / RATE_OF_BANDS
    return tuple(
        Mode(
            float(rng.uniform(low, high)) * scale,
            float(rng.uniform(0.015, 0.06)),
            float(10.0 ** rng.uniform(-0.6, 0.0) * rng.choice((-1.0, 1.0))),
        )
        for low, high in MODE_BANDS
    )


def _background(rng: np.random.Generator) -> Background:
    return Background(
        shaft=float(rng.uniform(0.05, 0.4)),
        gear=float(rng.uniform(0.0, 0.3)),
        electric=float(rng.uniform(0.0, 0.2)),
        rolling=float(rng.uniform(0.2, 0.6)),
        pink=float(rng.uniform(0.05, 0.4)),
        loose=float(rng.uniform(0.0, 0.25)),
        knocks=float(rng.uniform(0.0, 0.1)),
        harmonics=(1.0, *(float(10.0 ** rng.uniform(-1.2, 0.0)) for _ in range(4))),
        teeth=int(rng.integers(11, 30)),
        bars=int(rng.integers(26, 45)),
        knock_rate=float(rng.uniform(1.0, 12.0)),
    )
