"""Hearts to simulate: each its own pace, waves, gain and recorder.

Nothing but the rhythm tells the classes apart: gain, noise and baseline of all readable records are
drawn alike, and rates overlap where the rhythm does not say them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harken_train.simulate.ecg import Heart, Rhythm
from harken_train.simulate.ecg_beats import Pace
from harken_train.simulate.ecg_recorder import Recorder
from harken_train.simulate.ecg_waves import Wave, Waves

PER_MINUTE: dict[Rhythm, tuple[float, float]] = {
    "sinus": (55.0, 95.0),
    "fibrillation": (60.0, 130.0),
    "ventricular": (55.0, 90.0),
    "atrial": (55.0, 90.0),
    "tachycardia": (108.0, 150.0),
    "bradycardia": (36.0, 47.0),
    "unreadable": (55.0, 95.0),
}
GAIN = (0.4, 1.4)  # mV of the R wave
UPSIDE_DOWN = 0.15  # share of the records, as about in hand-held ones


def draw_hearts(
    rhythms: Sequence[Rhythm],
    count: int,
    rng: np.random.Generator,
    *,
    rate: int = 300,
    noise: float = 1.0,
) -> list[Heart]:
    """Draw ``count`` hearts whose rhythms go through ``rhythms`` in turn.

    ``noise`` multiplies what the recorder adds to readable records.
    """
    return [_heart(rhythms[i % len(rhythms)], rng, rate, noise) for i in range(count)]


def _heart(rhythm: Rhythm, rng: np.random.Generator, rate: int, noise: float) -> Heart:
    low, high = PER_MINUTE[rhythm]
    breaths = float(rng.uniform(0.15, 0.35))
    gain = float(rng.uniform(*GAIN)) * (-1.0 if rng.uniform() < UPSIDE_DOWN else 1.0)
    fibrillates = rhythm == "fibrillation"
    return Heart(
        rhythm=rhythm,
        rate=rate,
        pace=Pace(
            interval=60.0 / float(rng.uniform(low, high)),
            breathing=float(rng.uniform(0.005, 0.05)),
            breaths=breaths,
            sway=float(rng.uniform(0.0, 0.02)),
            jitter=float(rng.uniform(0.003, 0.012)),
            disorder=float(rng.uniform(0.18, 0.3)),
            early=float(rng.uniform(0.52, 0.7)),
        ),
        waves=_waves(rng),
        flicker=float(rng.uniform(0.03, 0.09)) if fibrillates else 0.0,
        gain=0.5 * gain if rhythm == "unreadable" else gain,
        recorder=_unreadable(rng) if rhythm == "unreadable" else _recorder(rng, breaths, noise),
    )


def _waves(rng: np.random.Generator) -> Waves:
    """Each wave a little higher or lower, wider or narrower, nearer or further."""

    def varied(wave: Wave, height: float) -> Wave:
        wide = float(rng.uniform(0.85, 1.2))
        tall = wave.height * float(np.exp(height * rng.standard_normal()))
        return Wave(
            wave.at * float(rng.uniform(0.92, 1.08)), tall, wave.rise * wide, wave.fall * wide
        )

    plain = Waves()
    return Waves(
        p=varied(plain.p, 0.25),
        qrs=tuple(varied(wave, 0.0 if wave.at == 0.0 else 0.4) for wave in plain.qrs),
        t=varied(plain.t, 0.35),
        wide=tuple(varied(wave, 0.2) for wave in plain.wide),
    )


def _recorder(rng: np.random.Generator, breaths: float, noise: float) -> Recorder:
    return Recorder(
        baseline=noise * float(rng.uniform(0.02, 0.15)),
        muscle=noise * float(np.exp(rng.uniform(np.log(0.005), np.log(0.04)))),
        mains=noise * float(rng.uniform(0.0, 0.01)),
        mains_hertz=float(rng.choice((50.0, 60.0))),
        breaths=breaths,
        bursts=float(rng.uniform(0.0, 0.8)),
    )


def _unreadable(rng: np.random.Generator) -> Recorder:
    """Muscle as strong as the beats, or an electrode that slides and comes off."""
    trembles = rng.uniform() < 0.5
    return Recorder(
        baseline=float(rng.uniform(0.1, 0.6)),
        muscle=float(rng.uniform(0.4, 0.8) if trembles else rng.uniform(0.15, 0.35)),
        mains=float(rng.uniform(0.0, 0.05)),
        mains_hertz=float(rng.choice((50.0, 60.0))),
        breaths=float(rng.uniform(0.15, 0.35)),
        slides=float(rng.uniform(0.1, 0.4) if trembles else rng.uniform(0.8, 2.5)),
        steps=float(rng.uniform(0.5, 1.5)),
        off=float(rng.uniform(0.0, 0.2) if trembles else rng.uniform(0.2, 0.6)),
        bursts=float(rng.uniform(0.5, 2.0)),
    )
