"""From a path to a clip, whatever kind of file it is."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from harken.byte_reader import ByteReader
from harken.clip import Clip, formats
from harken.errors import DataError, MissingInputError, UsageError
from harken.unfit_file import is_matlab_4, name_of

HEAD = 16  # bytes by which a kind may know its files
HEADER = ".hea"  # of a WFDB record
SIGNALS = (".dat", ".mat")  # of one, when its header lies beside


def read(
    file: str | Path | BinaryIO,
    *,
    name: str = "",
    rate: int | None = None,
    channel: int | None = None,
    column: str | int | tuple[str | int, ...] | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    dtype: str | None = None,
    channels: int | None = None,
) -> Clip:
    """Read a whole file, or an open binary stream, as the kind that its content says it is.

    Only where the content does not tell, the suffix decides; a file of unknown suffix with
    ``dtype`` given is raw. ``rate`` is for kinds without a rate of their own; one that
    contradicts the file's is refused. ``channel`` and ``column`` are counted from 0; ``dtype``
    (`harken.pcm`) and ``channels`` belong to raw files, ``column``, ``delimiter`` and ``decimal``
    to tables; a ``column`` is also a channel of a WFDB record, by its name. A record may be named
    as WFDB does, without a suffix, or by one of its files. Raises `MissingInputError` when there is
    no such file, `UsageError` for an option that its kind does not know, `DataError`.
    """
    options = {
        "rate": rate,
        "channel": channel,
        "column": column,
        "delimiter": delimiter,
        "decimal": decimal,
        "dtype": dtype,
        "channels": channels,
    }
    given = {option: value for option, value in options.items() if value is not None}
    if isinstance(file, (str, Path)) and "dtype" not in given:
        name, file = name or str(file), _header_of(Path(file))
    suffix = Path(file if isinstance(file, (str, Path)) else name).suffix.lower()
    with opened(file, name) as reader:
        return _read(reader, suffix, given)


def _header_of(path: Path) -> Path:
    """The header of a WFDB record that is named otherwise; any other path is given as it is."""
    others = path.suffix.lower() in SIGNALS
    header = path.with_suffix(HEADER) if others else path.with_name(f"{path.name}{HEADER}")
    try:
        return header if path.name and (others or not path.exists()) and header.is_file() else path
    except (OSError, ValueError):  # no path at all, as is told when it is opened
        return path


@contextlib.contextmanager
def opened(file: str | Path | BinaryIO, name: str) -> Iterator[ByteReader]:
    """Open a path, or take an open stream as it is."""
    if not isinstance(file, (str, Path)):
        yield ByteReader(file, name or "stream")
        return
    path = Path(file)
    if path.is_dir():
        raise MissingInputError(f"{path}: is a folder, not a file of samples")
    try:
        opened = path.open("rb")
    except FileNotFoundError:
        raise MissingInputError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MissingInputError(f"{str(path)!r}: cannot be opened, {reason}") from None
    with opened:
        yield ByteReader(opened, name or str(path), path)


def _read(reader: ByteReader, suffix: str, given: Mapping[str, object]) -> Clip:
    kind = _kind_of(reader, suffix, given)
    settings = formats.get(kind)
    known = [field.name for field in dataclasses.fields(settings)]  # type: ignore[arg-type]  # a dataclass by contract
    for option in given:
        if option not in known:
            raise UsageError(f"{reader.name}: {option} is not for {kind} files; leave it out")
    return whole(lambda: settings(**given).read(reader), reader)


def whole(read: Callable[[], Clip], reader: ByteReader) -> Clip:
    """Give what ``read`` does, or say that this machine's memory does not hold it."""
    try:
        return read()
    except MemoryError:
        raise DataError(
            f"{reader.name}: byte {reader.at}: too long for this machine's memory; "
            f"cut it into shorter files, or stream it through harkend"
        ) from None


def _kind_of(reader: ByteReader, suffix: str, given: Mapping[str, object]) -> str:
    head = reader.peek(HEAD)
    if not head:
        raise DataError(f"{reader.name}: byte 0: the file is empty; copy or record it again")
    classes = {kind: formats.get(kind) for kind in formats.kinds()}
    for kind, settings in classes.items():
        if settings.claims(head):
            return kind
    unfit = name_of(head)
    raw = "dtype" in given or suffix in classes["raw"].suffixes
    if unfit and not raw:
        raise DataError(f"{reader.name}: byte 0: {unfit}")
    if "dtype" in given:
        return "raw"
    for kind, settings in classes.items():
        if suffix in settings.suffixes:
            return kind
    if reader.path is None:
        raise DataError(
            f"{reader.name}: byte 0: not known by its first bytes; a stream is WAV or .npy, or raw "
            f"samples whose dtype is given (--dtype s16le); name any other file, such as CSV"
        )
    beside = _missing_header(reader.path, suffix, head)
    known = sorted(suffix for settings in classes.values() for suffix in settings.suffixes)
    raise DataError(
        f"{reader.name}: byte 0: not a file that harken knows; it reads {', '.join(known)}, "
        f"and with a dtype raw samples of any name{beside}"
    )


def _missing_header(path: Path, suffix: str, head: bytes) -> str:
    """What to say of a file that may be of a WFDB record; `MissingInputError` where it surely is.

    Its header does not lie beside it, or that would have been read instead.
    """
    if suffix not in SIGNALS:
        return ""
    header = path.with_suffix(HEADER).name
    if is_matlab_4(head):
        raise MissingInputError(
            f"{path}: {header} is not beside it, the header of the WFDB record that such a file "
            f"(MATLAB 4) is of; copy or download both into one folder"
        )
    return f"; if it is of a WFDB record, its header {header} is missing beside it"
