"""The bytes of a descriptor, as a file that ends when harkend is told to stop."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any

from harken.errors import InputOutputError
from harken.transport.stop import Stop


class StoppableBytes(io.RawIOBase):
    """Once ``stop`` is set, or the peer is gone, the bytes are at their end.

    ``receive`` is given the most bytes wanted and may give fewer; none is the end.
    """

    def __init__(self, descriptor: int, receive: Callable[[int], bytes], stop: Stop) -> None:
        super().__init__()
        self._descriptor, self._receive, self._stop = descriptor, receive, stop

    @property
    def stopped(self) -> bool:
        """Whether harkend was told to stop: what came before may be unfinished."""
        return self._stop.is_set

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._stop.readable(self._descriptor):
            return 0
        try:
            got = self._receive(len(buffer))
        except ConnectionError:
            return 0
        except OSError as error:
            raise InputOutputError(f"reading failed, {error.strerror or error}") from error
        buffer[: len(got)] = got
        return len(got)

    @classmethod
    def of_descriptor(cls, descriptor: int, stop: Stop) -> StoppableBytes:
        """Read from a descriptor such as standard input."""
        return cls(descriptor, lambda size: os.read(descriptor, size), stop)
