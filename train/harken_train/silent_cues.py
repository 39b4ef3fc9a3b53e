"""What gives the class away without the fault: each cue alone, on the model's own split.

A recording's rate, length, level, offset, band limit and step between sample values come from how
it was made, not from what it tells. From each a classifier is built that looks at nothing else:
the cue's range is cut at the quantiles of each class's training windows, a bin is of the class that
is most frequent there relative to its size. If that is right clearly more often than chance, so may
be any network, for the wrong reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harken.stream import Samples
from harken_train import metrics
from harken_train.bootstrap import Draws, Measured, measured
from harken_train.figures import confusion_by_group
from harken_train.metrics import Floats, Numbers
from harken_train.ragged import Ragged, in_rectangles
from harken_train.recording_cues import RecordingCues, recording_cues, spectrogram_cues
from harken_train.recordings import Recording
from harken_train.segments import Segments

BINS = 12  # about; shared out among the classes, so that a rare one has its own
CLEARLY = 0.5  # without an interval: this share of the way from chance to always right
HARDLY = 0.1  # and with one, this share at least
APART = 0.9  # F1 from which one class is told by the cue, whatever it says of the others

MEANING = {
    "rate": "sampling rate of the original file, Hz",
    "length": "length of the original recording, s",
    "level": "RMS of what is decided, without its mean, dB",
    "offset": "mean of the original recording",
    "band_limit": "frequency above which nearly no power is left, Hz",
    "step": "smallest difference between sample values of the original recording (converter, gain)",
    "padding": "seconds at the ends of the original recording that do not move (filled up)",
}
SPECTROGRAM_MEANING = {  # why no others: see `harken_train.cue`
    "length": "columns of the original file, in seconds where their rate is known",
    "level": "mean of the window's values, in their unit",
    "band_limit": "highest band of the original file with anything in it",
    "step": "smallest difference between values of the original file (how they were rounded)",
}


@dataclass(frozen=True, kw_only=True)
class SilentCue:
    """How well one cue alone tells the class.

    ``balanced_accuracy`` is the mean recall of the classes; ``chance`` is one over their number.
    ``label`` is the class that the cue tells best, with its F1. ``tells`` says whether all of it
    is clearly over chance, or that one class stands apart.
    """

    name: str
    meaning: str
    balanced_accuracy: Measured
    chance: float
    label: str
    label_f1: float
    tells: bool


def silent_cues(
    originals: Sequence[Recording],
    recordings: Sequence[Recording],
    train: Segments,
    test: Segments,
    group_of: Numbers,
    draws: Draws,
    *,
    spectrograms: bool = False,
) -> tuple[SilentCue, ...]:
    """Judge every cue. ``originals`` are ``recordings`` as they came, before any resampling.

    ``group_of`` and ``draws`` are the test windows' groups and the draws of them. Of spectrograms
    fewer cues have a meaning.
    """
    used = sorted({int(r) for r in (*train.recording, *test.recording)})
    of_recording = {
        i: spectrogram_cues(originals[i], originals[i].read())
        if spectrograms
        else recording_cues(originals[i], originals[i].read(), recordings[i])
        for i in used
    }
    level = mean_values if spectrograms else levels
    return tuple(
        judge_cue(
            name,
            cue_of_windows(name, train, of_recording, level),
            cue_of_windows(name, test, of_recording, level),
            train,
            test,
            group_of,
            draws,
            meaning=meaning,
        )
        for name, meaning in (SPECTROGRAM_MEANING if spectrograms else MEANING).items()
    )


def levels(samples: Samples | Ragged) -> Floats:
    """RMS of each window or whole recording without its mean, in decibels; a mean over channels."""
    deviations = np.empty(len(samples))
    for numbers, alike in in_rectangles(samples, max(1, len(samples))):
        deviations[numbers] = alike.astype(np.float64).std(axis=-1).mean(axis=-1)
    return np.asarray(20.0 * np.log10(np.maximum(deviations, 1e-12)))


def mean_values(samples: Samples | Ragged) -> Floats:
    """Mean of each window's values."""
    means = np.empty(len(samples))
    for numbers, alike in in_rectangles(samples, max(1, len(samples))):
        means[numbers] = alike.mean(axis=(1, 2), dtype=np.float64)
    return means


def cue_of_windows(
    name: str,
    segments: Segments,
    of_recording: Mapping[int, RecordingCues],
    level: Callable[[Samples | Ragged], Floats] = levels,
) -> Floats:
    """One value a window: its own level, and all else of the recording that it is cut from."""
    if name == "level":
        return level(segments.held)
    return np.array([getattr(of_recording[int(r)], name) for r in segments.recording])


def judge_cue(
    name: str,
    train_values: Floats,
    test_values: Floats,
    train: Segments,
    test: Segments,
    group_of: Numbers,
    draws: Draws,
    *,
    meaning: str = "",
) -> SilentCue:
    """Learn the classes of a cue's bins from training windows, and hold it to the test windows."""
    count = len(test.classes)
    decided = _decide(train_values, train.labels, test_values, count)
    by_group = confusion_by_group(test.labels, decided, group_of, count)
    drawn = np.einsum("dg,gij->dij", draws.weights, by_group)
    total = by_group.sum(axis=0)
    value = measured(metrics.balanced_accuracy(total), metrics.balanced_accuracy(drawn))
    f1 = metrics.f1(total)
    best = int(f1.argmax())
    chance = 1.0 / max(1, len(np.unique(test.labels)))
    way = ((value.value or 0.0) - chance) / max(1.0 - chance, 1e-9)
    tells = way >= CLEARLY if value.low is None else way >= HARDLY and value.low > chance
    return SilentCue(
        name=name,
        meaning=meaning or MEANING[name],
        balanced_accuracy=value,
        chance=chance,
        label=test.classes[best],
        label_f1=float(f1[best]),
        tells=tells or bool(f1[best] >= APART),
    )


def _decide(train_values: Floats, labels: Numbers, test_values: Floats, count: int) -> Numbers:
    present = np.unique(labels)
    steps = np.linspace(0.0, 1.0, max(3, BINS // len(present)) + 2)[1:-1]
    edges = np.unique([np.quantile(train_values[labels == c], steps) for c in present])
    # A bin without a training window says nothing; it joins the one below.
    edges = edges[np.unique(np.searchsorted(edges, train_values, side="right"))[1:] - 1]
    bins = len(edges) + 1
    table = np.full((bins, count), 0.5)  # half a window of each class, so that no bin is empty
    np.add.at(table, (np.searchsorted(edges, train_values, side="right"), labels), 1.0)
    likely = table / table.sum(axis=0)
    return np.asarray(
        likely.argmax(axis=1)[np.searchsorted(edges, test_values, side="right")], np.int64
    )
