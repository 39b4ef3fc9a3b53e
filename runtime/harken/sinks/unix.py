"""JSON lines to a program that listens on a Unix socket.

harkend connects, and connects again whenever it has to: alarms wait for the receiver, which is
why it is not harkend that listens. Delivered means handed to the receiver's socket.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harken.sinks import Event, Sink, sinks
from harken.sinks.lines import line_of


@sinks.register("unix")
@dataclass(frozen=True, kw_only=True)
class Unix:
    """Where the receiver listens; it need not be there yet."""

    WORD: ClassVar[str] = "path"
    path: Path
    decisions: bool = True

    @property
    def name(self) -> str:
        return f"unix:{self.path}"

    def open(self) -> Sink:
        return UnixClient(self.path)


class UnixClient:
    """A connection that is made when there is something to say."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    def write(self, event: Event) -> None:
        try:
            self._connected().sendall(line_of(event))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.connect(str(self._path))
        return self._socket
