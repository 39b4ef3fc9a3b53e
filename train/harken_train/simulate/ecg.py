"""One lead of an electrocardiogram as a hand-held recorder gives it, in millivolts.

What is modelled, and whose model it is:

* **Waves.** P, Q, R, S and T are bumps of Gauss's shape about a beat (McSharry et al. 2003), each
  side of its own width; the distance of T from the beat goes with the root of the beat before it
  (Bazett). They are written in time and not as a differential equation: a beat may then be early,
  late or of another shape without the others knowing of it.
* **Sinus rhythm.** Intervals breathe with the lungs (0.15 to 0.35 Hz), sway at 0.1 Hz (Mayer waves)
  and vary a little at random. Tachycardia and bradycardia are the same at another rate.
* **Atrial fibrillation.** No P waves; intervals without any order, each drawn alone, none shorter
  than the node lets through; fibrillatory waves of 4 to 9 Hz, a sawtooth whose frequency and
  strength wander (Stridh & Sornmo 2001).
* **Premature beats.** Ventricular ones are early, wide, without P, their T turned round, and the
  next beat comes when it would have come (a full pause). Atrial ones have an early P of another
  shape and a narrow beat, and the clock starts anew.
* **Recorder.** Breathing moves the baseline and the size of the beats, muscle and mains are heard,
  and the whole may be upside down. A record that is no use has so much of it, with steps of a
  sliding electrode and stretches without one, that the beats are lost.

What is not: any particular person, other leads, wide beats by a bundle's block, flutter, a
pacemaker. Simulated records are for trying things out; no figure of merit follows from them.

McSharry P E et al., IEEE Trans. Biomed. Eng. 50 (2003) 289-294. Stridh M, Sornmo L, IEEE Trans.
Biomed. Eng. 48 (2001) 105-111.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from harken.errors import SettingsError
from harken.stream import Samples
from harken_train.simulate.ecg_beats import Pace, beats_of
from harken_train.simulate.ecg_recorder import Recorder, recorded
from harken_train.simulate.ecg_waves import Waves, fibrillation, waves_at

Rhythm = Literal[
    "sinus", "fibrillation", "ventricular", "atrial", "tachycardia", "bradycardia", "unreadable"
]
RHYTHMS: tuple[Rhythm, ...] = (
    "sinus",
    "fibrillation",
    "ventricular",
    "atrial",
    "tachycardia",
    "bradycardia",
    "unreadable",
)


@dataclass(frozen=True, kw_only=True)
class Heart:
    """One person at one recorder. ``rhythm`` says in what order beats come, ``pace`` how fast.

    ``flicker`` is the strength of the fibrillatory waves in mV, 0 in other rhythms. ``gain`` turns
    the waves' millivolts into those that arrive; below 0 the recorder is held upside down.
    """

    rhythm: Rhythm
    rate: int = 300
    pace: Pace = field(default_factory=Pace)
    waves: Waves = field(default_factory=Waves)
    flicker: float = 0.0
    gain: float = 1.0
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        if self.rhythm not in RHYTHMS:
            raise SettingsError(f"rhythm: need one of {', '.join(RHYTHMS)}, got {self.rhythm!r}")
        if self.rate < 100 or self.gain == 0.0 or self.flicker < 0.0:
            raise SettingsError("need a rate of 100 Hz or more, a gain other than 0, flicker >= 0")


def simulate_ecg(heart: Heart, seconds: float, rng: np.random.Generator) -> Samples:
    """Give ``seconds`` of the lead in mV as ``(1, samples)`` float32.

    The same heart and a generator in the same state give the same samples.
    """
    count = round(seconds * heart.rate)
    if count < 1:
        raise SettingsError(f"seconds: need at least one sample, got {seconds}")
    beats = beats_of(heart.rhythm, heart.pace, seconds, rng)
    signal = waves_at(beats, heart.waves, count, heart.rate)
    if heart.flicker > 0.0:
        signal += heart.flicker * fibrillation(count, heart.rate, rng)
    samples = recorded(heart.gain * signal, heart.recorder, heart.rate, rng)
    return samples.astype(np.float32)[None, :]
