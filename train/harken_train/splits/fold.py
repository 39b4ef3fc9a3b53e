"""One fold of several: every group is in test once, over all folds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from harken.errors import DataError, SettingsError
from harken_train.holdout import check_share, named, take_validation, together
from harken_train.recordings import Recording, Span, Split
from harken_train.splits import Splitter, splits

GROUP = "group"


@splits.register("fold")
@dataclass(frozen=True, kw_only=True)
class Fold:
    """Fold ``fold`` (from 0) of ``folds``: its groups are for test, ``validation`` of the others.

    Groups are dealt class by class, by the recipe's seed, equally for every ``fold``. ``by`` names
    an attribute whose values, each of whole groups, are dealt in place of groups. Recordings of
    classes or groups in ``by_time`` are cut into ``folds`` stretches each, one for test, the next
    for validation. With ``within``, another split, what that one has for test is left out of all
    folds: settings can then be chosen by the folds, and held to the other split's test part
    afterwards.
    """

    folds: int = 5
    fold: int = 0
    validation: float = 0.2
    by: str = GROUP
    by_time: tuple[str, ...] = ()
    within: Annotated[Splitter, splits] | None = None

    def __post_init__(self) -> None:
        if self.folds < 2 or not 0 <= self.fold < self.folds:
            raise SettingsError(
                f"folds and fold: need at least 2 folds and 0 <= fold < folds, got fold "
                f"{self.fold} of {self.folds}"
            )
        check_share("validation", self.validation)

    def split(
        self, recordings: Sequence[Recording], window: int, rng: np.random.Generator
    ) -> Split:
        """Deal the groups; `DataError` when a class has fewer groups than there are folds."""
        kept = self._kept(recordings, window, rng)
        stretches = [
            replace(recordings[span.recording], frames=span.last - span.first) for span in kept
        ]
        timed = [i for i, one in enumerate(stretches) if named(one, self.by_time)]
        dealt = [i for i in range(len(stretches)) if i not in set(timed)]
        fold_of = self._deal(stretches, dealt, rng)
        test = tuple(Span(i, 0, stretches[i].frames) for i in dealt if fold_of[i] == self.fold)
        train = [i for i in dealt if fold_of[i] != self.fold]
        rest = take_validation(stretches, train, self.validation, window, rng)
        said = self._timed(stretches, timed, window)
        return _moved(
            together(said, rest, Split(train=(), validation=(), test=test)),
            kept,
        )

    def _kept(
        self, recordings: Sequence[Recording], window: int, rng: np.random.Generator
    ) -> list[Span]:
        """The stretches that the folds are made of: all, or what ``within`` has not for test."""
        if self.within is None:
            return [Span(i, 0, recording.frames) for i, recording in enumerate(recordings)]
        outer = self.within.split(recordings, window, rng)
        if outer.leaky:
            raise SettingsError("within: a leaky split holds nothing apart, so folds in it do not")
        spans = [*outer.train, *outer.validation]
        return sorted(spans, key=lambda span: (span.recording, span.first))

    def _deal(
        self, stretches: Sequence[Recording], members: Sequence[int], rng: np.random.Generator
    ) -> dict[int, int]:
        """The fold in which each member is for test: one after another within each class.

        Units (groups, or values of ``by``) that hold the same classes are dealt together; where
        one deal ended the next goes on, so that the folds are of one size.
        """
        labels: dict[str, set[str]] = defaultdict(set)
        for i in members:
            labels[self._unit(stretches[i])].add(stretches[i].label)
        self._refuse_torn_groups([stretches[i] for i in members])
        self._refuse_few(labels)
        alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for unit in sorted(labels):
            alike[tuple(sorted(labels[unit]))].append(unit)
        fold_of: dict[str, int] = {}
        for _, units in sorted(alike.items()):
            for place in rng.permutation(len(units)):
                fold_of[units[place]] = len(fold_of) % self.folds
        return {i: fold_of[self._unit(stretches[i])] for i in members}

    def _unit(self, recording: Recording) -> str:
        """The name of what stays together: the group, or the value of ``by``."""
        if self.by == GROUP:
            return recording.group
        if self.by not in recording.attributes:
            raise DataError(
                f"{recording.name}: has no attribute {self.by!r}, by which the folds are dealt; "
                f"there are: {', '.join(sorted(recording.attributes)) or 'none'}"
            )
        return str(recording.attributes[self.by])

    def _refuse_torn_groups(self, recordings: Sequence[Recording]) -> None:
        """A group that has several values of ``by`` would be in training and in test."""
        values: dict[str, set[str]] = defaultdict(set)
        for recording in recordings:
            values[recording.group].add(self._unit(recording))
        for group, several in sorted(values.items()):
            if len(several) > 1:
                raise SettingsError(
                    f"split.by: group {group!r} is there with {self.by} "
                    f"{' and '.join(sorted(several)[:2])}, so that one fold would train on what it "
                    "tests; name an attribute whose values hold whole groups, or deal groups, as "
                    'is done without it; to hold one value out there is split.kind = "attribute" '
                    "with shares"
                )

    def _refuse_few(self, labels: dict[str, set[str]]) -> None:
        """Every class needs something for test in every fold."""
        what = "groups" if self.by == GROUP else f"values of {self.by}"
        for label in sorted({label for several in labels.values() for label in several}):
            units = sum(label in several for several in labels.values())
            if units < self.folds:
                raise DataError(
                    f"split: class {label!r} has {units} {what} for {self.folds} folds; set fewer "
                    f"folds, record more, or set split.by_time = [{label!r}] to cut its "
                    "recordings in time"
                )

    def _timed(self, stretches: Sequence[Recording], timed: Collection[int], window: int) -> Split:
        """Cut each into as many pieces as there are folds, a window between two."""
        parts: dict[str, list[Span]] = {"train": [], "validation": [], "test": []}
        for i in timed:
            ends = [stretches[i].frames * piece // self.folds for piece in range(self.folds + 1)]
            for piece in range(self.folds):
                guard = window if piece < self.folds - 1 else 0
                span = Span(i, ends[piece], ends[piece + 1] - guard)
                if span.last > span.first:
                    parts[self._part(piece)].append(span)
        words = tuple(f"{label} recordings cut in time" for label in sorted(self.by_time))
        return Split(
            train=tuple(parts["train"]),
            validation=tuple(parts["validation"]),
            test=tuple(parts["test"]),
            shares=words if timed else (),
            shared_groups=tuple(sorted({stretches[i].group for i in timed})),
        )

    def _part(self, piece: int) -> str:
        """What a piece of a recording that is cut in time is for; two folds: no validation."""
        if piece == self.fold:
            return "test"
        next_one = piece == (self.fold + 1) % self.folds
        return "validation" if next_one and self.folds > 2 else "train"


def _moved(split: Split, kept: Sequence[Span]) -> Split:
    """Give a split of stretches as one of the recordings that they are cut from."""

    def there(spans: Sequence[Span]) -> tuple[Span, ...]:
        return tuple(
            Span(
                kept[span.recording].recording,
                kept[span.recording].first + span.first,
                kept[span.recording].first + span.last,
            )
            for span in spans
        )

    return replace(
        split,
        train=there(split.train),
        validation=there(split.validation),
        test=there(split.test),
    )
