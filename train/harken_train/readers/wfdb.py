"""Databases of WFDB records, as PhysioNet has them; read by the package of the extra ``wfdb``."""

from __future__ import annotations

import itertools
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from harken.clip import whole_rate
from harken.errors import DataError, HarkenError, MissingInputError, SettingsError
from harken.extra import require
from harken.suggest import suggestion
from harken.wfdb_record import Header, look, rhythms_of, samples_of
from harken_train.csv_table import Row, attribute, read_table, refuse_repeated
from harken_train.group_name import group_from, group_pattern
from harken_train.readers import readers
from harken_train.recordings import Recording
from harken_train.survey import Found, all_of, check_folder

LIST = "RECORDS"
_HEADER = ".hea"
_log = logging.getLogger(__name__)


class _Stretch(NamedTuple):
    """A part of a record of one label; ``last`` is the first sample after it."""

    label: str
    first: int
    last: int


@readers.register("wfdb")
@dataclass(frozen=True, kw_only=True)
class Wfdb:
    """Records in the folder ``path``: those of its RECORDS file, or else every header below it.

    Labels come from ``table``, a CSV table in the folder with a line a record, by its columns
    ``column_record`` and ``column_label``; all others but ``column_group`` are attributes. Or they
    come from the rhythms that ``annotator`` (a suffix: "atr") has marked: each stretch from one
    rhythm to the next is a recording, (AFIB is AFIB; before the first mark nothing is known.

    With ``labels`` only those named in it are kept, under the names it gives: ``labels = {AFIB =
    "A", N = "N"}``. ``records`` keeps some records. ``channel`` is a name or counts from 0. The
    group is the record, or what the brackets of ``group_pattern`` match in its name. Samples are
    turned into the recipe's ``signal.unit``.
    """

    path: Path
    table: str = ""
    column_record: str = "record"
    column_label: str = "label"
    column_group: str = "group"
    annotator: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    records: tuple[str, ...] = ()
    channel: int | str = 0
    group_pattern: str = ""

    def __post_init__(self) -> None:
        group_pattern(self.group_pattern)
        if bool(self.table) == bool(self.annotator):
            raise SettingsError(
                'need table = "labels.csv" (columns record, label), or annotator = "atr" (whose '
                "rhythms are the labels); one of the two"
            )

    def recordings(self) -> list[Recording]:
        """Record by record, in the order of the list; the first that cannot be read is an error."""
        return all_of(self.survey())

    def survey(self) -> list[Found]:
        """Every recording, or the error in place of those of a record."""
        require("wfdb", "wfdb")
        check_folder(self.path, "set data.path to the folder of the database")
        rows = self._rows()
        found: list[Found] = []
        known: Counter[str] = Counter()  # stretches by their own label
        for name in self._names(rows):
            try:
                found += self._of_record(name, rows.get(name), known)
            except HarkenError as error:
                found.append(error)
        self._check_labels(found, known)
        return found

    def _rows(self) -> dict[str, Row]:
        """The table's rows by record; none where annotations are read."""
        if not self.table:
            return {}
        need = [self.column_record, self.column_label]
        if self.column_group != Wfdb.column_group:
            need.append(self.column_group)
        rows = read_table(self.path / self.table, need)
        refuse_repeated(rows)
        found: dict[str, Row] = {}
        for row in rows:
            name = row[self.column_record].removesuffix(_HEADER)
            if name in found or not name or not row[self.column_label]:
                raise DataError(f"{row.where}: need a label, and a record that is named once")
            found[name] = row
        return found

    def _names(self, rows: Mapping[str, Row]) -> list[str]:
        names = list(rows) or self._listed()
        for name in self.records:
            if name not in names:
                raise SettingsError(
                    f"data.records: no record {name!r}{suggestion(name, names)} in {self.path}"
                )
        return [name for name in names if not self.records or name in self.records]

    def _listed(self) -> list[str]:
        """The records of the database, by its own list or by their headers."""
        path = self.path / LIST
        if path.is_file():
            try:
                lines = path.read_text(encoding="utf-8-sig").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise DataError(f"{path}: cannot be read, {error}") from None
            names = [line.strip() for line in lines if line.strip()]
            twice = sorted(name for name, count in Counter(names).items() if count > 1)
            if twice:
                raise DataError(f"{path}: lists {twice[0][:60]!r} twice; remove one of the two")
        else:
            headers = sorted(path.relative_to(self.path) for path in self.path.rglob(f"*{_HEADER}"))
            names = [
                below.with_suffix("").as_posix()
                for below in headers
                if not any(part.startswith(".") for part in below.parts)
            ]
        if not names:
            raise MissingInputError(
                f"data.path: {self.path}: holds no records; need {LIST}, or headers ({_HEADER})"
            )
        return names

    def _of_record(self, name: str, row: Row | None, known: Counter[str]) -> Iterator[Recording]:
        header = look(self.path / f"{name}{_HEADER}")
        channel = header.channel(self.channel)
        rate, notes = whole_rate(header.rate, None, str(header.path))
        stretches = self._stretches(header, row)
        known.update(stretch.label for stretch in stretches)
        for stretch in stretches:
            if self.labels and stretch.label not in self.labels:
                continue
            seconds = f"{stretch.first / rate:.2f} to {stretch.last / rate:.2f} s"
            yield Recording(
                name=name if row is not None else f"{name} ({seconds})",
                label=self.labels.get(stretch.label, stretch.label),
                group=self._group(name, row),
                rate=rate,
                frames=stretch.last - stretch.first,
                read=partial(samples_of, header, [channel], stretch.first, stretch.last),
                attributes={
                    "channel": header.channels[channel],
                    **{key: attribute(text) for key, text in self._others(row) if text},
                },
                origin=name,
                unit=header.units[channel],
                notes=(*notes, *header.doubts([channel])),
            )

    def _stretches(self, header: Header, row: Row | None) -> list[_Stretch]:
        """The labels of a record, and where each holds."""
        if row is not None:
            return [_Stretch(row[self.column_label], 0, header.frames)]
        rhythms = [*rhythms_of(header, self.annotator), (header.frames, "")]
        return [
            _Stretch(rhythm, first, min(last, header.frames))
            for (first, rhythm), (last, _) in itertools.pairwise(rhythms)
            if first < min(last, header.frames)
        ]

    def _group(self, name: str, row: Row | None) -> str:
        told = row.get(self.column_group) if row is not None else None
        return told or group_from(self.group_pattern, name)

    def _others(self, row: Row | None) -> list[tuple[str, str]]:
        own = {self.column_record, self.column_label, self.column_group}
        return [] if row is None else [(key, row[key]) for key in row if key not in own]

    def _check_labels(self, found: list[Found], known: Counter[str]) -> None:
        """Refuse a label that no record has; tell what was left out."""
        unread = any(isinstance(item, HarkenError) for item in found)
        for label in self.labels:
            if label not in known and not unread:
                raise SettingsError(
                    f"data.labels: no record has {label!r}{suggestion(label, known)}; "
                    f"there are: {', '.join(sorted(known))}"
                )
        for label, count in sorted(known.items()):
            if self.labels and label not in self.labels:
                _log.warning("left out stretches=%d of label=%s", count, label)
