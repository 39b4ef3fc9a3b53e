"""One line of a recipe that is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One line of a recipe's table, and why; a list may have a line and a reason for each item."""

    key: str
    value: Any
    why: str = ""
    each: tuple[str, ...] = ()
