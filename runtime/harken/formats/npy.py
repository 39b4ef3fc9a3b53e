"""NumPy's .npy: one array of samples. Its header is read by a grammar of our own, never evaluated.

Source: ``numpy.lib.format``, versions 1.0 to 3.0.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from harken.byte_reader import ByteReader
from harken.clip import MOST_CHANNELS, Clip, check_length, check_rate, finished, formats
from harken.errors import DataError
from harken.stream import Samples, to_float

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000  # bytes, as numpy has it; one of an array of numbers has 118
_BYTES_AT_ONCE = 1 << 20
_BLANKS = " \t\r\n\f"  # Python's own between words; a regular expression's \s is more
_ITEM = re.compile(  # ~ stands for blanks
    r"~(?P<q>['\"])(?P<key>descr|fortran_order|shape)(?P=q)~:~(?:(?P<fields>\[)|"
    r"(?:(?P<p>['\"])(?P<descr>[^'\"]{1,64})(?P=p)|(?P<flag>True|False)"
    r"|\((?P<shape>[0-9, \t\r\n\f-]*)\))(?:~,|(?=~\})))".replace("~", f"[{_BLANKS}]*")
)
_FORMS = {"descr": "descr", "fortran_order": "flag", "shape": "shape"}
_LENGTH = re.compile(r"0|[1-9][0-9]{0,17}")
_DTYPE = re.compile(r"[<>|=](f[248]|i[124]|u1)")
_WHY_NOT = {
    "O": "Python objects, which could run code; save numbers",
    "V": "records of several fields; save one field alone",
    "b": "truth values; save numbers",
    "c": "complex numbers; save one part, or the magnitude",
    "S": "text; save numbers",
    "U": "text; save numbers",
    "M": "dates; save numbers",
    "m": "time spans; save numbers",
    "i": "8-byte integers, which have no full scale; save int16, int32 or floats",
    "u": "unsigned integers, whose zero is not known; save int16, int32 or floats",
    "f": "floats wider than 8 bytes; save float32",
}


@formats.register("npy")
@dataclass(frozen=True, kw_only=True)
class Npy:
    """Samples ``(n,)``, ``(channels, n)`` or ``(n, channels)``: there are at most 32 channels.

    Integers (int8 to int32, uint8 about 128) are fractions of full scale, floats are in a unit of
    their own. ``channel`` takes one of several; the rate is not in the file.
    """

    rate: int | None = None
    channel: int | None = None
    suffixes: ClassVar[tuple[str, ...]] = (".npy",)

    @staticmethod
    def claims(head: bytes) -> bool:
        """NumPy's magic."""
        return head.startswith(_MAGIC)

    def read(self, reader: ByteReader) -> Clip:
        """Read the array; what the header declares must be there before memory is asked for."""
        check_rate(self.rate, reader.name)
        dtype, shape, fortran = _read_header(reader)
        count = math.prod(shape)
        check_length(count, reader.name)
        if len(shape) == 2 and min(shape) > MOST_CHANNELS:
            raise _refuse(
                reader,
                reader.at,
                f"shape {shape} is more than {MOST_CHANNELS} channels; save (channels, n)",
            )
        notes = _trailing(reader, count * dtype.itemsize)
        flat = _read_values(reader, dtype, count, lambda values: to_float(values, 1.0))
        samples = flat.reshape(shape, order="F" if fortran else "C")
        samples = samples[None] if samples.ndim == 1 else samples
        if samples.shape[0] > MOST_CHANNELS:  # then it cannot be (channels, n)
            samples = samples.T
        clip = Clip(
            np.ascontiguousarray(samples), self.rate, full_scale=dtype.kind != "f", notes=notes
        )
        return finished(clip, reader, self.channel)

    @staticmethod
    def spectrogram(reader: ByteReader) -> Clip:
        """Read one spectrogram, ``(bands, columns)``; its numbers are values, integers as well."""
        dtype, shape, fortran = _read_header(reader, "(bands, columns)")
        if len(shape) != 2:
            raise _refuse(reader, reader.at, f"has shape {shape}; save (bands, columns)")
        check_length(math.prod(shape), reader.name)
        notes = _trailing(reader, math.prod(shape) * dtype.itemsize)
        flat = _read_values(
            reader, dtype, math.prod(shape), lambda values: values.astype(np.float32)
        )
        columns = np.ascontiguousarray(flat.reshape(shape, order="F" if fortran else "C"))
        return finished(Clip(columns, None, full_scale=False, notes=notes), reader)


def _trailing(reader: ByteReader, size: int) -> tuple[str, ...]:
    """Say how much stands after an array of so many bytes."""
    if reader.left is None or reader.left <= size:
        return ()
    return (f"trailing bytes: {reader.left - size} after the array, left out",)


def _read_values(
    reader: ByteReader,
    dtype: np.dtype[Any],
    count: int,
    convert: Callable[[np.ndarray[Any, Any]], Samples],
) -> Samples:
    """Read ``count`` values piece by piece, as float32."""
    if reader.left is not None and reader.left < count * dtype.itemsize:
        raise _refuse(
            reader,
            reader.at,
            f"declares {count} values, {reader.left // dtype.itemsize} are there; save it again",
        )
    pieces = [np.empty(0, np.float32)]
    at_once = _BYTES_AT_ONCE // dtype.itemsize
    for first in range(0, count, at_once):
        size = min(at_once, count - first) * dtype.itemsize
        values = np.frombuffer(reader.exactly(size, "the array"), dtype)
        with np.errstate(over="ignore", invalid="ignore"):  # Inf and NaN are noted
            pieces.append(convert(values.astype(dtype.newbyteorder("="))))
    return np.concatenate(pieces)


def _read_header(
    reader: ByteReader, wanted: str = "samples (n,) or (channels, n)"
) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    """Read magic, version and header; give dtype, shape, and whether it is column by column.

    ``wanted`` is the array to save in place of one of too many dimensions, in words.
    """
    magic = reader.exactly(8, "the magic of .npy")
    if magic[:6] != _MAGIC:
        raise _refuse(reader, 0, "this is not a .npy file; save it by numpy.save")
    version = magic[6]
    if magic[6:] not in (b"\x01\x00", b"\x02\x00", b"\x03\x00"):
        raise _refuse(reader, 6, f"version {version}.{magic[7]} of .npy; save it by numpy.save")
    width = 2 if version == 1 else 4
    (length,) = struct.unpack(
        "<H" if version == 1 else "<I", reader.exactly(width, "the header's length")
    )
    at = reader.at
    if length > _LONGEST_HEADER:
        raise _refuse(reader, at, f"a header of {length} bytes; save a plain array of numbers")
    items = _items(reader, at, reader.exactly(length, "the header").decode("latin-1"))
    if "fields" in items:
        raise _refuse(reader, at, f"holds {_WHY_NOT['V']}")
    return (
        _dtype(reader, at, items["descr"]),
        _shape(reader, at, items["shape"], wanted),
        (items["flag"] == "True"),
    )


def _items(reader: ByteReader, at: int, text: str) -> dict[str, str]:
    """Take the header's dict apart into its three values, each there exactly once."""
    body = text.strip(_BLANKS)
    found: dict[str, str] = {}
    position = 1
    while body.startswith("{") and (item := _ITEM.match(body, position)):
        form = str(item.lastgroup)
        if (form != "fields" and form != _FORMS[item["key"]]) or form in found:
            break
        found[form] = item[form]
        if form == "fields":
            return found
        position = item.end()
    if body[position:].strip(_BLANKS) != "}" or len(found) != len(_FORMS):
        raise _refuse(reader, at, "its header is not that of an array; save it by numpy.save")
    return found


def _dtype(reader: ByteReader, at: int, name: str) -> np.dtype[Any]:
    if not _DTYPE.fullmatch(name):
        letter = name.lstrip("<>|=")[:1]
        reason = _WHY_NOT.get(letter, f"values of type {name!r}; save int16, int32 or floats")
        raise _refuse(reader, at, f"holds {reason}")
    return np.dtype(name)


def _shape(reader: ByteReader, at: int, text: str, wanted: str) -> tuple[int, ...]:
    """Read one or two positive lengths; numbers are held to 18 digits before they are numbers."""
    words = [word.strip(_BLANKS) for word in text.split(",")]
    if words[-1] == "":
        words.pop()
    if len(words) > 2 or not words:
        raise _refuse(reader, at, f"has {len(words)} dimensions; save {wanted}")
    if "," not in text or not all(_LENGTH.fullmatch(word) for word in words):
        raise _refuse(reader, at, f"its shape ({text[:60]}) is not a shape; save it by numpy.save")
    shape = tuple(map(int, words))
    if 0 in shape:
        raise _refuse(reader, at, "holds no samples; record it again")
    return shape


def _refuse(reader: ByteReader, at: int, what: str) -> DataError:
    return DataError(f"{reader.name}: byte {at}: {what}")
