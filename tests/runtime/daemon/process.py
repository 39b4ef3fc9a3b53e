"""The real ``harkend`` as a child process, with its lines at hand as they come."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

HARKEND = Path(sys.executable).with_name("harkend")
HARKEN = Path(sys.executable).with_name("harken")
DEADLINE = 30.0  # seconds; a loaded machine starts Python and onnxruntime slowly


class Daemon:
    """Runs ``harkend`` with ``words``; with ``read=False`` nobody reads its standard output.

    ``command`` is another installation's, ``env`` None this process's environment.
    """

    def __init__(
        self,
        *words: str | Path,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        read: bool = True,
        command: Path = HARKEND,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [command, *map(str, words)],
            env=env,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.log: list[str] = []
        self.raw: list[bytes] = []
        self._changed = threading.Condition()
        streams = [(self.process.stderr, self._hear_log)]
        if read:
            streams.append((self.process.stdout, self._hear_line))
        self._threads = [threading.Thread(target=_pump, args=stream) for stream in streams]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Daemon:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait(DEADLINE)
        for thread in self._threads:
            thread.join(DEADLINE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it printed, whole lines only."""
        return [json.loads(line) for line in list(self.raw) if line.endswith(b"\n")]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == kind]

    def wait_for(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many lines of a type were printed."""
        self.wait(lambda: len(self.of_type(kind)) >= count, f"{count} lines of type {kind}")
        return self.of_type(kind)

    def wait_for_log(self, text: str) -> str:
        """Wait until a line with ``text`` was logged and give it."""
        self.wait(lambda: any(text in line for line in self.log), f"the log line {text!r}")
        return next(line for line in self.log if text in line)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Wait until it has ended and all it printed was read; give its exit status."""
        status = self.process.wait(DEADLINE)
        for thread in self._threads:
            thread.join(DEADLINE)
        return status

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until ``condition`` holds, looked at whenever a line comes."""
        with self._changed:
            until = time.monotonic() + DEADLINE
            while not condition():
                left = until - time.monotonic()
                if not self._changed.wait(left) and left <= 0:
                    raise TimeoutError(f"waited for {what}; log {self.log}, lines {self.lines}")

    def _hear_line(self, line: bytes) -> None:
        with self._changed:
            self.raw.append(line)
            self._changed.notify_all()

    def _hear_log(self, line: bytes) -> None:
        with self._changed:
            self.log.append(line.decode().rstrip("\n"))
            self._changed.notify_all()


def _pump(stream: IO[bytes], hear: Callable[[bytes], None]) -> None:
    for line in stream:
        hear(line)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Look again and again until ``condition`` holds, for what no event tells."""
    until, pause = time.monotonic() + DEADLINE, threading.Event()
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"waited for {what}")
        pause.wait(0.005)
