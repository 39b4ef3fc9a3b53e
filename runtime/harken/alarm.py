"""From decisions to alarms: votes, hysteresis, hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AlarmSettings:
    """To be completed."""
