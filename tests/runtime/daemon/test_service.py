"""The whole daemon in one process, with doubles for everything outside."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

import pytest
from tests.runtime.daemon.heard_pieces import ramp

from harken.alarm import AlarmSettings
from harken.contract import ModelInput
from harken.daemon.clock import SystemClock
from harken.daemon.keeper import Keeper
from harken.daemon.notify import Notifier
from harken.daemon.outbox import Outbox
from harken.daemon.ring import Ring
from harken.daemon.service import Limits, Service
from harken.errors import DataError, RefusedError
from harken.stream import Samples
from harken.testing import (
    DEADLINE,
    CollectingSink,
    FakeCalls,
    FakeModel,
    ListSource,
    MemoryStorage,
)
from harken.transport.stop import Stop

QUICK = AlarmSettings(votes=1, of=1, hold=0.0)


class Bench:
    """A service on doubles; ``models`` are what a reload finds, one after the other."""

    def __init__(
        self,
        source: ListSource,
        *,
        script: Sequence[str] = ("normal",),
        models: Sequence[FakeModel | Exception] = (),
        live: bool = False,
        no_input: float = 60.0,
        decisions: bool = True,
        model: FakeModel | None = None,
    ) -> None:
        self.sink, self.calls = CollectingSink(), FakeCalls()
        self._models = list(models)
        clock = SystemClock()
        keeper = Keeper(MemoryStorage("pump", "one"), MemoryStorage("pump", "two"))
        self.service = Service(
            model=model or FakeModel(script, alarm=QUICK),
            source=source,
            ring=Ring(capacity=1000, hop=4, live=live),
            outboxes=[Outbox("sink", self.sink, keeper, now=clock.monotonic, decisions=decisions)],
            keeper=keeper,
            clock=clock,
            calls=self.calls,
            notifier=Notifier({}),
            limits=Limits(no_input=no_input, drain=1.0),
            load=self._load,
        )
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def start(self) -> Bench:
        self._thread.start()
        return self

    def ended(self) -> None:
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.service.run()
        except DataError as error:
            self.error = error

    def _load(self) -> FakeModel:
        found = self._models.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def test_a_source_that_ends_is_decided_to_its_last_window() -> None:
    bench = Bench(ListSource([ramp(0, 6), ramp(6, 13)]), script=("normal", "fault", "normal"))
    bench.start().ended()
    assert [line["type"] for line in bench.sink.lines] == [
        "decision",
        "decision",
        "alarm",
        "decision",
        "alarm",
        "end",
    ]
    assert [line["id"] for line in bench.sink.of_type("alarm")] == ["pump:one:1", "pump:one:2"]
    assert bench.sink.closed


def test_a_stop_delivers_what_was_heard_and_ends() -> None:
    bench = Bench(ListSource([ramp(0, 400)], hold=True)).start()
    bench.sink.wait_for(100, "decision")
    bench.calls.call("stop")
    bench.ended()
    assert bench.sink.lines[-1]["type"] == "end"


def test_a_source_that_listens_goes_on_after_a_gap() -> None:
    source = ListSource([ramp(0, 8)], [ramp(0, 8)], listens=True)
    bench = Bench(source)
    bench.start().ended()
    decisions = bench.sink.of_type("decision")
    assert [line["valid"] for line in decisions] == [True, True, False, True, True]
    assert decisions[2]["reason"] == "gap"
    assert decisions[3]["first"] >= 9, "at least one sample is missing between two inputs"
    assert source.closed


WHOLE = ModelInput(rate=4, window=6, shortest=6, longest=12)


def test_every_input_that_ends_is_answered_as_a_whole_and_the_answer_is_kept() -> None:
    source = ListSource([ramp(0, 4), ramp(4, 8)], [ramp(0, 5)], [ramp(0, 7)], listens=True)
    words = {"fault": "worn out"}
    model = FakeModel(("fault",), input=WHOLE, hop=6, alarm=QUICK, words=words)
    bench = Bench(source, model=model, decisions=False)
    bench.start().ended()
    first, short, second = bench.sink.of_type("record")
    assert (first["first"], first["last"], first["label"], first["words"]) == (
        0,
        8,
        "fault",
        "worn out",
    )
    assert (short["last"] - short["first"], short["reason"]) == (5, "too_short")
    assert second["last"] - second["first"] == 7
    assert second["first"] >= 14
    ids = [line["id"] for line in (first, short, second)]
    assert ids == ["pump:one:2", "pump:one:3", "pump:one:4"], "an alarm was the first"
    assert bench.service.health().as_dict()["records"] == 3


def test_what_was_heard_until_a_stop_is_a_recording() -> None:
    model = FakeModel(("normal",), input=WHOLE, hop=6)
    bench = Bench(ListSource([ramp(0, 40)], hold=True), model=model).start()
    bench.sink.wait_for(6, "decision")
    bench.calls.call("stop")
    bench.ended()
    assert [line["type"] for line in bench.sink.lines[-2:]] == ["record", "end"]
    assert (bench.sink.lines[-2]["first"], bench.sink.lines[-2]["last"]) == (0, 40)


class BrokenInput(ListSource):
    """Its first input is broken, its second is well."""

    def inputs(self, _: Stop) -> Iterator[Iterator[Samples]]:
        yield self._broken()
        yield iter([ramp(0, 8)])

    def _broken(self) -> Iterator[Samples]:
        yield ramp(0, 4)
        raise DataError("broken")


def test_a_broken_client_is_let_go_and_the_next_one_heard() -> None:
    bench = Bench(BrokenInput(listens=True))
    bench.start().ended()
    assert bench.error is None
    assert sum(line["valid"] for line in bench.sink.of_type("decision")) == 3


def test_a_broken_file_ends_the_daemon_with_its_error() -> None:
    bench = Bench(BrokenInput(listens=False))
    bench.start().ended()
    assert isinstance(bench.error, DataError)
    assert not bench.sink.of_type("end")


def test_a_reload_changes_the_model_and_a_refused_one_does_not() -> None:
    second = FakeModel(("fault",), sha256="2" * 64)
    source = ListSource([ramp(0, 8)], hold=True)
    bench = Bench(source, models=[RefusedError("fails its probe"), second]).start()
    bench.sink.wait_for(2, "decision")
    bench.calls.call("reload")
    (refused,) = bench.sink.wait_for(1, "reload_refused")
    assert refused["reason"] == "fails its probe"
    assert bench.service.health().as_dict()["sha256"] == "0" * 64
    health = bench.sink.wait_for(1, "health")
    assert (health[0]["state"], health[0]["reason"]) == ("degraded", "reload_refused")
    bench.calls.call("reload")
    bench.sink.wait_for(1, "reload")
    assert bench.service.health().as_dict()["sha256"] == "2" * 64
    assert bench.sink.wait_for(2, "health")[1]["state"] == "ok"
    bench.calls.call("stop")
    bench.ended()


def _reloaded(source: ListSource, second: FakeModel) -> CollectingSink:
    """What is told when a standing alarm meets another model."""
    bench = Bench(source, script=("fault",), models=[second]).start()
    bench.sink.wait_for(1, "alarm")
    bench.calls.call("reload")
    bench.sink.wait_for(1, "reload")
    bench.calls.call("stop")
    bench.ended()
    return bench.sink


def test_a_reload_with_other_classes_clears_the_alarm_that_stands() -> None:
    second = FakeModel(("calm",), classes=("calm", "worn"), normal=("calm",), alarm=QUICK)
    sink = _reloaded(ListSource([ramp(0, 10)], hold=True), second)
    raised, cleared = sink.of_type("alarm")
    assert (cleared["state"], cleared["label"], cleared["reason"]) == (
        "cleared",
        "fault",
        "reloaded",
    )
    assert (cleared["first"], cleared["last"]) == (raised["first"], 10)
    assert cleared["score"] == raised["score"]


def test_a_reload_with_the_same_classes_leaves_the_alarm_standing() -> None:
    second = FakeModel(("fault",), sha256="2" * 64, alarm=QUICK)
    sink = _reloaded(ListSource([ramp(0, 8)], hold=True), second)
    assert [line["state"] for line in sink.of_type("alarm")] == ["raised"]


def test_a_silent_source_is_told_of_as_a_fault() -> None:
    bench = Bench(ListSource([ramp(0, 4)], hold=True), no_input=0.0).start()
    health = bench.sink.wait_for(1, "health")
    assert (health[0]["state"], health[0]["reason"]) == ("fault", "no_input")
    bench.calls.call("stop")
    bench.ended()


def test_when_every_sink_is_gone_the_daemon_ends() -> None:
    bench = Bench(ListSource([ramp(0, 4)], hold=True))
    bench.sink.gone = True
    bench.start().ended()
    assert bench.sink.closed


def test_the_health_object_counts_decisions_a_second_of_signal() -> None:
    bench = Bench(ListSource([ramp(0, 400)], hold=True)).start()
    bench.sink.wait_for(100, "decision")
    health = bench.service.health().as_dict()
    assert (health["decisions"], health["signal_seconds"]) == (100, 100.0)
    assert health["decisions_per_second"] == 1.0
    assert health["sinks"][0]["name"] == "sink"
    bench.calls.call("stop")
    bench.ended()


@pytest.mark.parametrize("live", [True, False])
def test_a_sink_that_hangs_does_not_keep_a_stopped_daemon(*, live: bool) -> None:
    bench = Bench(ListSource([ramp(0, 400)], hold=True), live=live)
    bench.sink.block()
    began = time.monotonic()
    bench.start().calls.call("stop")
    bench.ended()
    bench.sink.release()
    assert time.monotonic() - began < 5.0
