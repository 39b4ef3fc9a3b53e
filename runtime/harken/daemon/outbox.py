"""One sink's queue and thread: a sink that is slow, blocked or away concerns nobody else."""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from harken.daemon.events import Committed, DecisionEvent
from harken.daemon.storage import Storage
from harken.sinks import Event, Sink, SinkGoneError

logger = logging.getLogger(__name__)
REFILL = 100  # alarms fetched from the storage at once
SPARE = 100  # places above the limit for what is rarer than decisions


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """How long to wait before the next attempt: doubled each time, with jitter of a quarter."""

    first: float = 0.5  # seconds
    longest: float = 60.0

    def seconds(self, failures: int, jitter: float) -> float:
        """Give the pause after so many failures in a row; ``jitter`` is from 0 to 1."""
        return min(self.longest, self.first * 2.0 ** min(failures - 1, 30)) * (1.0 - 0.25 * jitter)


@dataclass(frozen=True, kw_only=True)
class OutboxReport:
    """How a sink fares: ``down`` fails and is tried again, ``gone`` will never read again."""

    name: str
    state: Literal["ok", "down", "gone"]
    queued: int
    delivered: int
    dropped: int  # lines other than alarms; those wait in the storage
    busy_since: float | None  # monotonic time at which the write that still runs began


class Outbox:
    """A bounded queue before one sink.

    When it is full the oldest line that is no alarm, and is not being written, gives way and is
    counted. Alarms that find no
    place are fetched from the storage when the queue is empty again; the ones that an earlier
    process left there are fetched the same way. ``now`` is a monotonic clock.
    """

    def __init__(
        self,
        name: str,
        sink: Sink,
        storage: Storage,
        *,
        now: Callable[[], float],
        decisions: bool = True,
        limit: int = 1000,
        backoff: Backoff | None = None,
        on_gone: Callable[[], None] = lambda: None,
    ) -> None:
        self.name, self.decisions = name, decisions
        self._sink, self._storage, self._now = sink, storage, now
        self._limit, self._backoff, self._on_gone = limit, backoff or Backoff(), on_gone
        self._jitter = random.Random(name)  # noqa: S311  # spreads retries, keeps no secret
        self._changed = threading.Condition()
        self._queue: deque[Event] = deque()
        self._writing = False  # the first of the queue: it stays there until it is delivered
        self._behind = True  # alarms may wait in the storage that are not in the queue
        self._fetched: frozenset[str] = frozenset()  # ids of the last ones from the storage
        self._closing = self._abandoned = False
        self._state: Literal["ok", "down", "gone"] = "ok"
        self._delivered = self._dropped = 0
        self._busy_since: float | None = None

    def offer(self, event: Event, *, patient: bool = False) -> None:
        """Queue a line. ``patient`` waits for room, but not for a sink that is down."""
        with self._changed:
            if patient:
                self._changed.wait_for(
                    lambda: len(self._queue) < self._limit or self._state != "ok" or self._abandoned
                )
            if self._state == "gone" or self._will_be_fetched(event):
                return
            self._queue.append(event)
            rare = not isinstance(event, DecisionEvent)
            if len(self._queue) > self._limit + rare * SPARE:
                self._make_room()
            self._changed.notify_all()

    def run(self) -> None:
        """Deliver until closed; the body of the sink's thread."""
        try:
            while (event := self._next()) is not None:
                if not self._deliver(event):
                    return
        except SinkGoneError as error:
            logger.warning("sink_gone sink=%s reason=%s", self.name, error)
            with self._changed:
                self._state = "gone"
                self._queue.clear()
                self._changed.notify_all()
            self._on_gone()
        finally:
            self._sink.close()

    def close(self) -> None:
        """Nothing more is offered: deliver what is queued, then end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def abandon(self) -> None:
        """End without waiting for a sink that is down, or for room in the queue."""
        with self._changed:
            self._closing = self._abandoned = True
            self._changed.notify_all()

    def report(self) -> OutboxReport:
        """How the sink fares now."""
        with self._changed:
            return OutboxReport(
                name=self.name,
                state=self._state,
                queued=len(self._queue),
                delivered=self._delivered,
                dropped=self._dropped,
                busy_since=self._busy_since,
            )

    def _will_be_fetched(self, event: Event) -> bool:
        """Whether an alarm comes, or has just come, out of the storage: then once is enough."""
        return isinstance(event, Committed) and (self._behind or event.id in self._fetched)

    def _make_room(self) -> None:
        for place, event in enumerate(self._queue):
            if not isinstance(event, Committed) and not (self._writing and place == 0):
                del self._queue[place]
                self._dropped += 1
                return
        self._queue.pop()  # nothing but alarms: the newest waits in the storage
        self._behind = True

    def _next(self) -> Event | None:
        with self._changed:
            while True:
                if self._queue:
                    self._writing = True
                    return self._queue[0]
                if self._behind:
                    waiting = self._storage.pending(self.name, REFILL)
                    self._queue.extend(waiting)
                    self._behind = len(waiting) == REFILL
                    self._fetched = frozenset(alarm.id for alarm in waiting)
                elif self._closing:
                    return None
                else:
                    self._changed.wait()

    def _deliver(self, event: Event) -> bool:
        """Write until it is delivered; False when the outbox was abandoned before that."""
        failures = 0
        while True:
            try:
                self._busy_since = self._now()
                self._sink.write(event)
                break
            except OSError as error:
                failures += 1
                self._turn("down", str(error.strerror or error))
                with self._changed:
                    pause = self._backoff.seconds(failures, self._jitter.random())
                    if self._changed.wait_for(lambda: self._abandoned, pause):
                        return False
            finally:
                self._busy_since = None
        if isinstance(event, Committed):
            self._storage.delivered(self.name, event.id)
        with self._changed:
            self._queue.popleft()
            self._writing = False
            self._delivered += 1
            self._changed.notify_all()
        self._turn("ok", "delivered")
        return True

    def _turn(self, state: Literal["ok", "down"], reason: str) -> None:
        if state != self._state:
            logger.log(
                logging.INFO if state == "ok" else logging.WARNING,
                "sink_%s sink=%s reason=%s",
                state,
                self.name,
                reason,
            )
            with self._changed:
                self._state = state
                self._changed.notify_all()
