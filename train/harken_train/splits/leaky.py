"""Random windows of the same recordings on every side: a smoke test, never a figure to claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harken.stream import window_starts
from harken_train.holdout import check_shares
from harken_train.recordings import Recording, Span, Split
from harken_train.splits import splits


@splits.register("leaky")
@dataclass(frozen=True, kw_only=True)
class Leaky:
    """Windows that do not overlap, dealt at random within each class; stamped leaky.

    It is how most published figures were made: neighbours of every test window are in training.
    """

    test: float = 0.2
    validation: float = 0.1

    def __post_init__(self) -> None:
        check_shares(test=self.test, validation=self.validation)

    def split(
        self, recordings: Sequence[Recording], window: int, rng: np.random.Generator
    ) -> Split:
        """Deal the windows of each class; every span is one window."""
        windows: dict[str, list[Span]] = defaultdict(list)
        for i, recording in enumerate(recordings):
            starts = window_starts(recording.frames, window, window)
            windows[recording.label] += [Span(i, first, first + window) for first in starts]
        test: list[Span] = []
        validation: list[Span] = []
        train: list[Span] = []
        for _, spans in sorted(windows.items()):
            order = [spans[i] for i in rng.permutation(len(spans))]
            ends = (
                round(len(spans) * self.test),
                round(len(spans) * (self.test + self.validation)),
            )
            test += order[: ends[0]]
            validation += order[ends[0] : ends[1]]
            train += order[ends[1] :]
        return Split(
            train=_in_order(train),
            validation=_in_order(validation),
            test=_in_order(test),
            shares=("windows of the same recordings",),
            shared_groups=tuple(sorted({recording.group for recording in recordings})),
            leaky=True,
        )


def _in_order(spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.recording, span.first)))
