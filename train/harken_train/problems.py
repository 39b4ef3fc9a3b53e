"""What can be wrong with recordings, each found by itself and said in one sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harken import quality
from harken.errors import DataError
from harken.level import remark, times_off
from harken.resample import factor
from harken.stream import Samples, window_starts
from harken_train.audit import listed
from harken_train.data import foreign, unfit
from harken_train.recipe import Signal
from harken_train.recordings import Recording, classes_of, unknown_classes
from harken_train.segments import pieces_of

FEWEST_LEVELS = 4  # recordings, for one of them to be unlike the others


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong. ``stops`` says whether a training refuses the data for it."""

    kind: str
    what: str
    stops: bool = False


def unreadable(error: Exception) -> Problem:
    """A recording that could not be read."""
    return Problem(kind="unreadable", what=str(error), stops=True)


def of_samples(recording: Recording, samples: Samples, signal: Signal) -> list[Problem]:
    """What is wrong with the samples of one recording as they were read."""
    found = [Problem(kind="odd", what=f"{recording.name}: {note}") for note in recording.notes]
    finite = np.isfinite(samples)
    if not finite.all():
        columns = finite.all(axis=0)
        bad = int(finite.size - np.count_nonzero(finite))
        found.append(
            Problem(
                kind="not a number",
                what=f"{recording.name}: {bad} {_values(signal)} are NaN or infinite, the first "
                + (
                    f"in column {int(np.argmin(columns))}; make that file anew"
                    if signal.input == "spectrogram"
                    else f"at {int(np.argmin(columns)) / recording.rate:.3f} s; "
                    "cut that stretch out"
                ),
                stops=True,
            )
        )
    found += [
        Problem(
            kind="shape" if signal.input == "spectrogram" else "channels", what=sentence, stops=True
        )
        for sentence in unfit(recording, signal)
    ]
    if signal.input == "spectrogram":
        return found
    found += [
        Problem(kind="unit", what=sentence, stops=True) for sentence in foreign(recording, signal)
    ]
    try:
        factor(recording.rate, signal.rate)
    except DataError as error:
        found.append(Problem(kind="rate", what=f"{recording.name}: {error}", stops=True))
    return found


def of_decisions(recording: Recording, samples: Samples, signal: Signal) -> list[Problem]:
    """What the device would say of a recording, at the recipe's rate and in its unit."""
    if signal.lengths is not None:
        return _of_whole(recording, samples, signal, signal.lengths)
    return _of_windows(recording, samples, signal)


def _of_whole(
    recording: Recording, samples: Samples, signal: Signal, lengths: tuple[int, int]
) -> list[Problem]:
    """Of one that is decided whole, or in windows if it is too long."""
    name, frames, (shortest, longest) = recording.name, samples.shape[1], lengths
    pieces = pieces_of(frames, window=signal.window, hop=signal.hop, lengths=lengths)
    found = []
    if not pieces:
        what = f"are less than signal.shortest, {shortest}; it is never used"
        return [Problem(kind="too short", what=f"{name}: {frames} samples {what}")]
    if frames > longest:
        how = f"it is decided by the mean of its {len(pieces)} windows"
        what = f"are more than signal.longest, {longest}; {how}"
        found.append(Problem(kind="too long", what=f"{name}: {frames} samples {what}"))
    verdicts = [
        quality.check_record(samples[:, first:last], signal.scale, None, signal.rate)
        for first, last in pieces
    ]
    if any(verdict.reason == "flat" for verdict in verdicts):
        what = "half of it or more does not move; the device will call it invalid, training learns "
        found.append(Problem(kind="silence", what=f"{name}: {what}it as {recording.label!r}"))
    if any("flat_part" in verdict.notes for verdict in verdicts):
        what = "does not move for a second or more; is it padded, or was the sensor off?"
        found.append(Problem(kind="still part", what=f"{name}: {what}"))
    if any("clipped" in (verdict.reason, *verdict.notes) for verdict in verdicts):
        what = "is cut off at an extreme; record with less gain"
        found.append(Problem(kind="clipping", what=f"{name}: {what}"))
    return found


def _of_windows(recording: Recording, samples: Samples, signal: Signal) -> list[Problem]:
    starts = window_starts(samples.shape[1], signal.window, signal.window)
    spectrogram = signal.input == "spectrogram"
    if not starts:
        length = "columns" if spectrogram else f"samples at {signal.rate} Hz"
        return [
            Problem(
                kind="too short",
                what=f"{recording.name}: {samples.shape[1]} {length} are less "
                f"than a window of {signal.window}; it is never used",
            )
        ]
    windows = (samples[:, first : first + signal.window] for first in starts)
    verdicts = [
        quality.check_spectrogram(window) if spectrogram else quality.check(window, signal.scale)
        for window in windows
    ]
    flat = sum(verdict.reason == "flat" for verdict in verdicts)
    clipped = sum("clipped" in (verdict.reason, *verdict.notes) for verdict in verdicts)
    found = []
    if flat:
        found.append(
            Problem(
                kind="silence",
                what=f"{recording.name}: {flat} of {len(verdicts)} windows do not move at all; "
                "the device will call such a window invalid, training learns it as "
                f"{recording.label!r}",
            )
        )
    if clipped:
        found.append(
            Problem(
                kind="clipping",
                what=f"{recording.name}: {clipped} of {len(verdicts)} windows are cut off at an "
                "extreme; record with less gain",
            )
        )
    return found


def of_all(
    recordings: Sequence[Recording], signal: Signal, named: Mapping[str, Sequence[str]]
) -> list[Problem]:
    """What is wrong with the recordings as a set: classes, groups, rates."""
    return [
        *(_rates(recordings, signal.rate) if signal.input == "samples" else ()),
        *_labels(recordings, named),
        *_groups(recordings),
    ]


def _rates(recordings: Sequence[Recording], rate: int) -> list[Problem]:
    names: Mapping[int, list[str]] = defaultdict(list)
    for recording in recordings:
        if recording.rate != rate:
            names[recording.rate].append(recording.name)
    return [
        Problem(
            kind="other rate",
            what=f"{_times(len(some), 'recording')} at {other} Hz will be resampled to {rate} Hz: "
            f"{listed(some)}"
            + (f"; nothing is in them above {other / 2:g} Hz" if other < rate else ""),
        )
        for other, some in sorted(names.items())
    ]


def _labels(recordings: Sequence[Recording], named: Mapping[str, Sequence[str]]) -> list[Problem]:
    classes = classes_of(recordings)
    found = []
    if len(classes) == 1:
        found.append(
            Problem(
                kind="one class",
                what=f"all recordings are of one class, {classes[0]!r}; need two labels at least",
                stops=True,
            )
        )
    alike: Mapping[str, list[str]] = defaultdict(list)
    for label in classes:
        alike["".join(filter(str.isalnum, label.casefold()))].append(label)
    found += [
        Problem(
            kind="labels alike",
            what=f"{' and '.join(map(repr, labels))} are different classes, written nearly alike",
        )
        for labels in alike.values()
        if len(labels) > 1
    ]
    found += [
        Problem(kind=sentence.partition(":")[0], what=sentence, stops=True)
        for sentence in (unknown_classes(named, classes) if classes else ())
    ]
    return found


def _groups(recordings: Sequence[Recording]) -> list[Problem]:
    found = []
    for label in classes_of(recordings):
        members = [recording for recording in recordings if recording.label == label]
        groups = {recording.group for recording in members}
        if len(groups) == 1:
            found.append(
                Problem(
                    kind="one group",
                    what=f"class {label!r} has one group only, {members[0].group!r} "
                    f"({_times(len(members), 'recording')}): whether another one sounds alike "
                    "cannot be known; record another, or cut it in time (split.by_time)",
                )
            )
    return found


def duplicates(contents: Sequence[tuple[Recording, bytes]]) -> list[Problem]:
    """Recordings with exactly the same samples, with the worst that they differ in."""
    copies: Mapping[bytes, list[Recording]] = defaultdict(list)
    for recording, content in contents:
        copies[content].append(recording)
    found = []
    for same in copies.values():
        if len(same) == 1:
            continue
        labels, groups = {one.label for one in same}, {one.group for one in same}
        names = listed([one.name for one in same])
        if len(labels) > 1:
            what = f"{names} hold the same samples under the labels {listed(sorted(labels))}"
        elif len(groups) > 1:
            what = f"{names} hold the same samples in the groups {listed(sorted(groups))}"
        else:
            what = f"{names} hold the same samples"
        found.append(Problem(kind="duplicate", what=f"{what}; keep one of them"))
    return found


def of_levels(levels: Sequence[tuple[str, float]]) -> list[Problem]:
    """Recordings far from the middle half of all, which may be in another unit; by name, level."""
    moving = [level for _, level in levels if level > 0.0]
    if len(moving) < FEWEST_LEVELS:
        return []
    low, high = np.quantile(moving, [0.25, 0.75])
    found = []
    for name, level in levels:
        times = times_off(level, (float(low), float(high)))
        if times is not None:
            found.append(Problem(kind="level", what=f"{name}: {remark(times, 'the others')}"))
    return found


def worst_first(problems: Sequence[Problem]) -> list[Problem]:
    """Those that stop a training, then the kinds that few recordings have."""
    of_kind = Counter(problem.kind for problem in problems)
    return sorted(problems, key=lambda one: (not one.stops, of_kind[one.kind], one.kind))


def _values(signal: Signal) -> str:
    return "values" if signal.input == "spectrogram" else "samples"


def _times(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
