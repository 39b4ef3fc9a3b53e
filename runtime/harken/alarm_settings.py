"""When a person is told: the settings of `harken.alarm`, which every contract carries.

They stand apart from the logic so that a process that raises no alarm does not import it.
"""

from __future__ import annotations

from dataclasses import dataclass

from harken.errors import SettingsError

LARGEST_COUNT = 1000  # windows that are remembered at the most
LONGEST_HOLD = 1e6  # seconds, 11 days


@dataclass(frozen=True, kw_only=True)
class AlarmSettings:
    """``votes`` of the last ``of`` windows, ``on`` and ``off``: see `harken.alarm`."""

    votes: int = 3
    of: int = 5
    on: float = 0.6
    off: float = 0.4
    hold: float = 1.0  # seconds without a vote for the alarm before it may clear

    def __post_init__(self) -> None:
        if not 1 <= self.votes <= self.of <= LARGEST_COUNT:
            raise SettingsError(
                f"need 1 <= votes <= of <= {LARGEST_COUNT}, got votes={self.votes} and of={self.of}"
            )
        if not 0.0 < self.off <= self.on <= 1.0:
            raise SettingsError(f"need 0 < off <= on <= 1, got off={self.off} and on={self.on}")
        if not 0.0 <= self.hold <= LONGEST_HOLD:
            raise SettingsError(f"hold: need 0 to {LONGEST_HOLD:g} seconds, got {self.hold}")
