"""The source's thread: inputs one after the other, each piece with its position."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

import numpy as np

from harken.daemon.clock import Clock
from harken.daemon.heard import Heard, Origin
from harken.daemon.ring import Ring
from harken.errors import HarkenError
from harken.sources import Source
from harken.stream import Block, Samples
from harken.transport.stop import Stop

logger = logging.getLogger(__name__)


class Reader:
    """Puts what ``source`` gives into ``ring``, and where each input ends.

    Between two inputs (a client left, the next one came) positions jump by the time that passed,
    by one sample at least: nothing is invented, and windows never reach across. An input's first
    sample was heard as long ago as its piece lasts; before a source that is not live, not earlier
    than the input was there.
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
        opened = self._clock.monotonic()
        origin: Origin | None = None
        block = Block(self._next, np.empty((0, 0), np.float32))
        try:
            for samples in pieces:
                if origin is None:
                    origin = self._origin(opened, samples.shape[1] / self._rate)
                    self._next = origin.first
                block = Block(self._next, samples)
                self._next = block.last
                self._waiting = False
                self._ring.put(Heard(block, origin))
                self._heard_at = self._clock.monotonic()
                self._waiting, self.bad_input = True, False
        finally:  # also of an input that breaks: what was heard of it was a recording
            if origin is not None:
                none = Block(block.last, block.samples[:, :0])
                self._ring.put(Heard(none, origin, ended=True))

    def _origin(self, opened: float, lasting: float) -> Origin:
        """Where and when an input begins whose first piece, of ``lasting`` seconds, is here now."""
        now = self._clock.monotonic()
        age = lasting if self._ring.live else min(lasting, now - opened)
        silence = now - age - self._heard_at
        first = self._next + max(1, round(silence * self._rate)) if self._next else 0
        return Origin(first, self._clock.utc() - timedelta(seconds=age))
