"""The mean of many windows' scores: what is said of a recording too long to be decided whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harken.decision import Decision, Windows


class MeanScores:
    """What the windows of one recording say together. Holds sums, however many they are."""

    def __init__(self) -> None:
        self._valid = 0
        self._invalid: Counter[str] = Counter()
        self._sums: list[float] = []
        self._notes: set[str] = set()

    @property
    def heard(self) -> int:
        """Number of windows so far, the invalid ones among them."""
        return self._valid + self._invalid.total()

    @property
    def scores(self) -> tuple[float, ...]:
        """Means over the valid windows, in the order of the classes; empty without one."""
        return tuple(total / self._valid for total in self._sums)

    def add(self, decision: Decision) -> None:
        """Count the next window; one that is not valid has no say in the mean."""
        if not decision.valid:
            self._invalid[decision.reason or "invalid"] += 1
            return
        self._valid += 1
        self._notes.update(decision.quality)
        sums = self._sums or [0.0] * len(decision.scores)
        self._sums = [total + score for total, score in zip(sums, decision.scores, strict=True)]

    def decision(
        self, first: int, last: int, classes: Sequence[str], *, unsure_below: float, stream: int
    ) -> Decision:
        """Say it of the recording that began at ``first`` and ended before ``last``.

        It is valid if half of its windows are, as a recording that is decided at once is valid if
        half of it is no flat line; else it has the reason that most of them have.
        """
        windows = Windows(valid=self._valid, invalid=dict(sorted(self._invalid.items())))
        notes = tuple(sorted(self._notes))
        if 2 * self._valid < self.heard:
            return Decision(
                first=first,
                last=last,
                valid=False,
                reason=self._invalid.most_common(1)[0][0],
                quality=notes,
                stream=stream,
                record=True,
                windows=windows,
            )
        scores = self.scores
        best = scores.index(max(scores))
        return Decision(
            first=first,
            last=last,
            valid=True,
            label=classes[best],
            score=scores[best],
            scores=scores,
            quality=notes,
            stream=stream,
            record=True,
            windows=windows,
            unsure=scores[best] < unsure_below,
        )
