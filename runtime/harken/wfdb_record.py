"""Records of WFDB, PhysioNet's format, through its own package: a header, and signals beside it."""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from harken.clip import check_length
from harken.errors import DataError, HarkenError, MissingInputError
from harken.extra import require
from harken.stream import Samples
from harken.suggest import suggestion

_AGAIN = "copy or download it again"
_PLAIN = r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+"
_RATE = re.compile(rf"(?:{_PLAIN})(?:/\S*)?")
_GAIN = re.compile(rf"[+-]?(?:{_PLAIN})(?:[eE][+-]?[0-9]+)?(?:\([+-]?[0-9]+\))?(?:/\S*)?")

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a record says of itself; ``path`` is its .hea file, ``rate`` in hertz, as it stands.

    ``channels`` are the names of its signals, ``units`` what each is in. ``calibrated`` says of
    each whether its gain is told: without one a step is taken for 1/200 of a millivolt.
    """

    path: Path
    rate: float
    frames: int
    channels: tuple[str, ...]
    units: tuple[str, ...]
    calibrated: tuple[bool, ...]

    def doubts(self, channels: Sequence[int]) -> tuple[str, ...]:
        """A note when a channel's unit is not told but taken as WFDB does."""
        told = all(self.calibrated[k] for k in channels)
        return () if told else ("no gain told: 200 steps are taken for 1 mV",)

    def channel(self, wanted: str | int) -> int:
        """The place of a channel, by name or counted from 0."""
        if isinstance(wanted, str) and wanted in self.channels:
            if self.channels.count(wanted) > 1:
                raise DataError(f"{self.path}: has several channels {wanted!r}; count from 0")
            return self.channels.index(wanted)
        if isinstance(wanted, int) or wanted.isdecimal():
            if 0 <= int(wanted) < len(self.channels):
                return int(wanted)
            raise DataError(
                f"{self.path}: has no channel {wanted}, it has {len(self.channels)}, counted from 0"
            )
        raise DataError(
            f"{self.path}: has no channel {wanted[:60]!r}{suggestion(wanted, self.channels)}; "
            f"there are: {', '.join(self.channels)[:200]}"
        )


def look(path: Path) -> Header:
    """Read the header ``path``, a .hea file, and of records of several segments those of all.

    `MissingExtraError` without the package; what is broken is `DataError`.
    """
    require("wfdb", "wfdb")
    _check_text(path)
    found = _asked(path, lambda wfdb: wfdb.rdheader(_name(path), rd_segments=True))
    segments = [one for one in getattr(found, "segments", None) or () if one is not None]
    told = segments[0] if segments else found
    names = list(found.sig_name or ()) if found.n_sig else []
    if not names or any(name not in (told.sig_name or ()) for name in names):
        raise DataError(f"{path}: holds no signals that it names; {_AGAIN}")
    at = [told.sig_name.index(name) for name in names] if segments else range(len(names))
    length = found.sig_len
    if length is None:  # told by the length of the file alone
        length = _asked(path, lambda wfdb: wfdb.rdrecord(_name(path), channels=[0]).sig_len)
    if not length:
        raise DataError(f"{path}: holds no samples; {_AGAIN}")
    check_length(length * len(names), str(path))
    return Header(
        path=path,
        rate=float(found.fs),
        frames=int(length),
        channels=tuple(name or str(k) for k, name in enumerate(names)),
        units=tuple(told.units[k] for k in at),
        calibrated=_calibrated(path, len(names)) if not segments else (True,) * len(names),
    )


def samples_of(
    header: Header, channels: Sequence[int], first: int = 0, last: int | None = None
) -> Samples:
    """Samples ``first`` to ``last`` of some channels, in their units; what is missing is NaN."""
    last = header.frames if last is None else last
    # Asked for all, the package finds a length that no header tells; asked for a part, it fails.
    until = None if last == header.frames else last
    found = _asked(
        header.path,
        lambda wfdb: (
            wfdb.rdrecord(
                _name(header.path), sampfrom=first, sampto=until, channels=list(channels)
            ).p_signal
        ),
    )
    if found is None or found.shape != (last - first, len(channels)):
        raise DataError(f"{header.path}: its signals are shorter than it says; {_AGAIN}")
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(found.T, np.float32)


def rhythms_of(header: Header, annotator: str) -> list[tuple[int, str]]:
    """Where each rhythm begins, by the annotations ``RECORD.annotator``: AFIB, not (AFIB.

    In order, first samples of the signals. A rhythm lasts until the next, or to the end.
    """
    path = header.path.with_suffix(f".{annotator}")
    if not path.is_file():
        raise MissingInputError(f"{path}: there is no such file of annotations; {_AGAIN}")
    found = _asked(path, lambda wfdb: wfdb.rdann(_name(header.path), annotator))
    scale = header.rate / found.fs if found.fs else 1.0
    notes = (str(note).rstrip("\0 ") for note in found.aux_note or ())
    return [
        (round(sample * scale), note[1:])
        for sample, note in zip(found.sample.tolist(), notes, strict=True)
        if note.startswith("(") and len(note) > 1
    ]


def _name(path: Path) -> str:
    return str(path.absolute().with_suffix(""))


def _asked(path: Path, ask: Callable[[Any], Found]) -> Found:
    """Ask the package for something; whatever it raises for a broken file is one of our errors."""
    if "::" in _name(path) or "://" in _name(path):
        raise DataError(f"{path}: WFDB takes '::' in a path for an address; move the record")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # It takes a second, and much memory: only for those who read records.
            return ask(importlib.import_module("wfdb"))
    except HarkenError:
        raise
    except FileNotFoundError as error:
        name = Path(error.filename or "").name or "a file of it"
        raise MissingInputError(
            f"{path}: {name} is not there, which the record consists of; {_AGAIN}"
        ) from None
    except Exception as error:  # noqa: BLE001  # it raises whatever a broken file leads it to
        what = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"{path}: not a WFDB record that can be read, {what}; {_AGAIN}") from None


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        raise MissingInputError(f"{path}: there is no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read, {error.strerror}; {_AGAIN}") from None
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _check_text(path: Path) -> None:
    """Refuse what the package reads otherwise without a word.

    It leaves out letters, so that a µV is a V to it, and takes what it can of a number or none: a
    rate of 3e2 is 3, and any other word 250.
    """
    lines = _lines(path)
    if not lines:
        raise DataError(f"{path}: the header is empty; {_AGAIN}")
    for line in lines:
        if not line.isascii():
            raise DataError(
                f"{path}: WFDB knows ASCII only, but it says {line[:60]!r}; write u for µ"
            )
    record, *signals = (line.split() for line in lines)
    if len(record) < 2 or not record[1].isdecimal():
        return  # no header, as the package says itself
    _check_word(path, "rate", record[2:3], _RATE)
    _check_word(path, "length", record[3:4], re.compile("[0-9]+"))
    if "/" not in record[0]:  # else the lines are of segments
        for signal in signals[: int(record[1])]:
            _check_word(path, "gain", signal[2:3], _GAIN)


def _check_word(path: Path, what: str, words: Sequence[str], wanted: re.Pattern[str]) -> None:
    """Refuse a word of the header, if it is there, that is not the number it ought to be."""
    for word in words:
        if not wanted.fullmatch(word):
            raise DataError(
                f"{path}: its {what} is {word[:60]!r}; write it as a plain number, such as 300"
            )


def _calibrated(path: Path, count: int) -> tuple[bool, ...]:
    """Whether each signal's line has a gain other than 0."""
    gains = [[*line.split(), "0", "0", "0"][2] for line in _lines(path)[1 : count + 1]]
    numbers = [gain.partition("(")[0].partition("/")[0] for gain in gains]
    return tuple(number.strip("0.") != "" for number in numbers)
