"""Single-lead ECG of the PhysioNet / Computing in Cardiology Challenge 2017, in its own files."""

from __future__ import annotations

import csv
import struct
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np

from harken.errors import DataError, MissingInputError, SettingsError
from harken.stream import Samples, to_float
from harken_train.readers import readers
from harken_train.recordings import Recording
from harken_train.survey import Found, all_of, check_folder, survey_of

CLASSES = ("A", "N", "O", "~")  # atrial fibrillation, normal, another rhythm, too noisy
RATE = 300  # hertz
UNIT = "mV"
FULL_SCALE = 32.768  # of it: 1,000 steps of int16 are one
REFERENCE = "REFERENCE.csv"
INSIDE = "training2017"  # the archive's own folder
_HEADER = struct.Struct("<5i")  # kind, rows, columns, whether complex, bytes of the name
_INT16_MATRIX = 30  # little-endian, full
_LONGEST_NAME = 64  # bytes; the only one there is has 4
_AGAIN = "copy or download it again"


class _Kept(NamedTuple):
    """What REFERENCE.csv says of a record."""

    name: str
    label: str


@readers.register("cinc2017")
@dataclass(frozen=True, kw_only=True)
class Cinc2017:
    """A folder of the original .mat files with their REFERENCE.csv; samples are in millivolts.

    A record is its own group: whose it is was never published. ``records`` takes so many, as many
    of each class as there are, spread evenly over its list. ``cut_or_pad`` samples makes all
    of one length, with zeros after the shorter: **that gives classes away** by how long they were,
    and is there to compare with what was done that way.
    """

    path: Path = Path("data/cinc2017")
    records: int | None = None
    cut_or_pad: int | None = None

    def __post_init__(self) -> None:
        if self.records is not None and self.records < 1:
            raise SettingsError(f"records: need at least 1, got {self.records}; or leave it out")
        if self.cut_or_pad is not None and self.cut_or_pad < 1:
            raise SettingsError(
                f"cut_or_pad: need at least 1 sample, got {self.cut_or_pad}; or leave it out"
            )

    def recordings(self) -> list[Recording]:
        """All that are kept, sorted by name; the first that cannot be read is an error."""
        return all_of(self.survey())

    def survey(self) -> list[Found]:
        """The records that are kept, or the error in place of one."""
        folder = self._folder()
        kept = _of_each(_listed(folder / REFERENCE), self.records)
        return survey_of(kept, lambda record: self._recording(folder, record))

    def _folder(self) -> Path:
        """Give the folder of the records: the one that is named, or the archive's in it."""
        check_folder(
            self.path,
            "unpack training2017.zip of physionet.org/content/challenge-2017 there, or set "
            "data.path to where it lies",
        )
        for folder in (self.path, self.path / INSIDE, self.path / "cinc2017" / INSIDE):
            if (folder / REFERENCE).is_file():
                return folder
        raise MissingInputError(
            f"data.path: {self.path}: holds no {REFERENCE}; it lies beside the records, in "
            f"{INSIDE} of the archive"
        )

    def _recording(self, folder: Path, record: _Kept) -> Recording:
        path = folder / f"{record.name}.mat"
        frames, at = _look(path)
        return Recording(
            name=record.name,
            label=record.label,
            group=record.name,
            rate=RATE,
            frames=self.cut_or_pad or frames,
            read=partial(_read, path, frames, at, self.cut_or_pad),
            attributes={"seconds": round(frames / RATE, 2)},
            origin=path.name,
            unit=UNIT,
        )


def _listed(path: Path) -> list[_Kept]:
    """Give the records and their labels, sorted by name."""
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read, {error}; {_AGAIN}") from None
    labels: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        words = [word.strip() for word in line]
        if not any(words):
            continue
        where = f"{path}, line {number}"
        if len(words) != 2 or not words[0] or words[1] not in CLASSES:
            raise DataError(
                f"{where}: need a record and one of {', '.join(CLASSES)}, got "
                f"{','.join(words)[:60]!r}"
            )
        name, label = words
        if Path(name).name != name or not name.isprintable():
            raise DataError(f"{where}: {name[:60]!r} is no file's name; {_AGAIN}")
        if labels.get(name, label) != label:
            raise DataError(f"{where}: {name[:60]!r} has another label above; remove one of them")
        labels[name] = label
    if not labels:
        raise DataError(f"{path}: lists no records; {_AGAIN}")
    return [_Kept(name, label) for name, label in sorted(labels.items())]


def _of_each(listed: Sequence[_Kept], count: int | None) -> list[_Kept]:
    """Give ``count`` records, as many of each class as it has, evenly spread; None: all."""
    if count is None or count >= len(listed):
        return list(listed)
    of_class: dict[str, list[_Kept]] = defaultdict(list)
    for record in listed:
        of_class[record.label].append(record)
    in_turn = [one for turn in zip_longest(*of_class.values()) for one in turn if one is not None]
    shares = Counter(record.label for record in in_turn[:count])
    kept = {
        members[k * len(members) // shares[label]]
        for label, members in of_class.items()
        for k in range(shares[label])
    }
    return [record for record in listed if record in kept]


def _look(path: Path) -> tuple[int, int]:
    """Give how many samples a file holds, and at which byte they start."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER.size)
        size = path.stat().st_size
    except FileNotFoundError:
        raise MissingInputError(
            f"{path}: there is no such file, but {REFERENCE} lists it; {_AGAIN}"
        ) from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read, {error.strerror}; {_AGAIN}") from None
    if len(head) < _HEADER.size:
        raise DataError(f"{path}: ends after {len(head)} bytes; {_AGAIN}")
    kind, rows, columns, imaginary, name = _HEADER.unpack(head)
    if (
        (kind, rows, imaginary) != (_INT16_MATRIX, 1, 0)
        or columns < 1
        or not 1 <= name <= _LONGEST_NAME
    ):
        raise DataError(
            f"{path}: not a record of the challenge (MATLAB 4, one row of int16); {_AGAIN}"
        )
    at = _HEADER.size + name
    if size != at + 2 * columns:
        raise DataError(f"{path}: has {size} bytes, {at + 2 * columns} are said; {_AGAIN}")
    return columns, at


def _read(path: Path, frames: int, at: int, cut_or_pad: int | None) -> Samples:
    try:
        units = np.fromfile(path, "<i2", frames, offset=at)
    except OSError as error:
        raise DataError(f"{path}: cannot be read, {error.strerror}; {_AGAIN}") from None
    if len(units) != frames:
        raise DataError(f"{path}: ends after {len(units)} of {frames} samples; {_AGAIN}")
    samples = to_float(units, FULL_SCALE)[None]
    if cut_or_pad is None:
        return samples
    return np.pad(samples[:, :cut_or_pad], ((0, 0), (0, max(0, cut_or_pad - frames))))
