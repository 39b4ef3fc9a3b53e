"""The mean of many windows' scores: what is said of a recording too long to be decided whole.

A stream, which cannot hold such a recording, and a file's summary take it from here alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harken.decision import Decision


class MeanScores:
    """What the windows of one recording say together. Holds sums, however many they are."""

    def __init__(self) -> None:
        self.windows = 0  # the invalid ones among them
        self._valid = 0
        self._sums: list[float] = []
        self._reasons: Counter[str] = Counter()
        self._notes: set[str] = set()

    def add(self, decision: Decision) -> None:
        """Count the next window; one that is not valid has no say in the mean."""
        self.windows += 1
        if not decision.valid:
            self._reasons[decision.reason or "invalid"] += 1
            return
        self._valid += 1
        self._notes.update(decision.quality)
        sums = self._sums or [0.0] * len(decision.scores)
        self._sums = [total + score for total, score in zip(sums, decision.scores, strict=True)]

    @property
    def scores(self) -> tuple[float, ...]:
        """Means over the valid windows, in the order of the classes; empty without one."""
        return tuple(total / self._valid for total in self._sums)

    def decision(
        self, first: int, last: int, classes: Sequence[str], *, unsure_below: float, stream: int
    ) -> Decision:
        """Say it of a recording; without a valid window, the reason that most of them have."""
        scores = self.scores
        best = scores.index(max(scores)) if scores else None
        return Decision(
            first=first,
            last=last,
            valid=best is not None,
            label=None if best is None else classes[best],
            score=None if best is None else scores[best],
            scores=scores,
            reason=self._reason() if best is None else None,
            quality=tuple(sorted(self._notes)),
            stream=stream,
            record=True,
            windows=self.windows,
            unsure=best is not None and scores[best] < unsure_below,
        )

    def _reason(self) -> str:
        return self._reasons.most_common(1)[0][0] if self._reasons else "no_answer"
