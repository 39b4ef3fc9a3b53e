"""JSON lines on standard output or at the end of a file."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harken.errors import CreateError
from harken.sinks import Event, Sink, SinkGoneError, sinks

STDOUT = "-"
OURS = b'{"type":"'  # how every line begins that `line_of` gives
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@sinks.register("lines")
@dataclass(frozen=True, kw_only=True)
class Lines:
    """``path`` is a file, or ``-`` for standard output. A file that was rotated is opened anew."""

    WORD: ClassVar[str] = "path"
    path: str = STDOUT
    decisions: bool = True

    @property
    def name(self) -> str:
        return f"lines:{self.path}"

    def open(self) -> Sink:
        return StandardOutput() if self.path == STDOUT else LineFile(Path(self.path))


def line_of(event: Event) -> bytes:
    """Give an event as one line of JSON."""
    return _ENCODER.encode(event.as_dict()).encode() + b"\n"


class StandardOutput:
    """Each line in one write, so that a line of up to 4096 bytes is never torn on a pipe."""

    def write(self, event: Event) -> None:
        try:
            _write_all(1, line_of(event))
        except BrokenPipeError:
            raise SinkGoneError("standard output was closed by its reader") from None

    def close(self) -> None:
        """Nothing: standard output is not ours to close."""


class LineFile:
    """Alarms are synced to the disk before they count as delivered."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file: int | None = self._opened()
        except OSError as error:
            raise CreateError(f"{path}: cannot be written, {error.strerror}") from None

    def write(self, event: Event) -> None:
        file = self._current()
        size = os.fstat(file).st_size
        try:
            _write_all(file, line_of(event))
            if getattr(event, "id", None) is not None:
                _sync(file)
        except OSError:
            os.ftruncate(file, size)  # a full disk must not leave half a line
            self.close()
            raise

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _current(self) -> int:
        """The file that has the name now; the old one may have been moved away or deleted."""
        if self._file is not None:
            ours = os.fstat(self._file)
            try:
                there = self._path.stat()
            except FileNotFoundError:
                there = None
            if there is None or (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
                self.close()
        if self._file is None:
            self._file = self._opened()
        return self._file

    def _opened(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        if stat.S_ISREG(os.fstat(file).st_mode):
            _cut_torn_line(file)
        return file


def _cut_torn_line(file: int) -> None:
    """Take away a last line of ours that a power cut left half written; all else stays."""
    size = os.fstat(file).st_size
    start = max(0, size - 65536)
    tail = os.pread(file, size - start, start)
    if tail and not tail.endswith(b"\n"):
        newline = tail.rfind(b"\n")
        begun = newline >= 0 or start == 0  # else the line began before the tail
        if begun and _is_half_of_ours(tail[newline + 1 :]):
            os.ftruncate(file, start + newline + 1)
        else:
            os.write(file, b"\n")  # it stays, and ours begins after it


def _is_half_of_ours(line: bytes) -> bool:
    if not line.startswith(OURS):
        return False
    try:
        json.loads(line)
    except ValueError:
        return True
    return False


def _sync(file: int) -> None:
    if stat.S_ISREG(os.fstat(file).st_mode):
        os.fsync(file)


def _write_all(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]
