"""A folder that is there whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harken.errors import CreateError

HALF = ".half"


@contextlib.contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a hidden folder beside ``folder`` to fill; leaving gives it the name.

    An error removes it. What a killed process left of an earlier try is removed first; one that
    is being filled by a process that lives is let be. `CreateError` where it cannot be.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for left in sorted(folder.parent.iterdir()):
            if left.name.startswith(f".{folder.name}.") and left.name.endswith(HALF):
                _remove_if_nobodys(left)
        beside, held = _made_beside(folder)
    except OSError as error:
        raise CreateError(f"{folder}: cannot be created, {error.strerror}") from None
    try:
        beside.chmod(0o755)
        yield beside
        try:
            beside.rename(folder)
        except OSError as error:
            raise CreateError(f"{folder}: cannot be created, {error.strerror}") from None
    finally:
        os.close(held)
        shutil.rmtree(beside, ignore_errors=True)


def _made_beside(folder: Path) -> tuple[Path, int]:
    """Make the hidden folder and lock it; the lock goes with the process."""
    while True:
        beside = Path(tempfile.mkdtemp(HALF, f".{folder.name}.", folder.parent))
        held = os.open(beside, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        if beside.exists():
            return beside, held
        os.close(held)  # taken for a killed process's in the moment before it was locked


def _remove_if_nobodys(left: Path) -> None:
    held = os.open(left, os.O_RDONLY)
    try:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
    finally:
        os.close(held)
