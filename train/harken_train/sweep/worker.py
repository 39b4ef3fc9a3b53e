"""A process that takes trials: its name, and whether it still lives, by a lock on a file."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from pathlib import Path

FOLDER = "workers"


class Worker:
    """A process as a worker of the sweep in ``folder``; the lock goes with the process."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._path = folder / FOLDER / f"{self.name}.lock"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def close(self) -> None:
        """Leave in order: nothing is running in this process's name any more."""
        self._path.unlink(missing_ok=True)
        os.close(self._file)


def lives(folder: Path, name: str) -> bool | None:
    """Whether the worker ``name`` is at work; ``None`` where this folder has never heard of it.

    It may then be at work on another machine, whose folder is another.
    """
    try:
        file = os.open(folder / FOLDER / f"{name}.lock", os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
