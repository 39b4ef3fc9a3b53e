"""How far each cue of recordings tells their class, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harken_train.giveaway import RANKED, Giveaway, giveaway
from harken_train.recording_cues import RecordingCues
from harken_train.recordings import Recording

# What each is, for a sentence, and what to do when it tells the class.
CUES = {
    "rate": (
        "the rate in the file",
        "record all classes with the same equipment; resampling does not remove every trace",
    ),
    "length": ("the length", "cut all classes into recordings of the same lengths"),
    "level": (
        "the level (RMS)",
        "unless loudness is the fault itself, standardise each window or vary the gain",
    ),
    "offset": ("the offset (mean)", "remove the mean, or use a front-end that does not see it"),
    "band_limit": (
        "the highest frequency with power in it",
        "low-pass all classes to the lowest of these limits",
    ),
    "step": (
        "the smallest step between samples (converter and gain)",
        "record all classes with the same gain",
    ),
    "padding": (
        "the stretch at the ends that does not move (padding)",
        (
            "cut off what was filled up; recordings of any length can be decided whole "
            "(signal.shortest and signal.longest)"
        ),
    ),
}
# Of spectrograms. Left out: the rate, which is one setting for all, and the offset, which is
# their level; gain and microphone are in that.
SPECTROGRAM_CUES = {
    "length": ("the number of columns", "cut all classes into spectrograms of the same lengths"),
    "level": (
        "the mean of all values",
        'unless loudness is the fault itself, set frontend.standardise = "image"',
    ),
    "band_limit": (
        "the highest band with anything in it",
        "low-pass all classes to the lowest of these limits before their spectrograms are made",
    ),
    "step": (
        "the smallest step between values (how they were rounded)",
        "store all classes in the same kind of file",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """One recording and its cues."""

    recording: Recording
    cues: RecordingCues


@dataclass(frozen=True, kw_only=True)
class Cue:
    """One cue over all recordings, how far it tells the class, and that in words."""

    name: str
    giveaway: Giveaway
    sentence: str


def cues_of(
    numbers: Sequence[Numbers], cues: Mapping[str, tuple[str, str]] = CUES
) -> tuple[Cue, ...]:
    """Judge every cue; none for fewer than two classes."""
    labels = [one.recording.label for one in numbers]
    groups = [one.recording.group for one in numbers]
    if len(set(labels)) < 2:
        return ()
    return tuple(
        _cue(
            name,
            cues[name],
            giveaway(
                np.array([getattr(one.cues, name) for one in numbers]),
                labels,
                groups,
                by_design=name == "rate",
            ),
        )
        for name in cues
    )


def _cue(name: str, words: tuple[str, str], found: Giveaway) -> Cue:
    what, instead = words
    ranked = f"{found.label!r} from the rest (AUC {found.auc:.2f})"
    figures = (
        f"the nearest class mean is right for {100 * found.accuracy:.0f} % of recordings with "
        f"their group left out, the most frequent class for {100 * found.majority:.0f} %"
    )
    if not found.tells:
        sentence = f"{what} alone does not tell the class, at best {ranked}: {figures}"
    elif found.auc >= RANKED:
        sentence = f"{what} alone tells {ranked}: {figures}; {instead}"
    else:
        sentence = f"{what} alone tells the class: {figures}; {instead}"
    return Cue(name=name.replace("_", " "), giveaway=found, sentence=sentence)
