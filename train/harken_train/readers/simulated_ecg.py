"""Simulated ECG records: what demos and tests need no download for, made when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np

from harken.errors import SettingsError
from harken.stream import Samples
from harken_train.readers import readers
from harken_train.recordings import Recording
from harken_train.simulate.ecg import Heart, Rhythm, simulate_ecg
from harken_train.simulate.ecg_population import draw_hearts

# The classes of the CinC 2017 challenge, and what is simulated of each.
RHYTHMS_OF: Mapping[str, tuple[Rhythm, ...]] = MappingProxyType(
    {
        "A": ("fibrillation",),
        "N": ("sinus",),
        "O": ("ventricular", "atrial", "tachycardia", "bradycardia"),
        "~": ("unreadable",),
    }
)


@readers.register("simulated_ecg")
@dataclass(frozen=True, kw_only=True)
class SimulatedEcg:
    """``records`` people a class, each recorded once, in mV at ``rate``; the group is the person.

    A record lasts from ``seconds[0]`` to ``seconds[1]``; lengths are the same in every class, so
    that they tell nothing. ``noise`` multiplies what the recorder adds to records that can be read.
    The same settings give the same samples; another ``seed`` gives other people.
    """

    records: int = 60
    seconds: tuple[float, float] = (9.0, 40.0)
    seed: int = 0
    rate: int = 300
    noise: float = 1.0

    def __post_init__(self) -> None:
        if self.records < 1 or self.seed < 0 or self.rate < 100 or self.noise < 0.0:
            raise SettingsError("need records >= 1, seed >= 0, rate >= 100 and noise >= 0")
        if not 0.0 < self.seconds[0] <= self.seconds[1]:
            raise SettingsError(
                f"seconds: need [shortest, longest] above 0, got {list(self.seconds)}"
            )

    def recordings(self) -> list[Recording]:
        """Give the records, class by class; none is simulated yet."""
        return [
            self._recording(label, number, heart)
            for label in RHYTHMS_OF
            for number, heart in enumerate(self.hearts(label))
        ]

    def hearts(self, label: str) -> list[Heart]:
        """The people of one class."""
        rng = np.random.default_rng([self.seed, list(RHYTHMS_OF).index(label)])
        return draw_hearts(RHYTHMS_OF[label], self.records, rng, rate=self.rate, noise=self.noise)

    def _recording(self, label: str, number: int, heart: Heart) -> Recording:
        shortest, longest = self.seconds
        step = (longest - shortest) / max(1, self.records - 1)
        seconds = shortest + step * number
        keys = (self.seed, list(RHYTHMS_OF).index(label), number)
        return Recording(
            name=f"{heart.rhythm}_{number:03d}",
            label=label,
            group=f"{heart.rhythm}_{number:03d}",
            rate=self.rate,
            frames=round(seconds * self.rate),
            read=partial(_simulate, heart, seconds, keys),
            attributes={"rhythm": heart.rhythm, "per_minute": round(60.0 / heart.pace.interval, 1)},
            origin=f"simulated, seed {self.seed}",
            unit="mV",
        )


def _simulate(heart: Heart, seconds: float, keys: tuple[int, ...]) -> Samples:
    return simulate_ecg(heart, seconds, np.random.default_rng([*keys, 1]))
