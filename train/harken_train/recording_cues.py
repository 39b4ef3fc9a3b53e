"""Numbers of a recording that come from how it was made, not from what it tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.signal

from harken.stream import Samples
from harken_train.recordings import Recording

EDGE = 1e-5  # share of the power above the band limit
RAISED = 0.01  # of a spectrogram's range above its lowest value: a band with something in it
_SILENCE = 1e-12  # the power of silence, so that its decibels are a number


@dataclass(frozen=True, kw_only=True)
class RecordingCues:
    """Cues of one whole recording: all of the file as it came, but for the band limit.

    ``rate`` in hertz, ``length`` in seconds, ``level`` (RMS without the mean) in decibels;
    ``offset`` is the mean, ``step`` the smallest difference between two samples, ``padding`` what
    `filled_up` finds, in seconds. ``band_limit`` is in hertz, of the samples at the recipe's rate:
    what is above is gone for a network anyway.
    """

    rate: float
    length: float
    level: float
    offset: float
    band_limit: float
    step: float
    padding: float


def recording_cues(original: Recording, raw: Samples, recording: Recording) -> RecordingCues:
    """Measure one recording: ``raw`` are the samples of ``original``, ``recording`` is resampled.

    Resampling fills in values between those of the converter, and would hide its step.
    """
    offset = raw.mean(axis=1, dtype=np.float64)
    power = float(np.mean((raw - offset[:, None]) ** 2))
    return RecordingCues(
        rate=float(original.rate),
        length=original.seconds(),
        level=10.0 * float(np.log10(max(power, _SILENCE))),
        offset=float(offset.mean()),
        band_limit=band_limit(recording.read(), recording.rate),
        step=sample_step(raw),
        padding=filled_up(raw) / original.rate,
    )


def spectrogram_cues(original: Recording, raw: Samples) -> RecordingCues:
    """Measure one spectrogram, (bands, columns): what of the cues has a meaning for it.

    ``level`` is the mean of its values in their own unit, as is ``offset``; ``band_limit`` is the
    number of the highest band with something in it: whose mean is above the lowest value.
    """
    level = float(raw.mean(dtype=np.float64))
    low, high = float(raw.min()), float(raw.max())
    raised = raw.mean(axis=1, dtype=np.float64) > low + RAISED * (high - low)
    return RecordingCues(
        rate=float(original.rate),
        length=original.seconds(),
        level=level,
        offset=level,
        band_limit=float(np.flatnonzero(raised)[-1]) if raised.any() else 0.0,
        step=sample_step(raw),
        padding=0.0,
    )


def band_limit(samples: Samples, rate: int) -> float:
    """Frequency above which less than `EDGE` of the power lies (0 for silence), in hertz."""
    frequencies, power = scipy.signal.welch(
        samples.astype(np.float64), rate, nperseg=min(1024, samples.shape[1]), axis=1
    )
    above = np.cumsum(power.sum(axis=0)[::-1])[::-1]
    return float(frequencies[np.flatnonzero(above >= EDGE * above[0])[-1]]) if above[0] else 0.0


def filled_up(samples: Samples) -> int:
    """How many samples at both ends are no other than their neighbours: of zeros put there, say."""
    frames = int(samples.shape[1])
    moves = np.flatnonzero((np.diff(samples, axis=1) != 0.0).any(axis=0))
    return int(moves[0]) + frames - 2 - int(moves[-1]) if len(moves) else frames


def sample_step(samples: Samples) -> float:
    """Smallest difference between two values that occur; 0 if all are equal."""
    steps = np.diff(np.unique(samples[:, :100_000]))
    return float(steps.min()) if len(steps) else 0.0
