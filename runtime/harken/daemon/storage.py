"""Where alarms and records wait until every sink has them: the protocol, and the one in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

from harken.daemon.events import Committed, Lasting

MOST_ALARMS = 10_000  # kept undelivered; the oldest give way


class Storage(Protocol):
    """An id is ``device:boot:sequence`` and is given once, ever. All methods are thread-safe.

    An `OSError` of any of them means that this storage cannot be used any more.
    """

    def append(self, event: Lasting, sinks: Sequence[str]) -> Committed:
        """Commit it for each of ``sinks``; when this returns it survives a power cut."""
        ...

    def pending(self, sink: str, limit: int) -> list[Committed]:
        """Give the oldest that ``sink`` has not got yet."""
        ...

    def delivered(self, sink: str, alarm_id: str) -> None:
        """Forget that ``sink`` waits for it; an id that is not known is ignored."""
        ...

    @property
    def dropped(self) -> int:
        """How many gave way undelivered since the start."""
        ...

    def close(self) -> None: ...


class MemoryStorage:
    """The protocol without a disk: what is undelivered is lost with the process.

    ``boot`` must never have been used before on this device; take it at random.
    """

    def __init__(self, device: str, boot: str, *, limit: int = MOST_ALARMS) -> None:
        self._prefix, self._limit = f"{device}:{boot}", limit
        self._lock = threading.Lock()
        self._sequence = 0
        self._dropped = 0
        self._alarms: dict[str, tuple[Committed, set[str]]] = {}

    def append(self, event: Lasting, sinks: Sequence[str]) -> Committed:
        with self._lock:
            self._sequence += 1
            alarm = Committed(id=f"{self._prefix}:{self._sequence}", body=event.body())
            if sinks:
                self._alarms[alarm.id] = (alarm, set(sinks))
            if len(self._alarms) > self._limit:
                del self._alarms[next(iter(self._alarms))]
                self._dropped += 1
            return alarm

    def pending(self, sink: str, limit: int) -> list[Committed]:
        with self._lock:
            waiting = [alarm for alarm, sinks in self._alarms.values() if sink in sinks]
            return waiting[:limit]

    def delivered(self, sink: str, alarm_id: str) -> None:
        with self._lock:
            _, sinks = self._alarms.get(alarm_id, (None, set()))
            sinks.discard(sink)
            if not sinks:
                self._alarms.pop(alarm_id, None)

    @property
    def dropped(self) -> int:
        return self._dropped

    def close(self) -> None:
        """Nothing is held that outlives it."""
