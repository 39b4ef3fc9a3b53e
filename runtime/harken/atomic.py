"""Files that are whole or not there: written beside their name, synced, then renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harken.errors import CreateError, InputOutputError


@contextlib.contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; it takes the name ``path`` if all goes well.

    Whatever ends the block early (an error, Ctrl-C) removes the temporary file and leaves a file
    that stood at ``path`` untouched. A full disk is `InputOutputError`, a folder that cannot be
    written to is `CreateError`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise CreateError(f"{path}: cannot be created, {error.strerror}") from None
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.chmod(0o644)
        beside.replace(path)
    except OSError as error:
        raise InputOutputError(
            f"{path}: writing failed, {error.strerror or error}; nothing was left behind"
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``, whole or not at all."""
    with written_beside(path) as beside:
        beside.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write ``content`` to ``path`` as UTF-8, whole or not at all."""
    write_bytes(path, content.encode())
