"""Several sets as one: real recordings and simulated ones, or two measuring campaigns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from harken.errors import SettingsError
from harken_train.readers import Reader, readers
from harken_train.recordings import Recording


@readers.register("joined")
@dataclass(frozen=True, kw_only=True)
class Joined:
    """The recordings of all ``parts``, in their order.

    Each gets the attribute ``part``, the number of its part from 0 on, so that a split can hold
    one back; groups and names are told apart by it, too.
    """

    parts: tuple[Annotated[Reader, readers], ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise SettingsError("parts: need at least one")

    def recordings(self) -> list[Recording]:
        return [
            replace(
                recording,
                name=f"{number}/{recording.name}",
                group=f"{number}/{recording.group}",
                attributes={**recording.attributes, "part": number},
            )
            for number, part in enumerate(self.parts)
            for recording in part.recordings()
        ]
