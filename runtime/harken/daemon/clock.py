"""The two clocks, as the daemon takes them from outside."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Durations are differences of ``monotonic``; ``utc`` is only ever written down."""

    def monotonic(self) -> float: ...

    def utc(self) -> datetime: ...


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def utc(self) -> datetime:
        return datetime.now(UTC)
