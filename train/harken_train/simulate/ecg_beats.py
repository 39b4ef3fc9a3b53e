"""When a heart beats, and from where each beat comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harken.errors import SettingsError

From = Literal["sinus", "ventricle", "atrium", "fibrillation"]

SHORTEST = 0.28  # seconds between two beats that a node lets through
MAYER = 0.1  # hertz
PAUSE = 1.05  # intervals from an atrial premature beat to the next of the sinus
APART = 3  # most beats of the sinus between two premature ones: two at least in nine seconds


@dataclass(frozen=True)
class Beat:
    """One beat: when its R wave stands, in seconds, and how long after the one before it."""

    at: float
    after: float
    source: From = "sinus"


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast a heart beats and how evenly.

    ``interval`` is the mean in seconds. ``breathing``, ``sway`` and ``jitter`` are shares of it, by
    which sinus intervals vary with the lungs (``breaths`` hertz), slowly, and at random.
    ``disorder`` is the deviation of the logarithm of fibrillation's intervals. ``early`` is where a
    premature beat stands, as a share of an interval.
    """

    interval: float = 0.85
    breathing: float = 0.03
    breaths: float = 0.25
    sway: float = 0.01
    jitter: float = 0.01
    disorder: float = 0.22
    early: float = 0.62

    def __post_init__(self) -> None:
        if self.interval < SHORTEST or not 0.2 < self.early < 1.0:
            raise SettingsError(f"need an interval of {SHORTEST} s or more and 0.2 < early < 1")
        if min(self.breathing, self.breaths, self.sway, self.jitter, self.disorder) < 0.0:
            raise SettingsError("breathing, breaths, sway, jitter and disorder: need at least 0")


def beats_of(rhythm: str, pace: Pace, seconds: float, rng: np.random.Generator) -> list[Beat]:
    """All beats whose waves may reach into ``seconds``: from before the start to after the end."""
    if rhythm == "fibrillation":
        beats = _disordered(pace, rng)
    elif rhythm == "ventricular":
        beats = _ventricular(pace, rng)
    elif rhythm == "atrial":
        beats = _atrial(pace, rng)
    else:
        beats = _sinus(pace, rng)
    kept = []
    for beat in beats:
        if beat.at > seconds + 1.0:
            break
        kept.append(beat)
    return kept


def _start(pace: Pace, rng: np.random.Generator) -> float:
    return -pace.interval * float(rng.uniform(1.0, 2.0))


def _intervals(pace: Pace, rng: np.random.Generator) -> Iterator[tuple[float, float]]:
    """Sinus beats without end: when, and the interval that ends there."""
    at, lungs, slow = _start(pace, rng), *rng.uniform(0.0, 2.0 * np.pi, 2)
    while True:
        share = (
            pace.breathing * np.sin(2.0 * np.pi * pace.breaths * at + lungs)
            + pace.sway * np.sin(2.0 * np.pi * MAYER * at + slow)
            + pace.jitter * rng.standard_normal()
        )
        interval = max(SHORTEST, pace.interval * (1.0 + float(share)))
        at += interval
        yield at, interval


def _sinus(pace: Pace, rng: np.random.Generator) -> Iterator[Beat]:
    for at, interval in _intervals(pace, rng):
        yield Beat(at, interval)


def _disordered(pace: Pace, rng: np.random.Generator) -> Iterator[Beat]:
    """Intervals drawn each alone; their mean is kept, whatever their disorder."""
    at, mean = _start(pace, rng), np.log(pace.interval) - pace.disorder**2 / 2.0
    while True:
        interval = max(SHORTEST, float(np.exp(mean + pace.disorder * rng.standard_normal())))
        at += interval
        yield Beat(at, interval, "fibrillation")


def _ventricular(pace: Pace, rng: np.random.Generator) -> Iterator[Beat]:
    """A premature beat takes the place of the sinus's, which goes on as if nothing were."""
    wait, before = int(rng.integers(1, APART + 1)), 0.0
    for k, (at, interval) in enumerate(_intervals(pace, rng)):
        before = before if k else at - interval
        if wait:
            yield Beat(at, at - before)
            before, wait = at, wait - 1
            continue
        early = at - interval * (1.0 - pace.early * float(rng.uniform(0.95, 1.05)))
        yield Beat(early, early - before, "ventricle")
        before, wait = early, int(rng.integers(1, APART + 1))


def _atrial(pace: Pace, rng: np.random.Generator) -> Iterator[Beat]:
    """A premature beat sets the sinus's clock anew: what follows is earlier by as much."""
    wait, lost, before = int(rng.integers(1, APART + 1)), 0.0, 0.0
    for k, (at, interval) in enumerate(_intervals(pace, rng)):
        before = before if k else at - interval
        if wait:
            yield Beat(at - lost, at - lost - before)
            before, wait = at - lost, wait - 1
            continue
        early = interval * pace.early * float(rng.uniform(0.95, 1.05))
        here = before + early
        yield Beat(here, early, "atrium")
        lost += interval - early - (PAUSE - 1.0) * pace.interval
        before, wait = here, int(rng.integers(1, APART + 1))
