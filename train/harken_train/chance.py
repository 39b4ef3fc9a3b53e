"""What all augmentations have: the share of segments that they change."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harken.errors import SettingsError

Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Chance:
    """``probability`` is that of each segment to be changed, in each epoch anew."""

    probability: float = 0.5

    def __post_init__(self) -> None:
        check_within("probability", self.probability, 0.0, 1.0)


def check_within(name: str, value: float, least: float, most: float = math.inf) -> None:
    """Refuse what is not from ``least`` to ``most``, NaN and infinity too."""
    if not math.isfinite(value) or not least <= value <= most:
        words = f"from {least:g} to {most:g}" if math.isfinite(most) else f"at least {least:g}"
        raise SettingsError(f"{name}: need {words}, got {value}")


def check_range(name: str, given: Range, least: float, most: float = math.inf) -> None:
    """Refuse a pair that is not [lowest, highest] from ``least`` to ``most``."""
    for value in given:
        check_within(name, value, least, most)
    if given[0] > given[1]:
        raise SettingsError(f"{name}: need [lowest, highest], got {list(given)}")
