"""What the main thread is called for: signals, and threads that have something to tell it."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType
from typing import Literal, Protocol

Call = Literal["stop", "reload", "look"]
_MEANING: dict[int, Call] = {
    0: "look",
    signal.SIGTERM: "stop",
    signal.SIGINT: "stop",
    signal.SIGHUP: "reload",
}


class Calls(Protocol):
    """Where the main thread waits."""

    def wait(self, seconds: float) -> list[Call]:
        """Give the calls since the last time; wait for one so long at the most."""
        ...

    def look(self) -> None:
        """Wake the main thread: something has changed. Any thread may call it."""
        ...


class SignalCalls:
    """SIGTERM and SIGINT stop, SIGHUP reloads; a second stop leaves the process at once.

    To be made in the main thread.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._stopping = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def wait(self, seconds: float) -> list[Call]:
        ready, _, _ = select.select([self._reader], [], [], max(0.0, seconds))
        return [_MEANING[number] for number in os.read(self._reader, 4096)] if ready else []

    def look(self) -> None:
        self._write(0)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if _MEANING[number] == "stop":
            if self._stopping:
                os._exit(128 + number)
            self._stopping = True
        self._write(number)

    def _write(self, number: int) -> None:
        try:
            os.write(self._writer, bytes([number]))
        except BlockingIOError:
            return  # thousands of calls wait already; one more changes nothing
