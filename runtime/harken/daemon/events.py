"""What leaves harkend: one small value a line. docs/daemon.md says what each field means.

``seconds`` and ``time`` of a line are those of its ``last``: when it could be known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harken.alarm import Alarm
from harken.decision import Decision

SCORE_DIGITS = 6  # float32 has seven


@dataclass(frozen=True, kw_only=True)
class DecisionEvent:
    """A window's answer; ``classes`` name its scores."""

    decision: Decision
    classes: tuple[str, ...]
    seconds: float
    time: datetime

    def as_dict(self) -> dict[str, Any]:
        return {"type": "decision", **_answer(self)}


@dataclass(frozen=True, kw_only=True)
class AlarmEvent:
    """A change of state, before it is committed: it has no id yet and is emitted to nobody."""

    alarm: Alarm
    seconds: float
    time: datetime

    def body(self) -> dict[str, Any]:
        """Give what is committed."""
        alarm = self.alarm
        return {
            "time": utc_text(self.time),
            "state": alarm.state,
            "label": alarm.label,
            "first": alarm.first,
            "last": alarm.last,
            "seconds": self.seconds,
            "score": round(alarm.score, SCORE_DIGITS),
            "reason": alarm.reason,
        }


@dataclass(frozen=True, kw_only=True)
class RecordEvent:
    """The answer on a recording that has ended, before it is committed: it has no id yet.

    ``words`` are what people call the classes.
    """

    decision: Decision
    classes: tuple[str, ...]
    words: Mapping[str, str]
    seconds: float
    time: datetime

    def body(self) -> dict[str, Any]:
        """Give what is committed."""
        label = self.decision.label
        words = None if label is None else self.words.get(label, label)
        windows = self.decision.windows
        counts = None if windows is None else {"valid": windows.valid, "invalid": windows.invalid}
        return {"type": "record", **_answer(self), "words": words, "windows": counts}


Lasting = AlarmEvent | RecordEvent  # what is committed before anybody hears of it


@dataclass(frozen=True, kw_only=True)
class Committed:
    """What will be delivered; delivered twice, it carries the same ``id``.

    It is an alarm unless the body says another type: spools hold alarms that say none.
    """

    id: str
    body: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"type": "alarm", "id": self.id, **self.body}


@dataclass(frozen=True, kw_only=True)
class ReloadEvent:
    """The model was asked to be read again; ``reason`` says why it was refused."""

    time: datetime
    accepted: bool
    sha256: str  # of the model that answers from now on
    reason: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "type": "reload" if self.accepted else "reload_refused",
            "time": utc_text(self.time),
            "sha256": self.sha256,
            "reason": self.reason,
        }


@dataclass(frozen=True, kw_only=True)
class EndEvent:
    """The last line of a run that ended in order."""

    time: datetime
    samples: int
    decisions: int
    dropped_hops: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "type": "end",
            "time": utc_text(self.time),
            "samples": self.samples,
            "decisions": self.decisions,
            "dropped_hops": self.dropped_hops,
        }


def _answer(event: DecisionEvent | RecordEvent) -> dict[str, Any]:
    """Give what both of them say."""
    decision = event.decision
    scores = zip(event.classes, decision.scores, strict=False)  # an invalid one has no scores
    return {
        "time": utc_text(event.time),
        "first": decision.first,
        "last": decision.last,
        "seconds": event.seconds,
        "valid": decision.valid,
        "label": decision.label,
        "score": None if decision.score is None else round(decision.score, SCORE_DIGITS),
        "scores": {name: round(score, SCORE_DIGITS) for name, score in scores},
        "unsure": decision.unsure,
        "reason": decision.reason,
        "quality": list(decision.quality),
    }


def utc_text(time: datetime) -> str:
    """Give a UTC time as ISO 8601 with microseconds and ``Z``."""
    return time.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
