"""Whether all is well: ok, degraded or fault, each with its reason. Pure: facts in, report out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from harken.daemon.clock import Clock
from harken.daemon.events import utc_text
from harken.daemon.outbox import OutboxReport
from harken.daemon.pipeline import Tally

State = Literal["ok", "degraded", "fault"]
_RANK: Mapping[State, int] = {"ok": 0, "degraded": 1, "fault": 2}
BLOCKED = 1.0  # seconds in one write after which a sink counts as blocked
OVERLOAD = 5.0  # seconds since the last dropped hop in which the daemon counts as overloaded
UNFIT = 5.0  # seconds of nothing but invalid windows that are worth a word
UNANSWERED = 10  # windows in a row that the model did not answer


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A state and why: ``since`` when, and the ``count``-th time since the start."""

    state: State = "ok"
    reason: str | None = None
    since: datetime
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the parts of the daemon say of themselves at the monotonic time ``now``."""

    now: float
    silent: float  # seconds that the source has been waited for
    no_input: float  # seconds of that which are a fault
    overloaded: float | None  # when a hop was last dropped
    rate: int
    tally: Tally
    outboxes: tuple[OutboxReport, ...]
    storage_failed: bool = False
    reload_refused: bool = False
    bad_input: bool = False  # the last client sent what cannot be read


def reasons(facts: Facts) -> dict[str, State]:
    """Give everything that is wrong by these facts."""
    wrong: dict[str, State] = {}
    if facts.silent > facts.no_input:
        wrong["no_input"] = "fault"
    if facts.storage_failed:
        wrong["storage"] = "fault"
    if facts.bad_input:
        wrong["format"] = "fault"
    if facts.tally.unfit_reason == "no_answer" and facts.tally.unfit >= UNANSWERED:
        wrong["inference"] = "fault"
    elif facts.tally.unfit_samples > UNFIT * facts.rate:
        wrong[f"{facts.tally.unfit_reason}_input"] = "degraded"
    if facts.overloaded is not None and facts.now - facts.overloaded < OVERLOAD:
        wrong["overload"] = "degraded"
    for outbox in facts.outboxes:
        if outbox.state != "ok":
            wrong[f"sink_{outbox.state}:{outbox.name}"] = "degraded"
        elif outbox.busy_since is not None and facts.now - outbox.busy_since > BLOCKED:
            wrong[f"sink_blocked:{outbox.name}"] = "degraded"
    if facts.reload_refused:
        wrong["reload_refused"] = "degraded"
    return wrong


class Health:
    """Follows the facts; the worst reason is the condition, the first told of equally bad ones."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._wrong: dict[str, Condition] = {}
        self._well = Condition(since=clock.utc())

    def update(self, facts: Facts) -> bool:
        """Take the facts; whether the condition is another one now."""
        before, now = self.condition, self._clock.utc()
        wrong = reasons(facts)
        kept = {reason: told for reason, told in self._wrong.items() if reason in wrong}
        for reason, state in wrong.items():
            if reason not in kept:
                self._counts[reason] = self._counts.get(reason, 0) + 1
                kept[reason] = Condition(
                    state=state, reason=reason, since=now, count=self._counts[reason]
                )
        if self._wrong and not kept:
            self._well = Condition(since=now, count=self._well.count + 1)
        self._wrong = kept
        return self.condition != before

    @property
    def condition(self) -> Condition:
        """The worst that is wrong now, or that all is well."""
        return max(self._wrong.values(), key=lambda told: _RANK[told.state], default=self._well)

    @property
    def wrong(self) -> tuple[str, ...]:
        """All reasons that hold now."""
        return tuple(self._wrong)


@dataclass(frozen=True, kw_only=True)
class HealthEvent:
    """The health object: what a transition tells the sinks and ``harken status`` asks for."""

    time: datetime
    condition: Condition
    reasons: tuple[str, ...]
    model: str
    sha256: str
    uptime: float  # seconds
    rate: int
    tally: Tally
    dropped_hops: int
    waiting_samples: int  # in the ring
    alarms_dropped: int
    outboxes: tuple[OutboxReport, ...]

    def as_dict(self) -> dict[str, Any]:
        tally, signal = self.tally, self.tally.samples / self.rate
        return {
            "type": "health",
            "time": utc_text(self.time),
            "state": self.condition.state,
            "reason": self.condition.reason,
            "since": utc_text(self.condition.since),
            "count": self.condition.count,
            "reasons": list(self.reasons),
            "model": self.model,
            "sha256": self.sha256,
            "uptime": round(self.uptime, 3),
            "samples": tally.samples,
            "signal_seconds": round(signal, 3),
            "decisions": tally.decisions,
            "decisions_per_second": round(tally.decisions / signal, 3) if signal else 0.0,
            "invalid": tally.invalid,
            "alarms": tally.alarms,
            "alarms_dropped": self.alarms_dropped,
            "records": tally.records,
            "dropped_hops": self.dropped_hops,
            "waiting_samples": self.waiting_samples,
            "sinks": [
                {
                    "name": outbox.name,
                    "state": outbox.state,
                    "queued": outbox.queued,
                    "delivered": outbox.delivered,
                    "dropped": outbox.dropped,
                }
                for outbox in self.outboxes
            ],
        }
