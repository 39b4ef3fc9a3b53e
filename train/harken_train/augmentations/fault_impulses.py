"""Strikes of a bearing's fault, simulated, on top of segments that have that fault already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from harken.errors import SettingsError
from harken.stream import Samples
from harken.suggest import suggestion
from harken_train.augmentations import Change, Material, Rows, augmentations
from harken_train.chance import Chance, Range, check_range
from harken_train.draws import Draws
from harken_train.level import deviations
from harken_train.simulate.bearing import STATES, Bearing, State, fault_of
from harken_train.simulate.geometry import Geometry
from harken_train.simulate.modes import Mode, rung
from harken_train.simulate.strikes import Strikes

BEFORE = 0.05  # seconds in which earlier strikes are still heard: 3 time constants at 300 Hz, 3.3 %
SLIP = (0.01, 0.02)  # deviation of an interval, as in `simulate.population`
MEAN_SLIP = 0.01
LOAD_ZONE = (0.3, 0.6)
LOWEST_RESONANCE = 300.0  # hertz


@augmentations.register("fault_impulses")
@dataclass(frozen=True, kw_only=True)
class FaultImpulses(Chance):
    """Segments of a fault get more strikes of the same fault, which ring another structure.

    The label stays, so each class gets the strikes of its own state only: ``states`` says which
    (class = state: "ball", "inner_race" or "outer_race"); left empty, classes of these names. Sound
    segments get none. Strikes come at the rate that ``geometry`` and the shaft's speed give: the
    recording's own ``rpm`` where it says one, else one from ``shaft`` (hertz). ``severity`` is
    their power over the segment's, in dB, ``resonance`` (hertz) and ``damping`` (a fraction of
    critical) are of what they ring. The segment's level is as before: it would tell the class.
    """

    acts_on: ClassVar[Literal["samples"]] = "samples"
    rank: ClassVar[int] = 10
    spectrograms: ClassVar[bool] = False

    states: Mapping[str, State] = field(default_factory=dict)
    severity: Range = (-7.0, 3.0)
    resonance: Range = (1_000.0, 5_000.0)
    damping: Range = (0.015, 0.06)
    shaft: Range = (28.8, 29.95)
    geometry: Geometry = field(default_factory=Geometry)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("severity", self.severity, -200.0, 200.0)
        check_range("resonance", self.resonance, LOWEST_RESONANCE)
        check_range("damping", self.damping, 0.001, 0.9)
        check_range("shaft", self.shaft, 0.1)
        if "normal" in self.states.values():
            raise SettingsError("states: a normal bearing is not struck; leave that class out")

    def build(self, material: Material) -> Change:
        states = self._states_of(material)
        if self.resonance[1] >= material.rate / 2:
            raise SettingsError(
                f"resonance: need less than half the rate of {material.rate} Hz, "
                f"got {self.resonance[1]:g}"
            )

        def change(samples: Samples, rows: Rows, draws: Draws) -> Samples:
            own = deviations(samples)
            strength = 10.0 ** (draws.uniform(*self.severity) / 20.0)
            shaft = draws.uniform(*self.shaft)
            found = samples.copy()
            for row, rng in enumerate(draws.generators()):
                label = material.classes[rows.labels[row]]
                if label not in states:
                    continue
                said = material.recordings[rows.recording[row]].attributes.get("rpm")
                speed = float(said) / 60.0 if isinstance(said, (int, float)) else shaft[row]
                strikes = self._strikes(states[label], float(speed), material, rng)
                found[row] += own[row] * np.float32(strength[row]) * strikes.astype(np.float32)
            now = deviations(found)
            return found * np.where(now > 0.0, own / np.where(now > 0.0, now, 1.0), 1.0)

        return change

    def _states_of(self, material: Material) -> Mapping[str, State]:
        """Give the state of every class that is struck; `SettingsError` if there is none."""
        for label in self.states:
            if label not in material.classes:
                raise SettingsError(
                    f"states: no class {label!r}{suggestion(label, material.classes)}; "
                    f"there are: {', '.join(material.classes)}"
                )
        named: dict[str, State] = {state: state for state in STATES[1:]}
        named = {label: state for label, state in named.items() if label in material.classes}
        states = self.states or named
        if not states:
            raise SettingsError(
                f"states: no class is named {', '.join(STATES[1:])}; say which class is which, "
                f'states = {{ {material.classes[0]} = "outer_race" }}, or leave fault_impulses out'
            )
        return states

    def _strikes(
        self, state: State, shaft: float, material: Material, rng: np.random.Generator
    ) -> npt.NDArray[np.float64]:
        """(window,) of power 1: what a fault of this state sounds like at ``shaft`` hertz."""
        rate, before = material.rate, round(BEFORE * material.rate)
        bearing = Bearing(
            state=state,
            rate=rate,
            shaft=shaft,
            geometry=self.geometry,
            mean_slip=float(rng.uniform(-MEAN_SLIP, MEAN_SLIP)),
            slip=float(rng.uniform(*SLIP)),
            load_zone=float(rng.uniform(*LOAD_ZONE)),
            modes=(
                Mode(float(rng.uniform(*self.resonance)), float(rng.uniform(*self.damping)), 1.0),
            ),
        )
        count = before + material.window
        strikes = fault_of(bearing, count * shaft / rate, rng)
        at = Strikes(strikes.at * rate / shaft, strikes.strength)
        found = rung(bearing.modes, at, count, rate)[before:]
        power = float(np.mean(found * found))
        return found / np.sqrt(power) if power > 0.0 else found
