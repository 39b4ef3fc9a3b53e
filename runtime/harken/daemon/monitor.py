"""Looks at every part now and then: health, its transitions, and the watchdog that follows them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from harken.daemon.clock import Clock
from harken.daemon.health import Facts, Health, HealthEvent
from harken.daemon.keeper import Keeper
from harken.daemon.notify import Notifier
from harken.daemon.outbox import Outbox
from harken.daemon.pipeline import Pipeline
from harken.daemon.reader import Reader
from harken.daemon.ring import Ring
from harken.daemon.watchdog import Progress, Watchdog

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What is looked at."""

    reader: Reader
    ring: Ring
    pipeline: Pipeline
    outboxes: Sequence[Outbox]
    keeper: Keeper


@dataclass(frozen=True, kw_only=True)
class Answering:
    """The model that answers now, and the signal it cuts: ``window`` and ``hop`` in samples."""

    name: str
    sha256: str
    rate: int
    window: int
    hop: int


class Monitor:
    """``no_input``: seconds of silence that are a fault."""

    def __init__(
        self,
        parts: Parts,
        model: Answering,
        *,
        clock: Clock,
        notifier: Notifier,
        no_input: float,
    ) -> None:
        self._parts, self.model, self._clock = parts, model, clock
        self._notifier, self._no_input = notifier, no_input
        self._health = Health(clock)
        self._watchdog = Watchdog(span=model.window + model.hop, patience=notifier.watchdog or 10.0)
        self._began = clock.monotonic()
        self._overloaded: float | None = None
        self._dropped_before = 0
        self.reload_refused = False

    def look(self) -> HealthEvent | None:
        """Feed the watchdog if decisions follow the signal; tell of a new condition, if any."""
        now, tally = self._clock.monotonic(), self._parts.pipeline.tally
        waiting = self._parts.ring.held
        if self._watchdog.alive(
            Progress(now=now, samples=tally.samples, decisions=tally.decisions, waiting=waiting)
        ):
            self._notifier.alive()
        if not self._health.update(self._facts(now)):
            return None
        told = self._health.condition
        level = logging.INFO if told.state == "ok" else logging.WARNING
        logger.log(level, "health state=%s reason=%s count=%d", told.state, told.reason, told.count)
        self._notifier.status(f"{told.state} {told.reason or ''}".strip())
        return self.health()

    def health(self) -> HealthEvent:
        """How the daemon is now; any thread may ask."""
        parts = self._parts
        return HealthEvent(
            time=self._clock.utc(),
            condition=self._health.condition,
            reasons=self._health.wrong,
            model=self.model.name,
            sha256=self.model.sha256,
            uptime=self._clock.monotonic() - self._began,
            rate=self.model.rate,
            tally=parts.pipeline.tally,
            dropped_hops=parts.ring.dropped_hops,
            waiting_samples=parts.ring.held,
            alarms_dropped=parts.keeper.dropped,
            outboxes=tuple(outbox.report() for outbox in parts.outboxes),
        )

    def _facts(self, now: float) -> Facts:
        parts = self._parts
        dropped = parts.ring.dropped_hops
        if dropped != self._dropped_before:
            self._dropped_before, self._overloaded = dropped, now
        return Facts(
            now=now,
            silent=parts.reader.silent,
            no_input=self._no_input,
            overloaded=self._overloaded,
            rate=self.model.rate,
            tally=parts.pipeline.tally,
            outboxes=tuple(outbox.report() for outbox in parts.outboxes),
            storage_failed=parts.keeper.failed,
            reload_refused=self.reload_refused,
            bad_input=parts.reader.bad_input,
        )
