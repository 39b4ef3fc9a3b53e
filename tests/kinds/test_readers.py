"""What every reader must keep, over the registry: a new kind joins by its file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from harken.errors import MissingInputError
from harken.settings import dump, load
from harken_train.readers import Reader, readers


def settings_of(kind: str) -> set[str]:
    settings: Any = readers.get(kind)
    return {field.name for field in dataclasses.fields(settings)}


OF_FILES = [kind for kind in readers.kinds() if settings_of(kind) & {"path", "parts"}]


def reader(kind: str, folder: Path) -> Reader:
    """A reader of this kind that looks into ``folder``, if it reads files at all."""
    names = settings_of(kind)
    table: dict[str, Any] = {}
    if "path" in names:
        table["path"] = str(folder)
    if "annotator" in names:
        table["annotator"] = "atr"
    if "parts" in names:
        table["parts"] = [{"kind": "folder", "path": str(folder)}]
    return load(readers.get(kind), table)


@pytest.mark.parametrize("kind", OF_FILES)
def test_a_reader_of_files_says_when_its_folder_is_not_there(kind: str, tmp_path: Path) -> None:
    made = reader(kind, tmp_path / "absent")
    with pytest.raises(MissingInputError, match=r"^data.path: .*absent: there is no such folder; "):
        made.recordings()


@pytest.mark.parametrize("kind", readers.kinds())
def test_a_readers_settings_come_back_from_a_recipe(kind: str, tmp_path: Path) -> None:
    settings = reader(kind, tmp_path)
    assert load(readers.get(kind), dump(settings)) == settings
