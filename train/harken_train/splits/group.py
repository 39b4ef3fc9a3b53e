"""Whole groups held out: the split for figures that should hold for things never seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harken.errors import DataError
from harken_train.holdout import (
    check_shares,
    completed,
    cut_labels,
    draw,
    labels_in,
    labels_of,
    named,
    strata,
    take_validation,
    together,
)
from harken_train.recordings import Recording, Span, Split
from harken_train.splits import splits


@splits.register("group")
@dataclass(frozen=True, kw_only=True)
class Group:
    """A share of each class's groups for test, drawn by the recipe's seed.

    A group of several classes, a machine heard whole and worn, goes to one side with all of them.

    ``validation`` is a share of what is left: whole groups where training keeps two of the class,
    else the end of each of its recordings (the split's ``shares`` then says so). ``by_time`` names
    classes that have a single group, or groups: their recordings are cut in time, test last.
    """

    test: float = 0.3
    validation: float = 0.2
    by_time: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_shares(test=self.test, validation=self.validation)

    def split(
        self, recordings: Sequence[Recording], window: int, rng: np.random.Generator
    ) -> Split:
        """Deal whole groups; `DataError` when a class has one group and is not in ``by_time``."""
        timed = cut_labels(
            recordings, self.by_time, window, validation=self.validation, test=self.test
        )
        members = [i for i, item in enumerate(recordings) if not named(item, self.by_time)]
        labels = labels_of(recordings, members)
        _refuse_single(labels)
        held: set[str] = set()
        for groups in strata(recordings, members).values():
            held |= draw(groups, self.test, 1, rng)
        held = set(labels) - completed(set(labels) - held, labels, 0)
        held = completed(held, labels, 1)
        test = tuple(
            Span(i, 0, recordings[i].frames) for i in members if recordings[i].group in held
        )
        train = [i for i in members if recordings[i].group not in held]
        rest = take_validation(recordings, train, self.validation, window, rng)
        return together(timed, rest, Split(train=(), validation=(), test=test))


def _refuse_single(labels: Mapping[str, set[str]]) -> None:
    """A class of one group, alone or beside others, cannot be on both sides."""
    for label in sorted(labels_in(labels, labels)):
        groups = [group for group, several in labels.items() if label in several]
        if len(groups) == 1:
            raise DataError(
                f"split: class {label!r} has one group only, {groups[0]!r}, which cannot be "
                f"on both sides; record another, or set split.by_time = [{label!r}] to cut "
                "its recordings in time"
            )
