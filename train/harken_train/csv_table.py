"""A small CSV table that a person wrote: rows by column name, every complaint with its line."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from harken.errors import DataError, MissingInputError, SettingsError
from harken.suggest import suggestion
from harken_train.recordings import Attribute

_DELIMITERS = ",;\t"


class Row(dict[str, str]):
    """One row by column name, texts without blanks around; ``where`` names file and line."""

    where: str

    def __init__(self, values: dict[str, str], where: str) -> None:
        super().__init__(values)
        self.where = where

    def whole(self, column: str) -> int:
        """The value of a column as a whole number."""
        try:
            return int(self[column])
        except ValueError:
            raise DataError(
                f"{self.where}: {column}: need a whole number, got {self[column]!r}"
            ) from None

    def number(self, column: str) -> float:
        """The value of a column as a number."""
        try:
            return float(self[column])
        except ValueError:
            raise DataError(
                f"{self.where}: {column}: need a number, got {self[column]!r}"
            ) from None


def read_table(path: Path, need: Sequence[str] = ()) -> list[Row]:
    """Read a UTF-8 table whose first line names the columns; comma, semicolon or tab between.

    Empty lines are left out. A missing column of ``need``, a column named twice, a row of another
    length, or a table without rows is `DataError`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise MissingInputError(f"{path}: there is no such table") from None
    except OSError as error:
        raise MissingInputError(f"{path}: cannot be read, {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: byte {error.start} is not UTF-8; save the table as UTF-8"
        ) from None
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        lines = list(csv.reader(text.splitlines(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise DataError(f"{path}: not a CSV table, {error}") from None
    columns = [name.strip() for name in lines[0]] if lines else []
    _check_columns(path, columns, need)
    rows = []
    for number, values in enumerate(lines[1:], start=2):
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(columns):
            raise DataError(
                f"{path}, line {number}: has {len(values)} values, the header {len(columns)}"
            )
        texts = (value.strip() for value in values)
        rows.append(Row(dict(zip(columns, texts, strict=True)), f"{path}, line {number}"))
    if not rows:
        raise DataError(f"{path}: the table has no rows")
    return rows


def _check_columns(path: Path, columns: Sequence[str], need: Sequence[str]) -> None:
    for column in need:
        if column not in columns:
            raise DataError(
                f"{path}: no column {column!r}{suggestion(column, columns)}; "
                f"there are: {', '.join(columns) or 'none'}"
            )
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise DataError(f"{path}: the column {twice[0]!r} is there twice; rename one")


def refuse_repeated(rows: Sequence[Row]) -> None:
    """Raise `DataError` when two rows say the same."""
    seen: dict[tuple[str, ...], str] = {}
    for row in rows:
        values = tuple(row.values())
        if values in seen:
            raise DataError(f"{row.where}: is the same as {seen[values]}; remove one of the two")
        seen[values] = row.where


def check_renamed(labels: Mapping[str, str], rows: Sequence[Row], column: str) -> None:
    """Raise `SettingsError` when ``labels`` gives a name to a label that no row has."""
    known = sorted({row[column] for row in rows})
    for label in labels:
        if label not in known:
            raise SettingsError(
                f"data.labels: no label {label!r}{suggestion(label, known)} in the table's column "
                f"{column!r}; there are: {', '.join(known)}"
            )


def renamed(labels: Mapping[str, str], label: str) -> str:
    """Give the name that ``labels`` has for a label of the table; without one its own."""
    return labels.get(label, label)


def attribute(text: str) -> Attribute:
    """Give a cell's value as the number it is written as, or else the text."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if text.lstrip("+-").isdecimal() else number
