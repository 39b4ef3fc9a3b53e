"""A first look at a folder of recordings: how they are told apart, and what they are like."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harken.errors import DataError, HarkenError, UsageError
from harken_train.csv_table import Row, read_table
from harken_train.readers.folder import Folder
from harken_train.readers.table import Table
from harken_train.recordings import Recording
from harken_train.sample_file import CONVERTED, SUFFIXES
from harken_train.survey import Found, check_folder

LABELS = ("label", "class", "state", "category", "condition", "target", "fault", "status")
GROUPS = ("group", "machine", "unit", "device", "patient", "subject", "source", "bearing", "id")
HEARD = 64  # recordings whose level is measured, evenly chosen
_QUIET = 1e-12  # of full scale squared; what silence is counted as
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What was seen. ``data`` is the recipe's data table but for the path."""

    folder: Path
    data: dict[str, Any]
    form: str  # how labels are told, in words
    recordings: list[Recording]
    unread: tuple[str, ...]  # why a file could not be read
    left_out: dict[str, str]  # the same by path, where the recipe can leave files out
    others: dict[str, int]  # files of kinds that are not read, by suffix
    levels: dict[str, tuple[float, ...]]  # dB below full scale, by label

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels, sorted."""
        return tuple(sorted({recording.label for recording in self.recordings}))

    def count(self, label: str) -> int:
        """How many recordings have a label."""
        return sum(recording.label == label for recording in self.recordings)


def look(folder: Path, *, table: str | None = None, rate: int | None = None) -> Sight:
    """Look at every recording in ``folder``, told by ``table``, a table found there, or folders.

    ``rate`` is for files that do not tell theirs. `DataError` when nothing tells their labels.
    """
    check_folder(folder, "give the folder that holds the recordings")
    name = table if table is not None else _table_in(folder)
    given: dict[str, Any] = {} if rate is None else {"rate": rate}
    left_out: dict[str, str] = {}
    if name is not None:
        columns = _columns(folder, name)
        data = {"kind": "table", "table": name, **columns, **given}
        settings = {key: value for key, value in data.items() if key != "kind"}
        found = Table(path=folder, **settings).survey()
        form = f"{name} tells file and label of each"
    else:
        _refuse_flat(folder)
        data = {"kind": "folder", **given}
        reader = Folder(path=folder, **given)
        found = reader.survey()
        left_out = _left_out(folder, reader.files(), found)
        form = "every folder is a label"
    recordings = [item for item in found if isinstance(item, Recording)]
    errors = [item for item in found if isinstance(item, HarkenError)]
    if not recordings:
        raise DataError(f"{errors[0]}{'; --rate gives it' if 'rate' in str(errors[0]) else ''}")
    return Sight(
        folder=folder,
        data=data,
        form=form,
        recordings=recordings,
        unread=tuple(str(error) for error in errors),
        left_out=left_out,
        others=_others(folder),
        levels=_levels(recordings),
    )


def _left_out(folder: Path, files: Sequence[Path], found: Sequence[Found]) -> dict[str, str]:
    """Why each file that could not be read was not."""
    return {
        path.relative_to(folder).as_posix(): str(item).removeprefix(f"{path}: ")
        for path, item in zip(files, found, strict=True)
        if isinstance(item, HarkenError)
    }


def _files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def _others(folder: Path) -> dict[str, int]:
    """Sound of kinds that must be converted first; other files are no news."""
    suffixes = (path.suffix.lower() for path in _files(folder))
    return dict(sorted(Counter(suffix for suffix in suffixes if suffix in CONVERTED).items()))


def conversion(others: dict[str, int]) -> str:
    """What to do with files of kinds that are not read."""
    kinds = ", ".join(f"{count} of {suffix}" for suffix, count in others.items())
    suffix = next(iter(others))
    return (
        f"files of kinds that harken does not read, {kinds}; convert them in each folder: "
        f'for f in *{suffix}; do ffmpeg -i "$f" "${{f%{suffix}}}.wav"; done'
    )


def _refuse_flat(folder: Path) -> None:
    """Recordings that lie beside each other have no labels, and what is not read is none."""
    _refuse_wfdb(folder)
    others = _others(folder)
    if others and not any(path.suffix.lower() in SUFFIXES for path in _files(folder)):
        raise DataError(f"{folder}: {conversion(others)}")
    flat = [path for path in _files(folder) if path.parent == folder]
    known = [path for path in flat if path.suffix.lower() in SUFFIXES]
    below = [path for path in _files(folder) if path.parent != folder]
    if known and not any(path.suffix.lower() in SUFFIXES for path in below):
        raise DataError(
            f"{folder}: {len(known)} recordings lie beside each other and nothing tells what they "
            "are; put them into one folder a label (good/, broken/), or write a table beside them: "
            "a CSV file with the columns file and label"
        )


def _refuse_wfdb(folder: Path) -> None:
    """What has readers of its own, which a first recipe by folders would only get wrong."""
    headers = [path for path in _files(folder) if path.suffix == ".hea"]
    if not headers:
        return
    if (headers[0].parent / "REFERENCE.csv").is_file():
        raise DataError(
            f"{headers[0].parent}: looks like the ECG challenge of 2017, for which there is a "
            f"recipe: harken-train data describe ecg --set data.path={headers[0].parent}"
        )
    raise DataError(
        f"{folder}: holds {len(headers)} WFDB records; begin with the recipe ecg, with "
        'data.kind = "wfdb" and a table of labels, or rhythms that were marked (data.annotator)'
    )


def _table_in(folder: Path) -> str | None:
    """The CSV file in the folder that names files in it; ``None`` when there is none."""
    for path in sorted(folder.glob("*.csv")):
        try:
            rows = read_table(path)
        except HarkenError as error:
            _log.info("not a table file=%s why=%s", path, error)
            continue
        if _file_column(folder, rows) is not None:
            return path.name
    return None


def _file_column(folder: Path, rows: Sequence[Row]) -> str | None:
    """The column that names files which are there."""
    first = rows[: min(len(rows), 5)]
    for column in rows[0]:
        names = [row[column] for row in first]
        if all(name and (folder / name).is_file() for name in names):
            return column
    return None


def _columns(folder: Path, name: str) -> dict[str, str]:
    """Which columns tell file, label and group, where they are not called so."""
    rows = read_table(folder / name)
    file = _file_column(folder, rows)
    if file is None:
        raise DataError(
            f"{folder / name}: no column names files that are in {folder}; "
            "need one with their paths, counted from there"
        )
    label = _named(rows, LABELS)
    if label is None:
        raise DataError(
            f"{folder / name}: no column is called {', '.join(LABELS[:4])} or the like; "
            f"rename the one that tells the label; there are: {', '.join(rows[0])}"
        )
    group = _named(rows, GROUPS)
    found = {"column_file": file, "column_label": label}
    if group is not None:
        found["column_group"] = group
    plain = {"column_file": "file", "column_label": "label", "column_group": "group"}
    return {key: value for key, value in found.items() if value != plain[key]}


def _named(rows: Sequence[Row], words: Sequence[str]) -> str | None:
    """The column called by one of ``words``, or by one with more around it."""
    names = {column.casefold(): column for column in rows[0]}
    for word in words:
        if word in names:
            return names[word]
    near = [names[name] for name in names if any(word in name.split("_") for word in words)]
    return near[0] if near else None


def _levels(recordings: Sequence[Recording]) -> dict[str, tuple[float, ...]]:
    """The level of some recordings of each label, as their files have it."""
    step = max(1, len(recordings) // HEARD)
    found: dict[str, list[float]] = {}
    for recording in recordings[::step]:
        try:
            samples = recording.read().astype(np.float64)
        except HarkenError as error:
            raise UsageError(f"{error}; take it out, or give --table without it") from None
        power = max(float(np.mean(samples**2)), _QUIET)
        found.setdefault(recording.label, []).append(10.0 * np.log10(power))
    return {label: tuple(values) for label, values in found.items()}
