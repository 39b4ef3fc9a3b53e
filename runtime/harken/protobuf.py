"""The wire format of protocol buffers, read field by field without believing any length.

Source: "Encoding", protobuf.dev. A message is a row of fields; a field is a tag (number and wire
type, a varint) and a value: a varint, 8 bytes, 4 bytes, or a length and that many bytes. Groups
(wire types 3 and 4) are obsolete, ONNX has none, and they are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from harken.errors import ModelError

VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5
AGAIN = "copy it again or export it again"
_MOST_FIELDS = 100_000  # a model of 1 MB has some thousand; this many take 0.1 s
_FIXED = {EIGHT_BYTES: 8, FOUR_BYTES: 4}


class Field(NamedTuple):
    """One field: its tag starts at ``at``, its content is bytes ``first`` to ``last`` (not in it).

    ``value`` is the number of a varint field and 0 for all others.
    """

    number: int
    wire: int
    at: int
    first: int
    last: int
    value: int


@dataclass(eq=False)
class Wire:
    """Bytes that ought to be protobuf messages; ``where`` names their file in every error."""

    content: bytes
    where: str
    _seen: int = 0

    def refuse(self, at: int, what: str, instead: str = AGAIN) -> ModelError:
        """Make the error that says at which byte something is wrong."""
        return ModelError(f"{self.where}: byte {at}: {what}; {instead}")

    def fields(self, first: int, last: int) -> Iterator[Field]:
        """Give the fields of the message in bytes ``first`` to ``last``, in their order.

        Nothing is copied, and lengths are checked before they are used. What is not a row of
        fields raises `ModelError`, and so does a file of more than a sane number of them.
        """
        content, at = self.content, first
        while at < last:
            self._seen += 1
            if self._seen > _MOST_FIELDS:
                raise self.refuse(at, f"more than {_MOST_FIELDS} fields, no model is like that")
            start = at
            tag = content[at]
            at += 1
            if tag >= 0x80:
                tag, at = self.varint(start, last)
            number, wire = tag >> 3, tag & 7
            if number == 0 or number >= 2**29:
                raise self.refuse(start, f"a field numbered {number}, this is not ONNX")
            if wire == VARINT:
                value, after = self.varint(at, last)
                yield Field(number, wire, start, at, after, value)
                at = after
                continue
            if wire == BYTES:
                length, at = self.varint(at, last)
            elif wire in _FIXED:
                length = _FIXED[wire]
            else:
                raise self.refuse(start, f"a field of wire type {wire}, this is not ONNX")
            if length > last - at:
                raise self.refuse(
                    start,
                    f"a field says it has {length} bytes where {last - at} are left, truncated",
                )
            yield Field(number, wire, start, at, at + length, 0)
            at += length

    def text(self, field: Field) -> str:
        """Give the content of a field as text; `ModelError` when it is not UTF-8."""
        try:
            return self.content[field.first : field.last].decode()
        except UnicodeDecodeError:
            raise self.refuse(field.first, "a name that is not UTF-8") from None

    def varint(self, first: int, last: int) -> tuple[int, int]:
        """Read the number at ``first`` (64 bits at the most); give it and the byte after it."""
        content, value = self.content, 0
        for k in range(10):
            if first + k >= last:
                raise self.refuse(first, "ends in the middle of a number, truncated")
            byte = content[first + k]
            value |= (byte & 0x7F) << (7 * k)
            if byte < 0x80:
                if value >= 2**64:
                    break
                return value, first + k + 1
        raise self.refuse(first, "a number longer than 64 bits, this is not ONNX")


def encoded(value: int) -> bytes:
    """Write a number from 0 to 2^64 - 1."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def bytes_field(number: int, content: bytes) -> bytes:
    """Write a field that holds a text, bytes or a message."""
    return encoded(number << 3 | BYTES) + encoded(len(content)) + content
