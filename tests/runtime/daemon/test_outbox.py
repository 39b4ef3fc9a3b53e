from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from tests.runtime.daemon.heard_pieces import BEGAN

from harken.alarm import Alarm
from harken.daemon.events import AlarmEvent, Committed, DecisionEvent
from harken.daemon.outbox import Backoff, Outbox
from harken.decision import Decision
from harken.testing import DEADLINE, CollectingSink, MemoryStorage

AT_ONCE = Backoff(first=1e-4, longest=1e-3)


def _decision(first: int) -> DecisionEvent:
    decision = Decision(first=first, last=first + 1, valid=False, reason="nan")
    return DecisionEvent(decision=decision, classes=(), seconds=0.0, time=BEGAN)


def _append(storage: MemoryStorage, label: str) -> Committed:
    alarm = Alarm(state="raised", label=label, first=0, last=4, score=0.9, reason="votes")
    return storage.append(AlarmEvent(alarm=alarm, seconds=1.0, time=BEGAN), ["box"])


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage("pump", "abc")


@contextmanager
def _running(sink: CollectingSink, storage: MemoryStorage, limit: int = 1000) -> Iterator[Outbox]:
    outbox = Outbox("box", sink, storage, now=time.monotonic, limit=limit, backoff=AT_ONCE)
    thread = threading.Thread(target=outbox.run)
    thread.start()
    yield outbox
    sink.release()
    outbox.close()
    thread.join(DEADLINE)
    assert not thread.is_alive()
    assert sink.closed


def _firsts(sink: CollectingSink) -> list[int]:
    return [line["first"] for line in sink.of_type("decision")]


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < until


def test_lines_arrive_in_the_order_they_were_offered(storage: MemoryStorage) -> None:
    sink = CollectingSink()
    with _running(sink, storage) as outbox:
        for i in range(50):
            outbox.offer(_decision(i))
    assert _firsts(sink) == list(range(50))


def test_a_blocked_sink_never_blocks_who_offers_and_loses_the_oldest_decisions(
    storage: MemoryStorage,
) -> None:
    sink = CollectingSink()
    sink.block()
    with _running(sink, storage, limit=10) as outbox:
        for i in range(100):
            outbox.offer(_decision(i))
        report = outbox.report()
        assert report.queued == 10
        assert report.dropped == 90
    assert _firsts(sink)[-9:] == list(range(91, 100))


def test_every_line_that_was_offered_is_delivered_or_counted_as_dropped(
    storage: MemoryStorage,
) -> None:
    sink = CollectingSink()
    sink.block()
    with _running(sink, storage, limit=5) as outbox:
        outbox.offer(_decision(0))
        _wait(lambda: outbox.report().busy_since is not None)
        for i in range(1, 20):
            outbox.offer(_decision(i))
        sink.release()
        _wait(lambda: outbox.report().queued == 0)
        report = outbox.report()
    assert _firsts(sink) == [0, 16, 17, 18, 19]
    assert (report.delivered, report.dropped) == (5, 15)


def test_alarms_survive_any_number_of_decisions_before_a_blocked_sink(
    storage: MemoryStorage,
) -> None:
    sink = CollectingSink()
    with _running(sink, storage, limit=10) as outbox:
        outbox.offer(_decision(-1))
        sink.wait_for(1)
        sink.block()
        alarms = []
        for i in range(300):
            outbox.offer(_decision(i))
            alarms.append(_append(storage, str(i)))
            outbox.offer(alarms[-1])
        assert outbox.report().queued <= 10 + 100, "the queue stays bounded"
    assert [line["id"] for line in sink.of_type("alarm")] == [alarm.id for alarm in alarms]
    assert storage.pending("box", 1) == []


def test_what_an_earlier_process_left_is_delivered_first(storage: MemoryStorage) -> None:
    left = [_append(storage, str(i)) for i in range(250)]
    sink = CollectingSink()
    with _running(sink, storage):
        got = sink.wait_for(250, "alarm")
    assert [line["id"] for line in got] == [alarm.id for alarm in left]


def test_an_alarm_that_was_fetched_before_it_was_offered_is_delivered_once(
    storage: MemoryStorage,
) -> None:
    sink = CollectingSink()
    alarm = _append(storage, "fault")
    with _running(sink, storage) as outbox:
        sink.wait_for(1)
        outbox.offer(alarm)
        outbox.offer(_decision(0))
        sink.wait_for(1, "decision")
    assert len(sink.of_type("alarm")) == 1


def test_a_failing_sink_is_tried_again_until_it_takes_the_line(storage: MemoryStorage) -> None:
    sink = CollectingSink()
    sink.failures = 5
    with _running(sink, storage) as outbox:
        outbox.offer(_decision(0))
        outbox.offer(_decision(1))
        sink.wait_for(2)
        _wait(lambda: outbox.report().state == "ok")
    assert _firsts(sink) == [0, 1]


def test_an_alarm_stays_in_the_storage_while_its_sink_is_down(storage: MemoryStorage) -> None:
    sink = CollectingSink()
    sink.failures = 10**9
    outbox = Outbox("box", sink, storage, now=time.monotonic, backoff=AT_ONCE)
    thread = threading.Thread(target=outbox.run)
    alarm = _append(storage, "fault")
    thread.start()
    _wait(lambda: outbox.report().state == "down")
    outbox.abandon()
    thread.join(DEADLINE)
    assert not thread.is_alive()
    assert storage.pending("box", 10) == [alarm]


def test_a_sink_that_is_gone_is_let_go_and_its_alarms_wait_for_the_next_start(
    storage: MemoryStorage,
) -> None:
    sink = CollectingSink()
    sink.gone = True
    outbox = Outbox("box", sink, storage, now=time.monotonic)
    alarm = _append(storage, "fault")
    outbox.run()
    assert outbox.report().state == "gone"
    outbox.offer(_decision(0), patient=True)
    assert outbox.report().queued == 0
    assert storage.pending("box", 10) == [alarm]


def test_a_patient_offer_waits_for_room_and_nothing_is_dropped(storage: MemoryStorage) -> None:
    sink = CollectingSink()
    with _running(sink, storage, limit=3) as outbox:
        for i in range(200):
            outbox.offer(_decision(i), patient=True)
    assert _firsts(sink) == list(range(200))


def test_pauses_between_attempts_double_up_to_the_longest() -> None:
    backoff = Backoff(first=0.5, longest=60.0)
    assert [backoff.seconds(n, 0.0) for n in (1, 2, 3, 8, 400)] == [0.5, 1.0, 2.0, 60.0, 60.0]
    assert backoff.seconds(1, 1.0) == 0.375
