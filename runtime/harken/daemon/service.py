"""The daemon put together: a thread for the source, one for the pipeline, one for each sink.

The main thread waits for signals, looks after health and watchdog, and ends it all in order.
Everything that touches the world comes in through the constructor; `harken.testing` has doubles.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harken.alarm import AlarmLogic
from harken.contract import Contract
from harken.daemon.calls import Calls
from harken.daemon.clock import Clock
from harken.daemon.events import DecisionEvent, EndEvent, Lasting, ReloadEvent
from harken.daemon.health import HealthEvent
from harken.daemon.keeper import Keeper
from harken.daemon.monitor import Answering, Monitor, Parts
from harken.daemon.notify import Notifier
from harken.daemon.outbox import Outbox
from harken.daemon.pipeline import DecisionStream, Pipeline
from harken.daemon.reader import Reader
from harken.daemon.ring import Ring
from harken.errors import HarkenError
from harken.sinks import Event
from harken.sources import Source
from harken.transport.stop import Stop

logger = logging.getLogger(__name__)
TICK = 1.0  # seconds between two looks at health


class ModelStream(DecisionStream, Protocol):
    """A stream whose model can be exchanged between two windows."""

    def answer_by(self, model: Any) -> None: ...


class DecidingModel(Protocol):
    """What `harken.model.Model` is to the daemon."""

    sha256: str
    contract: Contract

    def stream(self) -> ModelStream: ...


@dataclass(frozen=True, kw_only=True)
class Limits:
    """In seconds: what silence is a fault, how long sinks are given at the end."""

    no_input: float
    drain: float


class Service:
    """One source, one model, any number of sinks.

    ``load`` reads the model again, proves it, and raises `HarkenError` when it is not fit.
    """

    def __init__(
        self,
        *,
        model: DecidingModel,
        source: Source,
        ring: Ring,
        outboxes: Sequence[Outbox],
        keeper: Keeper,
        clock: Clock,
        calls: Calls,
        notifier: Notifier,
        limits: Limits,
        load: Callable[[], DecidingModel],
    ) -> None:
        contract = model.contract
        rate = contract.input.rate
        self._contract, self._ring, self._outboxes = contract, ring, tuple(outboxes)
        self._keeper, self._clock, self._calls = keeper, clock, calls
        self._notifier, self._drain, self._load = notifier, limits.drain, load
        self._stop = Stop()
        self._stream = model.stream()
        self._pipeline = Pipeline(
            self._stream,
            _alarm_logic(contract),
            classes=contract.classes,
            rate=rate,
            words=contract.words,
        )
        reader = Reader(source, ring, rate=rate, clock=clock, stop=self._stop)
        parts = Parts(
            reader=reader,
            ring=ring,
            pipeline=self._pipeline,
            outboxes=self._outboxes,
            keeper=keeper,
        )
        self._monitor = Monitor(
            parts, _answering(model), clock=clock, notifier=notifier, no_input=limits.no_input
        )
        self._tick = min(TICK, (notifier.watchdog or 3 * TICK) / 3)
        self._deciding = threading.Lock()  # held while a block goes through the pipeline
        self._telling = threading.Lock()  # held while what was decided is told, in its order
        self._untold: deque[DecisionEvent | Lasting] = deque()
        self._deadline: float | None = None
        self._failure: BaseException | None = None
        self._hearing = self._thread("source", reader.run, after=ring.end)
        self._decider = self._thread("decider", self._decide, after=ring.end)
        self._delivering = [self._thread(box.name, box.run) for box in self._outboxes]

    def run(self) -> None:
        """Run until the source ends, a stop is called for, or nobody reads any more.

        Raises what ended the source, if that was an error.
        """
        for thread in (*self._delivering, self._decider, self._hearing):
            thread.start()
        self._notifier.ready()
        while self._decider.is_alive() and not self._overdue():
            self._attend()
        self._notifier.stopping()
        for outbox in self._outboxes:
            outbox.close()
        while any(thread.is_alive() for thread in self._delivering) and not self._overdue():
            self._attend()
        self._leave()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End in order: hear no more, decide what was heard, deliver what was decided."""
        if self._deadline is None:
            self._deadline = self._clock.monotonic() + self._drain
        self._stop.set()

    def health(self) -> HealthEvent:
        """How the daemon is now; any thread may ask."""
        return self._monitor.health()

    def _thread(
        self, name: str, body: Callable[[], None], *, after: Callable[[], None] = lambda: None
    ) -> threading.Thread:
        def guarded() -> None:
            try:
                body()
            except BaseException as error:  # noqa: BLE001  # the main thread raises it
                self._failure = self._failure or error
                self._stop.set()
            finally:
                after()
                self._calls.look()

        # A daemon thread: a sink that is stuck in a write must not keep the process.
        return threading.Thread(target=guarded, name=name, daemon=True)

    def _decide(self) -> None:
        while (heard := self._ring.take()) is not None:
            with self._telling:
                with self._deciding:
                    self._untold += self._pipeline.push(heard)
                self._tell_decided(patient=not self._ring.live)
        with self._telling:
            self._tell_decided(patient=not self._ring.live)
        if self._failure is None:
            self._tell(self._end())

    def _tell_decided(self, *, patient: bool) -> None:
        while self._untold:
            event = self._untold.popleft()
            if isinstance(event, DecisionEvent):
                self._tell(event, patient=patient)
            else:
                sinks = [outbox.name for outbox in self._outboxes]
                self._tell(self._keeper.append(event, sinks), patient=patient)

    def _tell_ended(self) -> None:
        """Tell of alarms that a reload ended; when the decider is telling, it does so itself."""
        if self._untold and self._telling.acquire(blocking=False):
            try:
                self._tell_decided(patient=False)
            finally:
                self._telling.release()

    def _tell(self, event: Event, *, patient: bool = False) -> None:
        for outbox in self._outboxes:
            if outbox.decisions or not isinstance(event, DecisionEvent):
                outbox.offer(event, patient=patient)

    def _attend(self) -> None:
        for call in self._calls.wait(self._tick):
            if call == "stop":
                self.stop()
            elif call == "reload":
                self._reload()
        if all(outbox.report().state == "gone" for outbox in self._outboxes):
            self.stop()
            return  # nobody is left to be told of it
        self._tell_ended()
        changed = self._monitor.look()
        if changed is not None:
            self._tell(changed)

    def _reload(self) -> None:
        self._notifier.reloading(self._clock.monotonic())
        reason = None
        try:
            self._take_over(self._load())
        except HarkenError as error:
            reason = str(error)
        self._tell_ended()
        self._monitor.reload_refused = reason is not None
        sha256 = self._monitor.model.sha256
        level = logging.WARNING if reason else logging.INFO
        logger.log(level, "reload accepted=%s sha256=%s reason=%s", not reason, sha256, reason)
        self._tell(
            ReloadEvent(
                time=self._clock.utc(), accepted=reason is None, sha256=sha256, reason=reason
            )
        )
        self._notifier.ready()

    def _take_over(self, model: DecidingModel) -> None:
        old, new = self._contract, model.contract
        same = (old.alarm, old.classes, old.normal) == (new.alarm, new.classes, new.normal)
        alarms = None if same else _alarm_logic(new)
        with self._deciding:
            self._stream.answer_by(model)
            self._untold += self._pipeline.answer_by(self._stream, alarms, new.classes, new.words)
            self._contract, self._monitor.model = new, _answering(model)

    def _end(self) -> EndEvent:
        tally, now = self._pipeline.tally, self._clock.utc()
        return EndEvent(
            time=max(now, self._pipeline.heard_until or now),  # a file is ahead of the clock
            samples=tally.samples,
            decisions=tally.decisions,
            dropped_hops=self._ring.dropped_hops,
        )

    def _overdue(self) -> bool:
        """Whether the time to end in order is over; without a stop it begins with a sink down."""
        if self._deadline is not None:
            return self._clock.monotonic() > self._deadline
        if not self._decider.is_alive() and any(
            outbox.report().state == "down" for outbox in self._outboxes
        ):
            self._deadline = self._clock.monotonic() + self._drain
        return False

    def _leave(self) -> None:
        self._stop.set()
        for outbox in self._outboxes:
            outbox.abandon()
            queued = outbox.report().queued
            if queued:
                logger.warning("undelivered sink=%s lines=%d", outbox.name, queued)
        for thread in (self._hearing, *self._delivering):
            thread.join(0.2)
        self._keeper.close()


def _alarm_logic(contract: Contract) -> AlarmLogic:
    return AlarmLogic(
        contract.alarm,
        classes=contract.classes,
        normal=contract.normal,
        rate=contract.input.rate,
    )


def _answering(model: DecidingModel) -> Answering:
    contract = model.contract
    return Answering(
        name=contract.name,
        sha256=model.sha256,
        rate=contract.input.rate,
        window=contract.input.window,
        hop=contract.hop,
    )
