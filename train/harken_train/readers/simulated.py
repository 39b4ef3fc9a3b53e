"""Simulated bearings: the demo's and the tests' recordings, made when they are read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from harken.errors import SettingsError
from harken.stream import Samples
from harken_train.readers import readers
from harken_train.recordings import Recording
from harken_train.simulate.bearing import STATES, Bearing, State, simulate_bearing
from harken_train.simulate.population import at_another_time, draw_bearings


@readers.register("simulated")
@dataclass(frozen=True, kw_only=True)
class Simulated:
    """``bearings`` machines a state, each recorded ``recordings_each`` times for ``seconds``.

    The group is the bearing. ``severity`` is the range of the faults' power over the background's,
    in dB: lower is harder. The same settings give the same samples; another ``seed`` gives other
    machines.
    """

    bearings: int = 24
    recordings_each: int = 1
    seconds: float = 2.5
    seed: int = 0
    rate: int = 12_000
    severity: tuple[float, float] = (-1.0, 8.0)
    states: tuple[State, ...] = STATES

    def __post_init__(self) -> None:
        if min(self.bearings, self.recordings_each, self.rate) < 1 or self.seconds <= 0.0:
            raise SettingsError("bearings, recordings_each, rate and seconds: need more than 0")
        if self.seed < 0 or self.severity[0] > self.severity[1]:
            raise SettingsError("need seed >= 0 and severity = [lowest, highest]")
        if not self.states or len(set(self.states)) != len(self.states):
            raise SettingsError("states: need at least one, each once")

    def recordings(self) -> list[Recording]:
        """Give the recordings, state by state, bearing by bearing; none is simulated yet."""
        return [
            self._recording(state, number, bearing, again)
            for state in self.states
            for number, bearing in enumerate(self.machines(state))
            for again in range(self.recordings_each)
        ]

    def machines(self, state: State) -> list[Bearing]:
        """The bearings of one state."""
        rng = np.random.default_rng([self.seed, STATES.index(state)])
        return draw_bearings(state, self.bearings, rng, rate=self.rate, severity=self.severity)

    def _recording(self, state: State, number: int, bearing: Bearing, again: int) -> Recording:
        keys = (self.seed, STATES.index(state), number, again)
        at_this_time = at_another_time(bearing, np.random.default_rng([*keys, 0]))
        return Recording(
            name=f"{state}_{number:02d}_{again}",
            label=state,
            group=f"{state}_{number:02d}",
            rate=self.rate,
            frames=round(self.seconds * self.rate),
            read=partial(_simulate, at_this_time, self.seconds, keys),
            attributes={"rpm": round(at_this_time.shaft * 60.0, 1), "recording": again},
            origin=f"simulated, seed {self.seed}",
        )


def _simulate(bearing: Bearing, seconds: float, keys: tuple[int, ...]) -> Samples:
    return simulate_bearing(bearing, seconds, np.random.default_rng([*keys, 1]))
