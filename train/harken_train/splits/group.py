"""Whole groups held out: the split for figures that should hold for things never seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harken.errors import DataError
from harken_train.holdout import (
    check_shares,
    cut_labels,
    draw,
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
        held: set[str] = set()
        for label, groups in strata(recordings, members).items():
            if label and len(groups) == 1:
                raise DataError(
                    f"split: class {label!r} has one group only, {groups[0]!r}, which cannot be "
                    f"on both sides; record another, or set split.by_time = [{label!r}] to cut "
                    "its recordings in time"
                )
            held |= draw(groups, self.test, 1, rng)
        test = tuple(
            Span(i, 0, recordings[i].frames) for i in members if recordings[i].group in held
        )
        train = [i for i in members if recordings[i].group not in held]
        rest = take_validation(recordings, train, self.validation, window, rng)
        return together(timed, rest, Split(train=(), validation=(), test=test))
