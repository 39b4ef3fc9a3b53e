"""Where a study is kept: a journal file in the sweep's folder, or a database."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from typing import Any

import optuna
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)

from harken.errors import DataError, InputOutputError, MissingExtraError, SettingsError

JOURNAL = "journal.log"
_TRIES, _PAUSE = 4, 0.5  # seconds; tables are made in far less


class JournalLock:
    """Optuna's lock of a journal, by ``flock``: it goes with the process that held it.

    A writer that was killed may have left half a line behind, which would spoil the next one; it
    is cut off by whoever locks the file next.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def acquire(self) -> bool:
        """Wait for the lock; always ``True``."""
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        size = os.fstat(self._file).st_size
        whole = _end_of_last_line(self._file, size)
        if whole < size:
            os.ftruncate(self._file, whole)
        return True

    def release(self) -> None:
        """Let the next one write."""
        os.close(self._file)


def _end_of_last_line(file: int, size: int) -> int:
    """Where the last line break ends, looking back from the end."""
    step, end = 4096, size
    while end > 0:
        first = max(0, end - step)
        place = os.pread(file, end - first, first).rfind(b"\n")
        if place >= 0:
            return first + place + 1
        end = first
    return 0


def storage_of(url: str | None, folder: Path) -> Any:
    """Open the study's storage: ``url`` is SQLAlchemy's; without one a journal in ``folder``.

    `DataError` for a journal that is none, `SettingsError` for an URL that is none,
    `InputOutputError` when the database does not answer, `MissingExtraError` when its driver is not
    installed.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if url is None:
        path = folder / JOURNAL
        path.parent.mkdir(parents=True, exist_ok=True)
        return _journal(path)
    try:
        shown = make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        raise SettingsError(
            f"--storage: need a URL such as sqlite:///study.db or "
            f"postgresql+psycopg://user@host/name, got {url!r}"
        ) from None
    try:
        return _opened(url)
    except (ImportError, NoSuchModuleError) as error:
        raise MissingExtraError(
            f"--storage: {shown}: its driver is not installed, {error}; "
            f"install it, psycopg[binary] for postgresql+psycopg"
        ) from None
    except SQLAlchemyError as error:
        raise InputOutputError(
            f"--storage: {shown}: cannot be used, {str(error).splitlines()[0]}"
        ) from None


def close(storage: Any) -> None:
    """Let go of a database's connections; a journal holds none."""
    if isinstance(storage, optuna.storages.RDBStorage):
        storage.remove_session()
        storage.engine.dispose()


def _journal(path: Path) -> Any:
    """Half a last line, of a writer at work or killed, is no harm."""
    backend = optuna.storages.journal.JournalFileBackend(str(path), lock_obj=JournalLock(path))
    try:
        for line in path.read_bytes().split(b"\n")[:-1] if path.exists() else ():
            json.loads(line)  # Optuna would only say so when it reads it for the second time
        return optuna.storages.JournalStorage(backend)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: is broken, {error}; move it away, and the same command starts anew with "
            "the runs that are there"
        ) from None


def _opened(url: str) -> Any:
    """Two processes that make the tables at once get in each other's way: the loser tries again."""
    for _ in range(_TRIES):
        try:
            return optuna.storages.RDBStorage(url)
        except (IntegrityError, ProgrammingError):
            time.sleep(_PAUSE)
        except OperationalError as error:
            if "already exists" not in str(error):
                raise
            time.sleep(_PAUSE)
    return optuna.storages.RDBStorage(url)
