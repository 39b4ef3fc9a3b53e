"""Signals that are no ECG, given to an ECG model as if they were millivolts at its rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from harken import Model
from harken.errors import HarkenError
from harken_train.readers.cwru import Cwru

SAMPLES = 9000
EACH = 40  # signals of each kind that is made by a formula
COUNTED = 0.001  # mV: one step of the converter

Floats = npt.NDArray[np.float64]


def strangers(shared: Path, cwru: Path) -> Iterator[tuple[str, list[Floats]]]:
    """Kinds of signals, each with its signals of `SAMPLES` samples."""
    rng = np.random.default_rng(2017)
    time = np.arange(SAMPLES) / 300.0
    draws = range(EACH)
    yield (
        "a line without a change",
        [np.full(SAMPLES, float(level)) for level in np.linspace(-1, 1, EACH)],
    )
    yield (
        "a flat line, the converter's last step",
        [COUNTED * rng.integers(-1, 2, SAMPLES).astype(np.float64) for _ in draws],
    )
    yield "white noise", [0.1 * rng.standard_normal(SAMPLES) for _ in draws]
    yield "noise with more of the slow (1/f)", [_pink(rng) for _ in draws]
    yield (
        "50 Hz hum alone",
        [0.2 * np.sin(2 * np.pi * (50.0 * time + rng.uniform())) for _ in draws],
    )
    yield (
        "tones of 0.3 to 20 Hz",
        [np.sin(2 * np.pi * hertz * time) for hertz in np.geomspace(0.3, 20.0, EACH)],
    )
    yield "speech (made by a formula, 16 kHz)", [_speech(rng) for _ in draws]
    clips = sorted(shared.glob("machine_sound/**/*.flac"))
    yield "a fan (machine_sound, 16 kHz)", [_start_of(path) for path in clips]
    clips = sorted(shared.glob("esc50_machines/**/*.flac"))
    yield "machines (ESC-50, 22 kHz)", [_start_of(path) for path in clips]
    if cwru.is_dir():
        recordings = Cwru(path=cwru).recordings()
        yield (
            "bearings (CWRU, 12 and 48 kHz)",
            [one.read()[0, :SAMPLES].astype(np.float64) for one in recordings],
        )


def shares(file: Path, signals: Sequence[Floats]) -> Mapping[str, float]:
    """How often which class is the answer; ``invalid`` where the runtime gives none."""
    model, said = Model(file), Counter[str]()
    for signal in signals:
        try:
            last = model.classify(signal.astype(np.float32))[-1]
        except HarkenError as error:
            raise SystemExit(f"{file}: {error}") from None
        said[last.label if last.valid and last.label else "invalid"] += 1
    return {answer: count / len(signals) for answer, count in said.items()}


def _pink(rng: np.random.Generator) -> Floats:
    spectrum = np.fft.rfft(rng.standard_normal(SAMPLES))
    return np.asarray(np.fft.irfft(spectrum / np.sqrt(1.0 + np.arange(len(spectrum))), SAMPLES))


def _speech(rng: np.random.Generator) -> Floats:
    """A voice of 90 to 220 Hz that speaks three to five syllables a second."""
    time = np.arange(SAMPLES) / 16_000.0
    pitch = rng.uniform(90.0, 220.0) * (1.0 + 0.1 * np.sin(2 * np.pi * 3.0 * time))
    phase = 2.0 * np.pi * np.cumsum(pitch) / 16_000.0
    syllables = np.sin(2 * np.pi * (rng.uniform(3.0, 5.0) * time + rng.uniform()))
    voice = sum(np.sin(k * phase) / k for k in range(1, 12))
    breath = 0.01 * rng.standard_normal(SAMPLES)
    return np.asarray(np.maximum(syllables, 0.0) ** 2 * voice + breath)


def _start_of(path: Path) -> Floats:
    samples, _ = soundfile.read(path, frames=SAMPLES, dtype="float64")
    return np.asarray(samples)
