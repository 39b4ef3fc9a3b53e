"""Storage that goes on in memory when the disk fails: alarms still reach the sinks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from harken.daemon.events import Committed, Lasting
from harken.daemon.storage import Storage

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class Keeper:
    """Uses ``storage`` until it fails once, and ``spare`` from then on.

    What ``storage`` has committed stays there for the next start. Ids stay unique, since the two
    have different boots.
    """

    def __init__(self, storage: Storage, spare: Storage) -> None:
        self._storage, self._spare = storage, spare
        self._using = storage
        self._switching = threading.Lock()

    @property
    def failed(self) -> bool:
        """Whether the first storage had to be given up."""
        return self._using is not self._storage

    def append(self, event: Lasting, sinks: Sequence[str]) -> Committed:
        return self._try(lambda storage: storage.append(event, sinks))

    def pending(self, sink: str, limit: int) -> list[Committed]:
        return self._try(lambda storage: storage.pending(sink, limit))

    def delivered(self, sink: str, alarm_id: str) -> None:
        self._try(lambda storage: storage.delivered(sink, alarm_id))

    @property
    def dropped(self) -> int:
        return self._storage.dropped + self._spare.dropped

    def close(self) -> None:
        self._storage.close()
        self._spare.close()

    def _try(self, do: Callable[[Storage], Answer]) -> Answer:
        using = self._using
        try:
            return do(using)
        except OSError as error:
            if using is self._spare:
                raise
            with self._switching:  # several threads may find it failed at the same moment
                if not self.failed:
                    logger.error("storage_failed reason=%s", error)  # told, and gone on
                    self._using = self._spare
            return do(self._spare)
