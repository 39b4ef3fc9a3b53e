"""Labelled spectrograms, one a file: arrays of numpy's or pictures, and a table of their labels."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from harken.errors import DataError, HarkenError, SettingsError
from harken.stream import Samples
from harken.suggest import suggestion
from harken_train.csv_table import (
    Row,
    attribute,
    check_renamed,
    read_table,
    refuse_repeated,
    renamed,
)
from harken_train.group_name import group_from, group_pattern
from harken_train.readers import readers
from harken_train.recordings import Recording
from harken_train.spectrogram_file import COLOUR, SUFFIXES, SpectrogramFile, look
from harken_train.survey import Found, all_of, check_folder, survey_of

GROUP_COLUMNS = ("group", "source_clip")  # used where they are, the first of them
INDEX = ""  # how pandas calls the column of row numbers that it writes
_NUMBERED = re.compile(r"(.*?)(\d+)")

_log = logging.getLogger(__name__)


@readers.register("spectrograms")
@dataclass(frozen=True, kw_only=True)
class Spectrograms:
    """Files in the folder ``path``, told by the table ``table`` in it: one line a spectrogram.

    ``.npy`` holds (bands, columns), the lowest band first, and is mapped: only what is needed of it
    is read, when it is needed. ``.png`` is a picture, the highest frequency on top (``flip`` says
    whose rows are turned over); its values stay as they are stored, or with ``range`` go from
    black, the first, to white, the second.

    ``column_label`` is needed; ``labels`` gives its values other names. Without ``column_file`` the
    files are told by the row numbers in their names (``spectrogram_0.npy``) where that is beyond
    doubt. The group is the clip that a slice was cut from: the column ``column_group`` (without one
    ``group`` or ``source_clip``), or what the brackets of ``group_pattern`` match in the file name,
    or else the file. ``rate`` is columns a second, rounded; 1 where it is not known.
    """

    gives: ClassVar[str] = "spectrogram"

    path: Path
    table: str = "dataset.csv"
    column_file: str = "file"
    column_label: str = "label"
    column_group: str = ""
    group_pattern: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    rate: int = 1
    flip: Literal["pictures", "all", "none"] = "pictures"
    range: tuple[float, float] | None = None  # decibels, say [-80, 0]

    def __post_init__(self) -> None:
        group_pattern(self.group_pattern)
        if self.rate < 1:
            raise SettingsError(f"rate: need at least 1 column a second, got {self.rate}")
        if self.range is not None and not (
            all(map(math.isfinite, self.range)) and self.range[0] < self.range[1]
        ):
            raise SettingsError(f"range: need [black, white], rising, got {list(self.range)}")

    def recordings(self) -> list[Recording]:
        """One a row, in the table's order; the first that cannot be read is an error."""
        return all_of(self.survey())

    def survey(self) -> list[Found]:
        """One a row, or the error in its place; those of other bands than the first are one."""
        check_folder(self.path, "set data.path to the folder that holds the files and the table")
        need = [self.column_label, *([self.column_group] if self.column_group else [])]
        rows = read_table(self.path / self.table, need)
        if self.column_file in rows[0]:
            refuse_repeated(rows)
        check_renamed(self.labels, rows, self.column_label)
        named = list(zip(rows, self._files(rows), strict=True))
        found = survey_of(named, lambda one: self._recording(*one))
        coloured = sum(COLOUR in one.notes for one in found if isinstance(one, Recording))
        if coloured:
            _log.warning("took the luminance of pictures=%d folder=%s", coloured, self.path)
        return _of_one_height(found)

    def _files(self, rows: Sequence[Row]) -> list[str]:
        """The name of each row's file: from its column, or by the row's number."""
        if self.column_file in rows[0]:
            return [row[self.column_file] for row in rows]
        columns = [name for name in rows[0] if name != INDEX]
        lacks = (
            f"{self.path / self.table}: no column "
            f"{self.column_file!r}{suggestion(self.column_file, columns)}; "
            f"there are: {', '.join(columns)}; set data.column_file, or name files by row number"
        )
        numbered = _by_number(self.path, lacks)
        first = min(numbered, default=0)
        if INDEX in rows[0]:
            wanted = [row.whole(INDEX) for row in rows]
        else:
            wanted = list(range(first, first + len(rows)))
        if first > 1 or sorted(wanted) != sorted(numbered):
            raise DataError(
                f"{lacks} (there are {len(rows)} rows and {len(numbered)} numbered files, "
                f"from {first} to {max(numbered)})"
            )
        return [numbered[number] for number in wanted]

    def _recording(self, row: Row, name: str) -> Recording:
        label = row[self.column_label]
        if not name or not label:
            empty = self.column_label if name else self.column_file
            raise DataError(f"{row.where}: {empty}: is empty; every spectrogram needs one")
        found = look(self.path / name, self.range)
        flipped = self.flip == "all" or (self.flip == "pictures" and found.picture)
        group = next((row[column] for column in self._group_columns() if row.get(column)), "")
        return Recording(
            name=name,
            label=renamed(self.labels, label),
            group=group or group_from(self.group_pattern, name),
            rate=self.rate,
            frames=found.columns,
            channels=found.bands,
            read=partial(_upside_down, found) if flipped else found.read,
            mapped=True,
            attributes={
                column: attribute(text)
                for column, text in row.items()
                if column not in (INDEX, self.column_file, self.column_label) and text != ""
            },
            origin=name,
            notes=found.notes,
        )

    def _group_columns(self) -> tuple[str, ...]:
        if self.column_group:
            return (self.column_group,)
        return () if self.group_pattern else GROUP_COLUMNS


def _upside_down(file: SpectrogramFile) -> Samples:
    return np.ascontiguousarray(file.read()[::-1])


def _by_number(folder: Path, lacks: str) -> dict[int, str]:
    """The files of one kind by the number that their names end in; ``lacks`` begins an error."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES]
    matches = [_NUMBERED.fullmatch(path.stem) for path in files]
    if not files or len({path.suffix for path in files}) > 1:
        kinds = ", ".join(sorted({path.suffix for path in files})) or "none"
        raise DataError(f"{lacks} (kinds of files there: {kinds})")
    if None in matches or len({match[1] for match in matches if match}) > 1:
        raise DataError(f"{lacks} (the files are not named alike: {files[0].name}, ...)")
    numbers = [int(match[2]) for match in matches if match]
    if len(set(numbers)) < len(numbers):
        raise DataError(f"{lacks} (two files have the same number)")
    return {number: path.name for number, path in zip(numbers, files, strict=True)}


def _of_one_height(found: Sequence[Found]) -> list[Found]:
    first = next((item for item in found if isinstance(item, Recording)), None)
    return [item if first is None else _as_high_as(first, item) for item in found]


def _as_high_as(first: Recording, item: Found) -> Found:
    if isinstance(item, HarkenError) or item.channels == first.channels:
        return item
    return DataError(
        f"{item.name}: has {item.channels} bands, {first.name} has {first.channels}; all of a "
        "set need the same number, make them anew by the same settings"
    )
