"""Bytes from a file, a pipe or memory, with the position that errors name."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from harken.errors import DataError, InputOutputError

_PIECE = 1 << 18


class ByteReader:
    """Reads ``file`` forward from where it stands; ``name`` is what errors call it.

    ``at`` counts bytes from there. ``size`` is how many there are, None where it cannot be known
    (pipes, devices). Nothing larger than what arrives is ever asked for or held. ``path`` is where
    the file lies, None where it was opened by others.
    """

    def __init__(self, file: BinaryIO, name: str, path: Path | None = None) -> None:
        self.name = name
        self.path = path
        self.at = 0
        self._file = file
        self._held = b""
        self.size = _size_of(file)

    @property
    def left(self) -> int | None:
        """How many bytes are still to come, None where it cannot be known."""
        return None if self.size is None else max(0, self.size - self.at)

    def peek(self, count: int) -> bytes:
        """Give the next ``count`` bytes, fewer at the end, without moving on."""
        while len(self._held) < count:
            more = self._more(count - len(self._held))
            if not more:
                break
            self._held += more
        return self._held[:count]

    def some(self, count: int) -> bytes:
        """Give at most ``count`` of the bytes that are there, at least one; none at the end.

        A live source is so heard without waiting until a large piece is full.
        """
        if self._held:
            piece, self._held = self._held[:count], self._held[count:]
        else:
            piece = self._more(count)
        self.at += len(piece)
        return piece

    def upto(self, count: int) -> bytes:
        """Give ``count`` bytes, fewer only at the end."""
        pieces = []
        while count > 0:
            piece = self.some(min(count, _PIECE))
            if not piece:
                break
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def exactly(self, count: int, what: str) -> bytes:
        """Give ``count`` bytes of ``what``; `DataError` when the file ends before."""
        start = self.at
        content = self.upto(count)
        if len(content) < count:
            raise DataError(
                f"{self.name}: byte {start}: the file ends in {what}, "
                f"{len(content)} of {count} bytes are there; copy or record it again"
            )
        return content

    def skip(self, count: int, what: str) -> None:
        """Step over ``count`` bytes of ``what``; `DataError` when the file ends before."""
        start = self.at
        if self.left is not None and count > self.left:
            raise DataError(
                f"{self.name}: byte {start}: {what} says it has {count} bytes, "
                f"{self.left} are left; copy or record it again"
            )
        while count > 0:
            piece = self.some(min(count, _PIECE))
            if not piece:
                raise DataError(
                    f"{self.name}: byte {start}: the file ends in {what}; copy or record it again"
                )
            count -= len(piece)

    def _more(self, count: int) -> bytes:
        read = getattr(self._file, "read1", self._file.read)
        try:
            piece: bytes | None = read(count)
        except OSError as error:
            raise InputOutputError(
                f"{self.name}: byte {self.at}: reading failed, {error.strerror or error}"
            ) from error
        if piece is None:
            raise InputOutputError(
                f"{self.name}: byte {self.at}: nothing to read yet; open it in blocking mode"
            )
        return piece


def _size_of(file: BinaryIO) -> int | None:
    try:
        if not file.seekable():
            return None
        here = file.tell()
        size = file.seek(0, 2) - here
        file.seek(here)
    except OSError:
        return None
    return size if size > 0 else None  # devices and /proc say 0 and have bytes all the same
