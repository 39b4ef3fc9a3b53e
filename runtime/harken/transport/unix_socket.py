"""A Unix socket that listens at a path, in place of a dead one that was left there."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

from harken.errors import CreateError


def listen_at(path: Path, *, backlog: int = 4) -> socket.socket:
    """Listen at ``path``, readable and writable by owner and group only.

    What stands there is replaced only if it is a socket that nobody listens at any more.
    """
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        listener.bind(str(path))
        path.chmod(0o660)
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        raise CreateError(
            f"{path}: no socket can listen there, {error.strerror or error}"
        ) from None
    return listener


def _clear(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise CreateError(f"{path}: cannot be looked at, {error.strerror}") from None
    if not stat.S_ISSOCK(mode):
        raise CreateError(f"{path}: exists and is not a socket; name another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        try:
            caller.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise CreateError(f"{path}: somebody listens there already; name another path")
