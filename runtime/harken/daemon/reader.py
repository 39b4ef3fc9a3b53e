"""The source's thread: inputs one after the other, each piece with its position."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from harken.daemon.clock import Clock
from harken.daemon.heard import Heard, Origin
from harken.daemon.ring import Ring
from harken.errors import HarkenError
from harken.sources import Source
from harken.stream import Block, Samples
from harken.transport.stop import Stop

logger = logging.getLogger(__name__)


class Reader:
    """Puts what ``source`` gives into ``ring``.

    Between two inputs (a client left, the next one came) positions jump by the time that passed,
    by one sample at least: nothing is invented, and windows never reach across.
    """

    def __init__(self, source: Source, ring: Ring, *, rate: int, clock: Clock, stop: Stop) -> None:
        self._source, self._ring, self._rate = source, ring, rate
        self._clock, self._stop = clock, stop
        self._next = 0
        self._heard_at = clock.monotonic()
        self._waiting = True
        self.bad_input = False

    def run(self) -> None:
        """Read until the source ends or is stopped; the body of the thread."""
        try:
            for pieces in self._source.inputs(self._stop):
                try:
                    self._hear(pieces)
                except HarkenError as error:
                    if not self._source.listens:
                        raise
                    logger.warning("input_refused reason=%s", error)
                    self.bad_input = True
        finally:
            self._waiting = False
            self._source.close()

    @property
    def silent(self) -> float:
        """Seconds that samples have been waited for."""
        return self._clock.monotonic() - self._heard_at if self._waiting else 0.0

    def _hear(self, pieces: Iterable[Samples]) -> None:
        away = self._clock.monotonic() - self._heard_at
        first = self._next + max(1, round(away * self._rate)) if self._next else 0
        origin = Origin(first, self._clock.utc())
        position = first
        for samples in pieces:
            block = Block(position, samples)
            position = self._next = block.last
            self._waiting = False
            self._ring.put(Heard(block, origin))
            self._heard_at = self._clock.monotonic()
            self._waiting, self.bad_input = True, False
