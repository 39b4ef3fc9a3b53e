"""A Unix socket that answers everyone who connects with the health object, and reads nothing."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from harken.errors import MissingInputError
from harken.sinks import Event
from harken.transport.stop import Stop
from harken.transport.unix_socket import listen_at

ANSWER_WITHIN = 1.0  # seconds a caller may take to read its answer
LARGEST_ANSWER = 1 << 20  # bytes


class Control:
    """Listens at ``path`` (0660) in a thread of its own until ``stop`` is set."""

    def __init__(self, path: Path, health: Callable[[], Event], stop: Stop) -> None:
        self._path, self._health, self._stop = path, health, stop
        self._listening = listen_at(path)
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop listening; ``stop`` must be set."""
        self._thread.join(2 * ANSWER_WITHIN)
        self._listening.close()
        self._path.unlink(missing_ok=True)

    def _run(self) -> None:
        while self._stop.readable(self._listening.fileno()):
            try:
                caller, _ = self._listening.accept()
                with caller:
                    caller.settimeout(ANSWER_WITHIN)
                    caller.sendall(json.dumps(self._health().as_dict()).encode() + b"\n")
            except OSError:
                continue  # the caller left, or did not read: its loss


def ask(path: Path) -> bytes:
    """Give the health object of the daemon that listens at ``path``, as one line of JSON."""
    answer = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(2 * ANSWER_WITHIN)
        try:
            caller.connect(str(path))
            while len(answer) < LARGEST_ANSWER and (got := caller.recv(65536)):
                answer += got
        except OSError as error:
            raise MissingInputError(
                f"{path}: no harkend answers there, {error.strerror or error}; "
                f"start one with harkend --socket {path} MODEL SOURCE"
            ) from None
    return answer
