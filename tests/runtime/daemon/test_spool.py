from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import pytest
from tests.runtime.daemon.heard_pieces import BEGAN

from harken.alarm import Alarm
from harken.daemon.events import AlarmEvent, Committed, Lasting, RecordEvent
from harken.daemon.keeper import Keeper
from harken.daemon.spool import Spool
from harken.daemon.storage import MemoryStorage, Storage
from harken.decision import Decision
from harken.errors import CreateError, InputOutputError
from harken.testing import DEADLINE


def _alarm(label: str = "fault") -> AlarmEvent:
    alarm = Alarm(state="raised", label=label, first=0, last=4, score=0.9, reason="votes")
    return AlarmEvent(alarm=alarm, seconds=1.0, time=BEGAN)


@pytest.fixture(params=["memory", "disk"])
def open_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[int], Storage]:
    if request.param == "memory":
        return lambda limit: MemoryStorage("pump", "abc", limit=limit)
    return lambda limit: Spool(tmp_path, "pump", limit=limit)


def test_an_alarm_waits_for_every_sink_until_that_sink_has_it(
    open_storage: Callable[[int], Storage],
) -> None:
    storage = open_storage(100)
    alarm = storage.append(_alarm(), ["a", "b"])
    storage.delivered("a", alarm.id)
    assert storage.pending("a", 10) == []
    assert storage.pending("b", 10) == [alarm]
    storage.delivered("b", alarm.id)
    assert storage.pending("b", 10) == []
    storage.close()


def test_a_record_waits_as_an_alarm_does_and_comes_back_as_what_it_is(
    open_storage: Callable[[int], Storage],
) -> None:
    storage = open_storage(100)
    decision = Decision(first=0, last=9, valid=True, label="A", score=0.5, scores=(0.5,))
    event = RecordEvent(
        decision=decision, classes=("A",), words={"A": "fibrillation"}, seconds=9.0, time=BEGAN
    )
    told = [storage.append(_alarm(), ["a"]), storage.append(event, ["a"])]
    waiting = storage.pending("a", 10)
    assert waiting == told
    lines = [one.as_dict() for one in waiting]
    assert [line["type"] for line in lines] == ["alarm", "record"]
    assert lines[1] == {**event.body(), "id": told[1].id}
    assert len({line["id"] for line in lines}) == 2
    storage.close()


def test_alarms_come_back_in_order_and_no_more_than_asked_for(
    open_storage: Callable[[int], Storage],
) -> None:
    storage = open_storage(100)
    alarms = [storage.append(_alarm(str(i)), ["a"]) for i in range(5)]
    assert storage.pending("a", 3) == alarms[:3]
    storage.close()


def test_an_unknown_id_is_ignored(open_storage: Callable[[int], Storage]) -> None:
    storage = open_storage(100)
    alarm = storage.append(_alarm(), ["a"])
    storage.delivered("a", "pump:other:1")
    storage.delivered("stranger", alarm.id)
    assert storage.pending("a", 10) == [alarm]
    storage.close()


def test_too_many_alarms_push_out_the_oldest_and_are_counted(
    open_storage: Callable[[int], Storage],
) -> None:
    storage = open_storage(3)
    alarms = [storage.append(_alarm(str(i)), ["a"]) for i in range(5)]
    assert storage.pending("a", 10) == alarms[2:]
    assert storage.dropped == 2
    storage.close()


def test_undelivered_alarms_keep_their_ids_over_a_restart(tmp_path: Path) -> None:
    first = Spool(tmp_path, "pump")
    alarms = [first.append(_alarm(str(i)), ["a"]) for i in range(3)]
    first.delivered("a", alarms[0].id)
    first.close()
    second = Spool(tmp_path, "pump")
    assert second.recovered == 2
    assert second.pending("a", 10) == alarms[1:]
    second.close()


def test_no_id_is_ever_given_twice_over_restarts_and_deliveries(tmp_path: Path) -> None:
    ids = []
    for _ in range(4):
        spool = Spool(tmp_path, "pump")
        for _ in range(3):
            alarm = spool.append(_alarm(), ["a"])
            spool.delivered("a", alarm.id)
            ids.append(alarm.id)
        spool.close()
    assert len(set(ids)) == 12
    assert len({name.rpartition(":")[2] for name in ids}) == 12, "not even the sequence repeats"


def test_a_spool_that_was_moved_away_and_began_anew_gives_none_of_its_ids_again(
    tmp_path: Path,
) -> None:
    ids = []
    for folder in ("old", "new"):
        spool = Spool(tmp_path / folder, "pump")
        ids += [spool.append(_alarm(), ["a"]).id for _ in range(3)]
        spool.close()
    assert len(set(ids)) == 6


def test_the_spool_is_as_safe_as_sqlite_can_be(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "pump")
    (level,) = spool._db.execute("PRAGMA synchronous").fetchone()
    (mode,) = spool._db.execute("PRAGMA journal_mode").fetchone()
    spool.close()
    assert (level, mode) == (2, "wal"), "2 is FULL"


def test_a_second_process_is_refused_the_same_folder(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "pump")
    with pytest.raises(CreateError, match=r"keeps its alarms there already; name another folder"):
        Spool(tmp_path, "pump")
    spool.close()
    Spool(tmp_path, "pump").close()


def test_a_file_that_is_no_spool_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "spool.db").write_bytes(b"not a database, but long enough to be read as one" * 99)
    with pytest.raises(InputOutputError, match=r"spool\.db: cannot be used"):
        Spool(tmp_path, "pump")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CreateError, match="cannot keep alarms there"):
        Spool(tmp_path / "file", "pump")


def test_when_the_disk_fails_alarms_go_on_in_memory_with_ids_of_their_own(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "pump")
    keeper = Keeper(spool, MemoryStorage("pump", "spare"))
    before = keeper.append(_alarm(), ["a"])
    spool._db.execute("DROP TABLE waiting")
    after = keeper.append(_alarm(), ["a"])
    assert keeper.failed
    assert after.id == "pump:spare:1"
    assert before.id != after.id
    keeper.delivered("a", before.id)
    assert keeper.pending("a", 10) == [after]
    keeper.close()


class FailingTogether(MemoryStorage):
    """Fails for two callers at the same moment: each waits until the other is inside."""

    def __init__(self) -> None:
        super().__init__("pump", "disk")
        self._both = threading.Barrier(2)

    def append(self, event: Lasting, sinks: Sequence[str]) -> Committed:
        return self._fail(event, sinks)

    def delivered(self, sink: str, alarm_id: str) -> None:
        self._fail(sink, alarm_id)

    def _fail(self, *what: object) -> NoReturn:
        self._both.wait(DEADLINE)
        raise OSError(f"no place for {what}")


def test_when_the_disk_fails_for_two_threads_at_once_both_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    spare = MemoryStorage("pump", "spare")
    keeper = Keeper(FailingTogether(), spare)
    with ThreadPoolExecutor(2) as threads:
        appending = threads.submit(keeper.append, _alarm(), ["a"])
        noting = threads.submit(keeper.delivered, "a", "pump:disk:1")
        alarm, _ = appending.result(DEADLINE), noting.result(DEADLINE)
    assert spare.pending("a", 10) == [alarm]
    assert len(caplog.records) == 1


def test_when_the_spare_fails_too_it_is_told() -> None:
    keeper = Keeper(FailingAlone("pump", "disk"), FailingAlone("pump", "spare"))
    with pytest.raises(OSError, match="no place"):
        keeper.append(_alarm(), ["a"])


class FailingAlone(MemoryStorage):
    def append(self, event: Lasting, sinks: Sequence[str]) -> Committed:
        raise OSError(f"no place for {event} of {sinks}")


def test_a_failed_append_leaves_nothing_behind(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "pump")
    spool._db.execute("DROP TABLE waiting")
    with pytest.raises(OSError, match="spool: no such table"):
        spool.append(_alarm(), ["a"])
    spool.close()
    with sqlite3.connect(tmp_path / "spool.db") as db:
        assert db.execute("SELECT count(*) FROM alarm").fetchone() == (0,)
    db.close()
