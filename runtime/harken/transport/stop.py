"""A request to stop that also wakes a thread which waits for a file or socket."""

from __future__ import annotations

import contextlib
import os
import select


class Stop:
    """Set once, by any thread or signal handler; everything that waits through it returns."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._set = False

    def set(self) -> None:
        """Ask to stop."""
        self._set = True
        with contextlib.suppress(BlockingIOError):  # full of requests: who waits is awake already
            os.write(self._writer, b"!")

    @property
    def is_set(self) -> bool:
        """Whether it was asked for."""
        return self._set

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until stopped; whether it was stopped."""
        select.select([self._reader], [], [], max(0.0, seconds))
        return self._set

    def readable(self, descriptor: int) -> bool:
        """Wait until ``descriptor`` has something to read; False when stopped first."""
        if self._set:
            return False
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        poll.register(descriptor, select.POLLIN)
        poll.poll()
        return not self._set

    def close(self) -> None:
        """Give back the two descriptors; nobody may wait any more."""
        os.close(self._reader)
        os.close(self._writer)
