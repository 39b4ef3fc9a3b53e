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

    Each gets the attribute ``part``: its reader's kind, numbered where a kind comes twice
    (``cwru``, ``folder_0``, ``folder_1``). Groups and names begin with it.
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
            _of_part(name, item)
            for name, part in zip(self._names(), self.parts, strict=True)
            for item in (part.survey() if isinstance(part, Surveyor) else part.recordings())
        ]

    def _names(self) -> list[str]:
        kinds = [readers.kind_of(part) for part in self.parts]
        return [
            kind if kinds.count(kind) == 1 else f"{kind}_{kinds[:i].count(kind)}"
            for i, kind in enumerate(kinds)
        ]


def _of_part(part: str, item: Found) -> Found:
    if isinstance(item, HarkenError):
        return item
    return replace(
        item,
        name=f"{part}/{item.name}",
        group=f"{part}/{item.group}",
        attributes={**item.attributes, "part": part},
    )
