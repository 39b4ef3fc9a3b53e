"""What may befall a hand-held ECG record on its way to a model: each as a change of its samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import scipy.signal
from tests.bench.ecg_answers import Change

from harken.stream import Samples

RATE = 300
HUM = 0.2  # mV, of the 50 Hz
WANDER = 1.0  # mV, of the baseline: at 0.3 Hz as one breathes at rest, at 0.5 Hz faster


@dataclass(frozen=True)
class Row:
    """A line of the table: ``change`` is done to each record; ``rate`` is the sensor's."""

    words: str
    change: Change
    rate: int = RATE


def _wave(samples: Samples, hertz: float, height: float, number: int) -> Samples:
    phase = np.random.default_rng(number).uniform(0.0, 2.0 * np.pi)
    time = np.arange(samples.shape[-1]) / RATE
    return (samples + height * np.sin(2.0 * np.pi * hertz * time + phase)).astype(np.float32)


def _at_rate(samples: Samples, rate: int) -> Samples:
    """By scipy's own polyphase filter, whose ends stand on as a sensor's would."""
    ends = {"padtype": "edge"}
    found = scipy.signal.resample_poly(samples, rate, RATE, axis=-1, **ends)
    return np.asarray(found, np.float32)


def _first(seconds: int) -> Change:
    return lambda samples, _: samples[:, : seconds * RATE]


ROWS: Mapping[str, Row] = MappingProxyType(
    {
        "as_is": Row("as it is", lambda samples, _: samples),
        "upside_down": Row("upside down", lambda samples, _: -samples),
        "half": Row("gain 0.5", lambda samples, _: samples * np.float32(0.5)),
        "double": Row("gain 2", lambda samples, _: samples * np.float32(2.0)),
        "hum": Row(f"50 Hz hum of {HUM:g} mV", lambda samples, i: _wave(samples, 50.0, HUM, i)),
        "wander": Row(
            f"baseline wander of {WANDER:g} mV at 0.3 Hz",
            lambda samples, i: _wave(samples, 0.3, WANDER, i),
        ),
        "fast_wander": Row("the same at 0.5 Hz", lambda samples, i: _wave(samples, 0.5, WANDER, i)),
        "first_9": Row("the first 9 s alone", _first(9)),
        "first_15": Row("the first 15 s alone", _first(15)),
        "first_20": Row("the first 20 s alone", _first(20)),
        "first_30": Row("the first 30 s alone", _first(30)),
        "rate_250": Row("a sensor of 250 Hz", lambda samples, _: _at_rate(samples, 250), 250),
        "rate_360": Row("a sensor of 360 Hz", lambda samples, _: _at_rate(samples, 360), 360),
    }
)
