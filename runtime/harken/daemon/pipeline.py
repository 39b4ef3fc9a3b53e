"""From what was heard to events: pure. Time is counted in samples; nothing here reads a clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy.typing as npt

from harken.alarm import Alarm, AlarmLogic
from harken.daemon.events import AlarmEvent, DecisionEvent, Lasting, RecordEvent
from harken.daemon.heard import Heard, Origin
from harken.decision import Decision


class DecisionStream(Protocol):
    """What `harken.decider.Stream` is to the pipeline."""

    def push(self, samples: npt.ArrayLike, *, first: int | None = None) -> list[Decision]: ...

    def end(self) -> list[Decision]: ...


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What went through. ``unfit`` tells of the invalid decisions since the last valid one."""

    samples: int = 0  # a channel
    decisions: int = 0
    invalid: int = 0
    alarms: int = 0
    records: int = 0  # recordings that ended, those that were too short or unfit among them
    unfit: int = 0
    unfit_samples: int = 0
    unfit_reason: str | None = None


class Pipeline:
    """Blocks in, decisions and alarms out, in the order in which they could be known.

    ``stream`` and ``alarms`` may be exchanged between two blocks: `answer_by`. ``words`` are what
    people call the classes.
    """

    def __init__(
        self,
        stream: DecisionStream,
        alarms: AlarmLogic,
        *,
        classes: Sequence[str],
        rate: int,
        words: Mapping[str, str] | None = None,
    ) -> None:
        self._stream, self._alarms = stream, alarms
        self._classes, self._rate, self._words = tuple(classes), rate, words or {}
        self._last = 0  # first sample after those that were heard
        self._origin: Origin | None = None
        self._samples = self._decisions = self._invalid = self._told = self._records = 0
        self._unfit, self._unfit_samples = 0, 0
        self._unfit_reason: str | None = None

    @property
    def tally(self) -> Tally:
        """What went through since the start."""
        return Tally(
            samples=self._samples,
            decisions=self._decisions,
            invalid=self._invalid,
            alarms=self._told,
            records=self._records,
            unfit=self._unfit,
            unfit_samples=self._unfit_samples,
            unfit_reason=self._unfit_reason,
        )

    @property
    def heard_until(self) -> datetime | None:
        """UTC time of the end of what was heard; None before the first sample."""
        origin = self._origin
        return None if origin is None else origin.time_of(self._last, self._rate)

    def push(self, heard: Heard) -> list[DecisionEvent | Lasting]:
        """Take a block, or the end of an input; give the events that it completes.

        What an end brings casts no vote for an alarm: a record's windows have done so, and the
        last one, which ends where the record does, is nearer to the one before than a hop.
        """
        origin = heard.origin
        if heard.ended:
            return [self._at_end(decision, origin) for decision in self._stream.end()]
        block = heard.block
        self._last, self._origin = block.last, origin
        decisions = self._stream.push(block.samples, first=block.first)
        self._samples += block.last - block.first
        return [event for decision in decisions for event in self._events(decision, origin)]

    def answer_by(
        self,
        stream: DecisionStream,
        alarms: AlarmLogic | None,
        classes: Sequence[str],
        words: Mapping[str, str] | None = None,
    ) -> list[AlarmEvent]:
        """Go on with another model's stream; ``alarms`` None keeps the alarms that stand.

        Else they end with the last sample that was heard: gives their ``cleared``.
        """
        self._stream, self._classes, self._words = stream, tuple(classes), words or {}
        if alarms is None:
            return []
        before, self._alarms = self._alarms, alarms
        if self._origin is None:  # nothing was heard yet
            return []
        ended = before.end(self._last)
        self._told += len(ended)
        return [self._event(alarm, self._origin) for alarm in ended]

    def _at_end(self, decision: Decision, origin: Origin) -> DecisionEvent | RecordEvent:
        if not decision.record:
            self._count(decision, 0)
            return self._told_of(decision, origin)
        self._records += 1
        return RecordEvent(
            decision=decision,
            classes=self._classes,
            words=self._words,
            seconds=decision.last / self._rate,
            time=origin.time_of(decision.last, self._rate),
        )

    def _events(self, decision: Decision, origin: Origin) -> list[DecisionEvent | Lasting]:
        alarms = self._alarms.push(decision)
        self._count(decision, len(alarms))
        told = self._told_of(decision, origin)
        return [told, *(self._event(alarm, origin) for alarm in alarms)]

    def _told_of(self, decision: Decision, origin: Origin) -> DecisionEvent:
        return DecisionEvent(
            decision=decision,
            classes=self._classes,
            seconds=decision.last / self._rate,
            time=origin.time_of(decision.last, self._rate),
        )

    def _event(self, alarm: Alarm, origin: Origin) -> AlarmEvent:
        time = origin.time_of(alarm.last, self._rate)
        return AlarmEvent(alarm=alarm, seconds=alarm.last / self._rate, time=time)

    def _count(self, decision: Decision, alarms: int) -> None:
        self._decisions += 1
        self._told += alarms
        if decision.valid or decision.reason == "gap":
            self._invalid += not decision.valid
            self._unfit, self._unfit_samples, self._unfit_reason = 0, 0, None
            return
        self._invalid += 1
        if decision.reason != self._unfit_reason:
            self._unfit, self._unfit_samples, self._unfit_reason = 0, 0, decision.reason
        self._unfit += 1
        self._unfit_samples += decision.last - decision.first
