"""One answer for a whole recording, from the decisions on its windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harken.decision import Decision


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the valid windows say together, and how many were not valid.

    ``answer`` is the class with the largest mean score (None: no window was valid), ``scores``
    are the means, ``share`` is the part of the valid windows whose own label is the answer.
    ``invalid`` counts windows by reason, ``quality`` the notes on valid ones.
    """

    answer: str | None
    score: float | None
    share: float | None
    scores: Mapping[str, float]
    windows: int
    valid: int
    invalid: Mapping[str, int]
    quality: Mapping[str, int]


def summarise(decisions: Sequence[Decision], classes: Sequence[str]) -> Summary:
    """Take the mean of the scores: a sure window weighs more than a doubtful one."""
    valid = [decision for decision in decisions if decision.valid]
    invalid = Counter(d.reason or "invalid" for d in decisions if not d.valid)
    quality = Counter(note for decision in valid for note in decision.quality)
    columns = zip(*(decision.scores for decision in valid), strict=True)
    means = {
        name: sum(column) / len(valid) for name, column in zip(classes, columns, strict=bool(valid))
    }
    answer = max(means, key=lambda name: means[name]) if means else None
    labels = Counter(decision.label for decision in valid)
    return Summary(
        answer=answer,
        score=None if answer is None else means[answer],
        share=None if answer is None else labels[answer] / len(valid),
        scores=means,
        windows=len(decisions),
        valid=len(valid),
        invalid=dict(sorted(invalid.items())),
        quality=dict(sorted(quality.items())),
    )
