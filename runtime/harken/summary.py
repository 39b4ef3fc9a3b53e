"""One answer for a whole recording, from the decisions on its windows or on all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harken.decision import Decision
from harken.mean_scores import MeanScores


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the valid windows say together, and how many were not valid.

    ``answer`` is the class with the largest mean score (None: no window was valid), ``scores``
    are the means, ``share`` is the part of the valid windows whose own label is the answer.
    ``invalid`` counts windows by reason, ``quality`` the notes on valid ones. ``unsure`` is True
    when the answer's score is below the one at which to abstain.

    A recording that was decided ``whole`` has that one decision for an answer: then the windows
    have no say, ``share`` is None, and what is counted is the one decision. A longer one, of a
    model of whole recordings, has the answer of its record decision, to the bit.
    """

    answer: str | None
    score: float | None
    share: float | None
    scores: Mapping[str, float]
    whole: bool
    unsure: bool
    windows: int
    valid: int
    invalid: Mapping[str, int]
    quality: Mapping[str, int]


def summarise(
    decisions: Sequence[Decision], classes: Sequence[str], *, unsure_below: float = 0.0
) -> Summary:
    """Take the mean of the scores: a sure window weighs more than a doubtful one."""
    windows = [decision for decision in decisions if not decision.record]
    record = next((decision for decision in decisions if decision.record), None)
    whole = record is not None and record.windows is None
    heard = [decision for decision in decisions if decision.record == whole]
    valid = [decision for decision in heard if decision.valid]
    invalid = Counter(d.reason or "invalid" for d in heard if not d.valid)
    quality = Counter(note for decision in valid for note in decision.quality)
    scores = _mean(valid) if record is None else record.scores
    means = dict(zip(classes, scores, strict=bool(scores)))
    answer = max(means, key=lambda name: means[name]) if means else None
    score = None if answer is None else means[answer]
    labels = Counter(decision.label for decision in valid)
    return Summary(
        answer=answer,
        score=score,
        share=None if answer is None or whole else labels[answer] / len(valid),
        scores=means,
        whole=whole,
        unsure=score is not None and score < unsure_below,
        windows=len(windows),
        valid=len(valid),
        invalid=dict(sorted(invalid.items())),
        quality=dict(sorted(quality.items())),
    )


def _mean(valid: Sequence[Decision]) -> tuple[float, ...]:
    together = MeanScores()
    for decision in valid:
        together.add(decision)
    return together.scores
