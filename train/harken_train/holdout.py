"""What splits are made from: groups dealt within their classes, recordings cut in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from harken.errors import SettingsError
from harken.suggest import suggestion
from harken_train.recordings import Recording, Span, Split, classes_of

# Validation takes whole groups only where training then keeps at least two of the class.
ENOUGH_GROUPS = 3

# Among the words of a split, those that are not of test.
VALIDATION_IN_TIME = "validation is the end of training recordings"


def check_share(name: str, share: float, *, least: float = 0.01) -> None:
    """Refuse a share of the data that is not from ``least`` to below 1."""
    if not least <= share < 1.0:
        raise SettingsError(f"{name}: need a share of at least {least:g} and below 1, got {share}")


def check_shares(*, test: float, validation: float, prefix: str = "") -> None:
    """Refuse shares that leave nothing to train on; ``prefix`` is of the settings' names."""
    check_share(f"{prefix}test", test)
    check_share(f"{prefix}validation", validation, least=0.0)
    if test + validation >= 1.0:
        raise SettingsError(
            f"{prefix}test and {prefix}validation: together need to be less than 1, "
            f"got {test} and {validation}"
        )


def cut_in_time(
    recording: int, frames: int, window: int, *, validation: float, test: float
) -> Split:
    """Cut one recording by shares of its length: training first, then validation, test last.

    A guard of one window lies between two parts. A part whose share is 0 costs no guard.
    """
    guards = (validation > 0.0) + (test > 0.0)
    usable = max(0, frames - guards * window)
    lengths = (int(usable * validation), int(usable * test))
    parts = [Span(recording, 0, usable - sum(lengths))]
    for length, share in zip(lengths, (validation, test), strict=True):
        first = min(frames, parts[-1].last + (window if share > 0.0 else 0))
        parts.append(Span(recording, first, min(frames, first + length)))
    train, held, last = ((span,) if span.last > span.first else () for span in parts)
    return Split(train=train, validation=held, test=last)


def cut_labels(
    recordings: Sequence[Recording],
    labels: Collection[str],
    window: int,
    *,
    validation: float,
    test: float,
) -> Split:
    """Cut every recording of ``labels``, classes or groups, in time.

    The split says so, and whose groups it shares.
    """
    known, groups = classes_of(recordings), {recording.group for recording in recordings}
    for label in labels:
        if label not in known and label not in groups:
            raise SettingsError(
                f"split.by_time: no class {label!r}{suggestion(label, [*known, *groups])}; "
                f"there are: {', '.join(known)}"
            )
    members = [i for i, recording in enumerate(recordings) if named(recording, labels)]
    cuts = [
        cut_in_time(i, recordings[i].frames, window, validation=validation, test=test)
        for i in members
    ]
    said = Split(
        train=(),
        validation=(),
        test=(),
        shares=tuple(f"{label} recordings cut in time" for label in sorted(labels)),
        shared_groups=tuple(sorted({recordings[i].group for i in members})),
    )
    return together(said, *cuts)


def named(recording: Recording, labels: Collection[str]) -> bool:
    """Whether the recording's class or its group is one of ``labels``."""
    return recording.label in labels or recording.group in labels


def labels_of(recordings: Sequence[Recording], members: Collection[int]) -> dict[str, set[str]]:
    """The classes of each group, a machine heard before and after its repair has two."""
    labels: dict[str, set[str]] = defaultdict(set)
    for i in members:
        labels[recordings[i].group].add(recordings[i].label)
    return dict(sorted(labels.items()))


def labels_in(labels: Mapping[str, set[str]], groups: Collection[str]) -> set[str]:
    """The classes that are in any of ``groups``."""
    return {label for group in groups for label in labels[group]}


def _count(labels: Mapping[str, set[str]], label: str) -> int:
    """How many groups have the class, alone or beside others."""
    return sum(label in several for several in labels.values())


def strata(recordings: Sequence[Recording], members: Collection[int]) -> dict[str, list[str]]:
    """Groups by the class they belong to, sorted; groups of several classes stand under ``""``."""
    labels = labels_of(recordings, members)
    found: dict[str, list[str]] = defaultdict(list)
    for group in sorted(labels):
        only = next(iter(labels[group])) if len(labels[group]) == 1 else ""
        found[only].append(group)
    return dict(sorted(found.items()))


def draw(groups: Sequence[str], share: float, keep: int, rng: np.random.Generator) -> set[str]:
    """Draw a share of the groups, at least one, so that at least ``keep`` stay behind."""
    count = min(max(1, round(len(groups) * share)), len(groups) - keep)
    order = rng.permutation(len(groups))
    return {groups[i] for i in order[: max(0, count)]}


def completed(part: set[str], labels: Mapping[str, set[str]], keep: int) -> set[str]:
    """Give the part with groups added until it has every class of ``labels``, as far as that goes.

    Added are groups of which each class has ``keep`` others outside; of those the one that has most
    of what is missing, and least beside it.
    """
    part = set(part)
    for _ in labels:
        missing = labels_in(labels, labels) - labels_in(labels, part)
        outside = {group: labels[group] for group in labels if group not in part}
        spare = [
            group
            for group, own in outside.items()
            if own & missing and all(_count(outside, label) > keep for label in own)
        ]
        if not spare:
            break
        part.add(
            max(spare, key=lambda group: 2 * len(labels[group] & missing) - len(labels[group]))
        )
    return part


def take_validation(
    recordings: Sequence[Recording],
    train: Sequence[int],
    share: float,
    window: int,
    rng: np.random.Generator,
    *,
    shared: Collection[str] = (),
) -> Split:
    """Divide the training recordings: whole groups where a class has enough, else cut in time.

    Classes with ``shared`` groups, which test holds too, are cut in time: validation is then as
    near to training as test is, and no group is missing in training that test asks for.
    """
    labels = labels_of(recordings, train)
    taken: set[str] = set()
    in_time: set[str] = set()
    for groups in strata(recordings, train).values() if share > 0.0 else ():
        several = all(_count(labels, label) >= ENOUGH_GROUPS for label in labels_in(labels, groups))
        if not several or set(groups) & set(shared):
            in_time |= set(groups)
        elif len(groups) >= ENOUGH_GROUPS:
            taken |= draw(groups, share, ENOUGH_GROUPS - 1, rng)
    if share > 0.0:
        whole = {group: labels[group] for group in labels if group not in in_time}
        taken = set(whole) - completed(set(whole) - taken, whole, 0)
        taken = completed(taken, whole, ENOUGH_GROUPS - 1)
        missing = labels_in(labels, labels) - labels_in(labels, taken | in_time)
        in_time |= {group for group in whole if labels[group] & missing} - taken
    parts = []
    for i in train:
        recording = recordings[i]
        if recording.group in in_time:
            cut = cut_in_time(i, recording.frames, window, validation=share, test=0.0)
        else:
            span = (Span(i, 0, recording.frames),)
            held = recording.group in taken
            cut = Split(train=() if held else span, validation=span if held else (), test=())
        parts.append(cut)
    words = (VALIDATION_IN_TIME,) if in_time else ()
    said = Split(
        train=(), validation=(), test=(), shares=words, validation_groups=tuple(sorted(in_time))
    )
    return together(said, *parts)


def together(*splits: Split) -> Split:
    """Join splits of different recordings; spans in the order of the recordings."""

    def spans(part: str) -> tuple[Span, ...]:
        found = [span for split in splits for span in split.parts()[part]]
        return tuple(sorted(found, key=lambda span: (span.recording, span.first)))

    return Split(
        train=spans("train"),
        validation=spans("validation"),
        test=spans("test"),
        shares=tuple(dict.fromkeys(word for split in splits for word in split.shares)),
        shared_groups=tuple(sorted({group for split in splits for group in split.shared_groups})),
        validation_groups=tuple(
            sorted({group for split in splits for group in split.validation_groups})
        ),
        leaky=any(split.leaky for split in splits),
    )
