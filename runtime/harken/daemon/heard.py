"""What was heard: a block of samples that knows where and when it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from harken.stream import Block


@dataclass(frozen=True)
class Origin:
    """Where positions meet time: sample ``first`` was heard at ``time`` (UTC).

    There is one for each input of the source: time between two inputs is not in the samples.
    """

    first: int
    time: datetime

    def time_of(self, position: int, rate: int) -> datetime:
        """UTC time of a position; the clock at this moment plays no part in it."""
        return self.time + timedelta(seconds=(position - self.first) / rate)


@dataclass(frozen=True)
class Heard:
    """Consecutive samples, float32 in the contract's unit, and the origin they count from.

    ``ended`` says that the input ends here: there are no samples in it.
    """

    block: Block
    origin: Origin
    ended: bool = False
