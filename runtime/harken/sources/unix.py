"""Raw samples over a Unix socket: harkend listens at a path, one sender at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harken.sources import Source, sources
from harken.transport.listener import Listener
from harken.transport.pieces import check_dtype, pieces_of
from harken.transport.unix_socket import listen_at
from harken.transport.wanted import Wanted


@sources.register("unix")
@dataclass(frozen=True, kw_only=True)
class Unix:
    """Where to listen (owner and group may send), for what."""

    WORD: ClassVar[str] = "path"
    path: Path
    dtype: str = "s16le"
    live: bool = True

    def __post_init__(self) -> None:
        check_dtype(self.dtype)

    def open(self, wanted: Wanted) -> Source:
        name = f"unix:{self.path}"
        return Listener(
            listen_at(self.path, backlog=1),
            name,
            pieces_of(self.dtype, wanted, name),
            on_close=lambda: self.path.unlink(missing_ok=True),
        )
