"""Several sets as one: real recordings and simulated ones, or two measuring campaigns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from harken.errors import HarkenError, SettingsError
from harken_train.readers import Reader, readers
from harken_train.recordings import Recording
from harken_train.survey import Found, Surveyor, all_of


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
        return all_of(self.survey())

    def survey(self) -> list[Found]:
        """Every part's recordings, or the error in the place of one that cannot be read."""
        return [
            _of_part(number, item)
            for number, part in enumerate(self.parts)
            for item in (part.survey() if isinstance(part, Surveyor) else part.recordings())
        ]


def _of_part(number: int, item: Found) -> Found:
    if isinstance(item, HarkenError):
        return item
    return replace(
        item,
        name=f"{number}/{item.name}",
        group=f"{number}/{item.group}",
        attributes={**item.attributes, "part": number},
    )
