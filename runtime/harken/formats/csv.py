"""Text tables: one line a sample, the samples in one column or several.

What may be read in two ways is refused, not guessed: commas that may be decimal, two delimiters,
columns without a choice. Timestamps are not read: choose the columns that are samples.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from harken.byte_reader import ByteReader
from harken.clip import (
    MOST_CHANNELS,
    Clip,
    check_length,
    check_rate,
    finished,
    formats,
    whole_rate,
)
from harken.errors import DataError
from harken.stream import Samples
from harken.suggest import suggestion
from harken.text_table import Table, choice, is_number, numbers, open_table, option
from harken.unit import in_name

_ROWS_AT_ONCE = 1 << 15
_WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")

Rows = list[tuple[int, list[str]]]


@formats.register("csv")
@dataclass(frozen=True, kw_only=True)
class Csv:
    """Columns of numbers; ``column`` (name, or index from 0; several: a tuple) are the samples.

    It may be left out where one alone has a name or values. The first line may be a header; lines
    that start with ``#`` above it are skipped. With ``decimal`` = "," 1,5 is one and a half.

    The names and values that a watch writes above its samples tell rate, unit and decimal comma;
    a unit may stand in brackets in the column's name.
    """

    column: str | int | tuple[str | int, ...] | None = None
    rate: int | None = None
    channel: int | None = None
    decimal: Literal[".", ","] | None = None
    delimiter: Literal[",", ";", "\t", "|", " "] | None = None
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt")

    @staticmethod
    def claims(head: bytes) -> bool:  # noqa: ARG004  # the protocol's; text may be anything
        """Nothing: text is known by its suffix."""
        return False

    def read(self, reader: ByteReader) -> Clip:
        """Read all lines; the samples are in a unit of their own, NaN and Inf are noted."""
        check_rate(self.rate, reader.name)
        table = open_table(reader, self.delimiter, self.decimal)
        columns = self._columns(table, reader.name)
        pieces = [np.empty((len(columns), 0), np.float32)]
        count = 0
        while rows := list(itertools.islice(table.rows, _ROWS_AT_ONCE)):
            if count == 0:
                self._check_commas(table, rows[0], reader.name)
            count += len(rows) * len(columns)
            check_length(count, reader.name)
            if self.column is None:
                _check_empty(rows, table, reader.name)
            pieces.append(_numbers(rows, columns, table.decimal, reader.name))
        rate = self.rate
        notes: tuple[str, ...] = ()
        if table.rate is not None:
            rate, notes = whole_rate(table.rate, self.rate, reader.name)
        samples = np.concatenate(pieces, axis=1)
        unit = table.unit or _unit(table, columns, reader.name)
        clip = Clip(samples, rate, full_scale=False, notes=notes, unit=unit)
        return finished(clip, reader, self.channel)

    def _columns(self, table: Table, name: str) -> list[int]:
        """Where the wanted columns stand."""
        if self.column is None:
            if len(table.filled) > 1:
                comma = f", or, if the comma is a decimal one, {option('decimal', ',')}"
                raise DataError(
                    f"{name}: has {len(table.filled)} columns ({_listed(table)}); say which by "
                    f"{_last(table)}{'' if table.certain else comma}"
                )
            return list(table.filled)
        wanted = self.column if isinstance(self.column, tuple) else (self.column,)
        if not 1 <= len(wanted) <= MOST_CHANNELS:
            raise DataError(f"{name}: {len(wanted)} columns wanted, need 1 to {MOST_CHANNELS}")
        return [_place(table, column, name) for column in wanted]

    def _check_commas(self, table: Table, row: tuple[int, list[str]], name: str) -> None:
        """Refuse ``1,5`` alone on a line without a header: two numbers, or one and a half."""
        line, words = row
        whole = all(_WHOLE.fullmatch(word) for word in words)
        if whole and not table.certain and not table.header and len(words) % 2 == 0:
            raise DataError(
                f"{name}: line {line}: {','.join(words)[:60]!r} may be {len(words)} columns or "
                f"decimal commas; say {option('delimiter', ',')} or {option('decimal', ',')}"
            )


def _check_empty(rows: Rows, table: Table, name: str) -> None:
    """Refuse a value in a column that had no name and no value above: it may be what was meant."""
    empty = sorted({*range(table.width)} - {*table.filled})
    for line, words in rows if empty else ():
        for k in empty:
            if words[k].strip():
                raise DataError(
                    f"{name}: line {line}: {words[k][:60]!r} where lines above have nothing; "
                    f"take it out, or say which column by {_last(table)}"
                )


def _numbers(rows: Rows, columns: list[int], decimal: str, name: str) -> Samples:
    samples = np.empty((len(columns), len(rows)), np.float32)
    for k, column in enumerate(columns):
        try:
            values = numbers([words[column] for _, words in rows], decimal)
        except ValueError:
            raise _not_a_number(rows, column, decimal, name) from None
        with np.errstate(over="ignore"):  # beyond float32 is Inf, which is noted
            samples[k] = np.array(values)
    return samples


def _not_a_number(rows: Rows, column: int, decimal: str, name: str) -> DataError:
    line, word = next(
        (line, words[column]) for line, words in rows if not is_number(words[column], decimal)
    )
    instead = "mend it, or choose another column"
    if not word.strip():
        instead = "write nan where a value is missing"
    elif re.fullmatch(r"[+-]?[0-9.]*,[0-9]+", word.strip()):
        instead = f"if it has a decimal comma, say {option('decimal', ',')}"
    return DataError(f"{name}: line {line}: {word[:60]!r} is not a number; {instead}")


def _unit(table: Table, columns: list[int], name: str) -> str:
    """The one unit that the names of the columns tell; a name that tells none has the others'."""
    units = {unit for k in columns if table.header and (unit := in_name(table.header[k]))}
    if len(units) > 1:
        raise DataError(
            f"{name}: its columns are in {', '.join(sorted(units))}; choose one of "
            f"{_listed(table)} by {_last(table)}"
        )
    return next(iter(units), "")


def _place(table: Table, column: str | int, name: str) -> int:
    if isinstance(column, str) and column in table.header:
        if table.header.count(column) > 1:
            raise DataError(f"{name}: has several columns {column!r}; choose by index from 0")
        return table.header.index(column)
    if isinstance(column, int) or (column.isascii() and column.isdigit() and len(column) < 6):
        if 0 <= int(column) < table.width:
            return int(column)
        raise DataError(f"{name}: has no column {column}, it has {table.width}, counted from 0")
    near = suggestion(column, table.header)
    raise DataError(f"{name}: has no column {column[:60]!r}{near}; there are: {_listed(table)}")


def _listed(table: Table) -> str:
    names = [(table.header[k] if table.header else "") or str(k) for k in table.filled]
    return ", ".join(names[:12])[:200] + (", ..." if len(names) > 12 else "")


def _last(table: Table) -> str:
    """How a column is chosen, shown with the last one, as the first is often the time."""
    return choice(table.header, table.filled[-1])
