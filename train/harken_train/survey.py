"""What a look at recordings finds: each is one, or the reason why it cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from harken.errors import HarkenError, MissingInputError
from harken_train.recordings import Recording

Found = Recording | HarkenError
Item = TypeVar("Item")


@runtime_checkable
class Surveyor(Protocol):
    """A reader that goes on after a file it cannot read."""

    def survey(self) -> list[Found]:
        """Give every recording, or the error in its place, in a fixed order."""
        ...


def survey_of(items: Iterable[Item], recording: Callable[[Item], Recording]) -> list[Found]:
    """Make a recording of each item; the error of one that fails takes its place."""
    found: list[Found] = []
    for item in items:
        try:
            found.append(recording(item))
        except HarkenError as error:
            found.append(error)
    return found


def all_of(found: Sequence[Found]) -> list[Recording]:
    """Give the recordings when all could be read, else raise the first error."""
    recordings = []
    for item in found:
        if isinstance(item, HarkenError):
            raise item
        recordings.append(item)
    return recordings


def check_folder(path: Path, instead: str) -> None:
    """Raise `MissingInputError`, which ends in ``instead``, unless ``path`` is a folder."""
    if not path.is_dir():
        what = "is a file, not a folder" if path.exists() else "there is no such folder"
        raise MissingInputError(f"data.path: {path}: {what}; {instead}")
