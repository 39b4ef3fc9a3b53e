"""Doubles for everything that harkend takes from outside; for our tests and for yours."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from harken.contract import Contract, ModelInput, Output
from harken.daemon.calls import Call
from harken.daemon.storage import MemoryStorage as MemoryStorage
from harken.decider import Answering, Stream
from harken.decision import Decision
from harken.sinks import Event, SinkGoneError
from harken.stream import Gap, Samples, Window
from harken.transport.stop import Stop

__all__ = [
    "CollectingSink",
    "FakeCalls",
    "FakeClock",
    "FakeModel",
    "FakeStream",
    "ListSource",
    "MemoryStorage",
]
DEADLINE = 10.0  # seconds after which a wait in a test has failed


class FakeClock:
    """Both clocks stand still until they are told to go on."""

    def __init__(self, utc: datetime = datetime(2030, 1, 1, tzinfo=UTC)) -> None:
        self._utc, self._monotonic = utc, 1000.0

    def monotonic(self) -> float:
        return self._monotonic

    def utc(self) -> datetime:
        return self._utc

    def advance(self, seconds: float) -> None:
        """Let time pass on both."""
        self._monotonic += seconds
        self._utc += timedelta(seconds=seconds)

    def set_utc(self, utc: datetime) -> None:
        """Step the wall clock alone, as NTP or a person does."""
        self._utc = utc


class ListSource:
    """Inputs that were written down: each a sequence of pieces ``(channels, n)``.

    With ``hold`` it stays open after them until it is stopped, as a sensor does.
    """

    def __init__(
        self, *inputs: Sequence[Samples], listens: bool = False, hold: bool = False
    ) -> None:
        self.listens = listens
        self.closed = False
        self._inputs, self._hold = inputs, hold

    def inputs(self, stop: Stop) -> Iterator[Iterable[Samples]]:
        yield from self._inputs
        if self._hold:
            stop.wait(DEADLINE)

    def close(self) -> None:
        self.closed = True


class CollectingSink:
    """Keeps what it is given. It can be told to fail, to be gone, or to block."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.failures = 0  # that many writes fail first
        self.gone = False
        self.closed = False
        self._open = threading.Event()
        self._open.set()
        self._changed = threading.Condition()

    def write(self, event: Event) -> None:
        self._open.wait(DEADLINE)
        if self.gone:
            raise SinkGoneError("told to be gone")
        if self.failures:
            self.failures -= 1
            raise OSError("told to fail")
        with self._changed:
            self.lines.append(event.as_dict())
            self._changed.notify_all()

    def close(self) -> None:
        self.closed = True

    def block(self) -> None:
        """Let writes hang from now on, as when a reader stops."""
        self._open.clear()

    def release(self) -> None:
        """Let writes go on."""
        self._open.set()

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Lines of one type, in order."""
        return [line for line in self.lines if line["type"] == kind]

    def wait_for(self, count: int, kind: str | None = None) -> list[dict[str, Any]]:
        """Wait for so many lines (of a type) and give them; `TimeoutError` at the deadline."""

        def found() -> list[dict[str, Any]]:
            return self.of_type(kind) if kind else list(self.lines)

        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count, DEADLINE):
                raise TimeoutError(f"waited for {count} lines, got {found()}")
        return found()


class FakeCalls:
    """What the main thread is called for, without signals."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls: list[Call] = []

    def call(self, call: Call) -> None:
        """Call the main thread."""
        with self._changed:
            self._calls.append(call)
            self._changed.notify_all()

    def look(self) -> None:
        self.call("look")

    def wait(self, seconds: float) -> list[Call]:
        with self._changed:
            self._changed.wait_for(lambda: self._calls, min(seconds, 0.05))
            calls, self._calls = self._calls, []
            return calls


class FakeStream(Stream):
    """A real stream whose every window answers with the next label of its model's ``script``.

    When the script is at its end its last word stands. A word that is no class of the contract
    is the reason of an invalid decision. A recording that is decided at once takes a word as well.
    """

    def __init__(self, model: FakeModel) -> None:
        super().__init__(model)
        self._contract, self._script = model.contract, list(model.script)

    def answer_by(self, model: Answering) -> None:
        """Go on with the other model's contract and script."""
        super().answer_by(model)
        if isinstance(model, FakeModel):
            self._contract, self._script = model.contract, list(model.script)

    def _decide(self, item: Window | Gap, *, record: bool = False) -> list[Decision]:
        if isinstance(item, Gap):
            return self._undecided(item.first, item.last, "gap")
        word = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        classes = self._contract.classes
        if word not in classes:
            return self._undecided(item.first, item.last, word, record=record)
        scores = tuple(0.9 if name == word else 0.1 / (len(classes) - 1) for name in classes)
        return [
            Decision(
                first=item.first,
                last=item.last,
                valid=True,
                label=word,
                score=0.9,
                scores=scores,
                record=record,
            )
        ]


class FakeModel:
    """A model that answers by a script, for windows of 4 samples at 4 Hz unless told otherwise."""

    name, unsure_below = "fake", 0.0

    def __init__(
        self, script: Sequence[str] = ("normal",), *, sha256: str = "0" * 64, **contract: Any
    ) -> None:
        self.contract = replace(_CONTRACT, **contract)
        self.sha256, self.script = sha256, tuple(script)

    def stream(self) -> FakeStream:
        return FakeStream(self)

    def run(self, windows: Samples, outputs: Sequence[str] = ()) -> list[Samples]:
        """Nobody asks: its streams answer by the script."""
        raise NotImplementedError


_CONTRACT = Contract(
    name="fake",
    input=ModelInput(rate=4, window=4),
    hop=4,
    outputs=(Output(name="scores", shape=(2,)),),
    classes=("normal", "fault"),
    normal=("normal",),
)
