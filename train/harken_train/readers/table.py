"""The user's own recordings: a folder of files, and a small CSV table that tells what they are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harken.errors import DataError
from harken.stream import Samples
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
from harken_train.recordings import Attribute, Recording
from harken_train.sample_file import SampleFile, Wanted, look
from harken_train.survey import Found, all_of, check_folder, survey_of


@readers.register("table")
@dataclass(frozen=True, kw_only=True)
class Table:
    """Files in the folder ``path``, told by the table ``table`` in it: one line a recording.

    Columns ``column_file`` and ``column_label`` are needed. Those of rate (hertz), channel (from
    0), variable (of .mat, column of .csv), group, first and last (seconds) are used where they
    are; all others are attributes. Without a group column a recording's group is what the brackets
    of ``group_pattern`` match in its file name, or else the file. ``rate``, ``channel`` and
    ``variable`` are for files of which the table says none. ``keep`` chooses rows by their columns:
    ``keep = {load = [0, 1]}``. ``labels`` gives labels of the table other names, so that several
    become one class: ``labels = {helicopter = "rotor", airplane = "rotor"}``.
    """

    path: Path
    table: str = "table.csv"
    column_file: str = "file"
    column_label: str = "label"
    column_group: str = "group"
    column_rate: str = "rate"
    column_channel: str = "channel"
    column_variable: str = "variable"
    column_first: str = "first"
    column_last: str = "last"
    rate: int | None = None
    channel: int | None = None
    variable: str = ""
    group_pattern: str = ""
    keep: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        group_pattern(self.group_pattern)

    def recordings(self) -> list[Recording]:
        """One a row, in the table's order; the first that cannot be read is an error."""
        return all_of(self.survey())

    def survey(self) -> list[Found]:
        """One a row, or the error in its place."""
        check_folder(self.path, "set data.path to the folder that holds the files and the table")
        need = [self.column_file, self.column_label, *self.keep]
        if self.column_group != Table.column_group:
            need.append(self.column_group)  # named on purpose, so it must be there
        table = read_table(self.path / self.table, need)
        check_renamed(self.labels, table, self.column_label)
        rows = [row for row in table if self._keeps(row)]
        refuse_repeated(rows)
        often = Counter(row[self.column_file] for row in rows)
        return survey_of(rows, lambda row: self._recording(row, often[row[self.column_file]] > 1))

    def _keeps(self, row: Row) -> bool:
        return all(
            row[column] in {str(value) for value in values} for column, values in self.keep.items()
        )

    def _recording(self, row: Row, several: bool) -> Recording:  # noqa: FBT001 - one call, above
        name, label = row[self.column_file], row[self.column_label]
        if not name or not label:
            empty = self.column_label if name else self.column_file
            raise DataError(f"{row.where}: {empty}: is empty; every recording needs one")
        wanted = Wanted(
            rate=row.whole(self.column_rate) if row.get(self.column_rate) else self.rate,
            channel=(
                row.whole(self.column_channel) if row.get(self.column_channel) else self.channel
            ),
            variable=row.get(self.column_variable) or self.variable,
        )
        found = self._stretch(row, look(self.path / name, wanted))
        return Recording(
            name=f"{name} ({self._part(row)})" if several else name,
            label=renamed(self.labels, label),
            group=row.get(self.column_group) or group_from(self.group_pattern, name),
            rate=found.rate,
            frames=found.frames,
            channels=found.channels,
            read=found.read,
            attributes=self._attributes(row),
            origin=name,
            relative=found.relative,
            unit=found.unit,
            notes=found.notes,
        )

    def _part(self, row: Row) -> str:
        """Say which part of a file a row is of, when several are."""
        columns = (
            self.column_channel, self.column_variable, self.column_first, self.column_last,
        )  # fmt: skip
        return ", ".join(f"{column} {row[column]}" for column in columns if row.get(column))

    def _stretch(self, row: Row, found: SampleFile) -> SampleFile:
        """Give the part from ``first`` to ``last`` seconds."""
        texts = [row.get(column, "") for column in (self.column_first, self.column_last)]
        if not any(texts):
            return found
        begin = round(row.number(self.column_first) * found.rate) if texts[0] else 0
        end = round(row.number(self.column_last) * found.rate) if texts[1] else found.frames
        if not 0 <= begin < end <= found.frames:
            seconds = math.floor(1000 * found.frames / found.rate) / 1000
            raise DataError(
                f"{row.where}: need 0 <= first < last <= {seconds:g} seconds, "
                f"got first {texts[0] or 0} and last {texts[1] or 'the end'}"
            )

        def read() -> Samples:
            return found.read()[:, begin:end]

        return replace(found, frames=end - begin, read=read)

    def _attributes(self, row: Row) -> dict[str, Attribute]:
        own = {
            self.column_file, self.column_label, self.column_group, self.column_rate,
            self.column_variable, self.column_first, self.column_last,
        }  # fmt: skip
        return {
            name: attribute(text) for name, text in row.items() if name not in own and text != ""
        }
