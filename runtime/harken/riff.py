"""The head of a WAV file: everything before its first sample, from a file or a pipe.

Sources: Microsoft, "WAVEFORMATEXTENSIBLE structure" (2018); EBU Tech 3306 (RF64) and ITU-R
BS.2088 (BW64) for ``ds64``; id3.org, "ID3v2.3.0" for a tag that was put before the RIFF chunk.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from harken.byte_reader import ByteReader
from harken.clip import HIGHEST_RATE, MOST_CHANNELS
from harken.errors import DataError
from harken.pcm import Encoding
from harken.unfit_file import name_of

MOST_CHUNKS = 4096  # before the samples; a real file has a dozen
_UNKNOWN = 0xFFFFFFFF
_FROM_HERE_UNKNOWN = 0x7FFF0000  # in a pipe: arecord and sox write about 2 GiB for "no idea"
_LONGEST_FORMAT = 4096
_KNOWN = (b"fmt ", b"data", b"LIST", b"fact", b"JUNK", b"PAD ", b"bext", b"iXML", b"id3 ", b"ID3 ")
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_CODECS = {
    0x0002: "Microsoft ADPCM", 0x0006: "A-law", 0x0007: "mu-law", 0x0011: "IMA ADPCM",
    0x0031: "GSM 6.10", 0x0050: "MPEG", 0x0055: "MP3", 0x00FF: "AAC", 0x0161: "WMA", 0xF1AC: "FLAC",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class WavHead:
    """What the head says. ``frames`` is None where only the end of the file tells it."""

    rate: int
    channels: int
    encoding: Encoding
    frames: int | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Form:
    """The fmt chunk."""

    rate: int
    channels: int
    encoding: Encoding


def read_head(reader: ByteReader) -> WavHead:
    """Read up to the first sample; ``reader`` then stands on it.

    A data chunk that is longer than its file is cut to what is there, one of unknown length (0 or
    0xFFFFFFFF, as pipes have it) goes on to the end; `notes` tell. What cannot be trusted (no
    format, two formats, lying block size, chunk beyond the end) is `DataError`.
    """
    if not reader.peek(1):
        raise DataError(f"{reader.name}: byte 0: it is empty; nothing was sent or recorded")
    _skip_id3(reader)
    form = _outer(reader)
    long_data: int | None = None
    sound: _Form | None = None
    for count in range(MOST_CHUNKS):
        at = reader.at
        name, size = struct.unpack("<4sI", reader.exactly(8, "a chunk's header"))
        if count == 0 and form in (b"RF64", b"BW64"):
            if name != b"ds64":
                raise _refuse(reader, at, f"{form.decode()} without a ds64 chunk first")
            long_data = _read_ds64(reader, at, size)
        elif name == b"fmt ":
            if sound is not None:
                raise _refuse(reader, at, "a second fmt chunk")
            sound = _read_format(reader, at, size)
        elif name == b"data":
            if sound is None:
                raise _refuse(reader, at, "samples before any fmt chunk")
            if long_data is not None and size == _UNKNOWN:
                size = long_data
            return _head(reader, sound, size)
        else:
            reader.skip(size, f"chunk {_printed(name)}")
        if size % 2:
            _skip_padding(reader)
    raise _refuse(reader, reader.at, f"more than {MOST_CHUNKS} chunks and no samples")


def _head(reader: ByteReader, sound: _Form, size: int) -> WavHead:
    """Settle how many frames there are, from what the data chunk says and what is there."""
    block = sound.channels * sound.encoding.bytes
    left, notes = reader.left, []
    in_a_pipe = left is None and size >= _FROM_HERE_UNKNOWN
    empty = size == 0 and reader.peek(4) in (b"", *_KNOWN)
    if not empty and (size in (0, _UNKNOWN, 2**64 - 1) or in_a_pipe):
        notes.append("length unknown: the header does not say it, read to the end")
        size = -1 if left is None else left
    elif left is not None and size > left:
        notes.append(f"cut short: the header says {size} bytes of samples, {left} are there")
        size = left
    if size > 0 and size % block:
        notes.append(f"partial frame: the last {size % block} bytes are no whole frame, left out")
    return WavHead(
        rate=sound.rate,
        channels=sound.channels,
        encoding=sound.encoding,
        frames=None if size < 0 else size // block,
        notes=tuple(notes),
    )


def _outer(reader: ByteReader) -> bytes:
    """Read ``RIFF size WAVE``; the size is not believed, for it is often wrong and never needed."""
    at = reader.at
    head = reader.peek(16)
    form = head[:4]
    if form not in (b"RIFF", b"RF64", b"BW64"):
        unfit = name_of(head) if len(head) >= 4 else None
        raise _refuse(reader, at, unfit or "this is not a WAV file")
    kind = reader.exactly(12, "the RIFF header")[8:]
    if kind != b"WAVE":
        raise _refuse(reader, at + 8, f"a RIFF file of {_printed(kind)}, not of WAVE")
    return form


def _skip_id3(reader: ByteReader) -> None:
    head = reader.peek(10)
    if len(head) == 10 and head.startswith(b"ID3"):
        size = 0
        for byte in head[6:]:
            size = size << 7 | byte & 0x7F
        reader.skip(10 + size + (10 if head[5] & 0x10 else 0), "an ID3 tag")


def _skip_padding(reader: ByteReader) -> None:
    """Step over the byte that makes an odd chunk even, unless its writer forgot it."""
    ahead = reader.peek(5)
    unpadded, padded = ahead[:4], ahead[1:]
    if unpadded in _KNOWN or (unpadded.isalnum() and padded not in _KNOWN and ahead[0] != 0):
        return
    reader.skip(len(ahead[:1]), "a padding byte")


def _read_ds64(reader: ByteReader, at: int, size: int) -> int:
    if not 28 <= size <= _LONGEST_FORMAT:
        raise _refuse(reader, at, f"a ds64 chunk of {size} bytes")
    data: int = struct.unpack_from("<Q", reader.exactly(size, "the ds64 chunk"), 8)[0]
    return data


def _read_format(reader: ByteReader, at: int, size: int) -> _Form:
    """Read the fmt chunk; every number in it must fit the others."""
    if not 16 <= size <= _LONGEST_FORMAT:
        raise _refuse(reader, at, f"a fmt chunk of {size} bytes, need 16 to {_LONGEST_FORMAT}")
    content = reader.exactly(size, "the fmt chunk")
    tag, channels, rate, byte_rate, block, bits = struct.unpack_from("<HHIIHH", content)
    valid = bits
    if tag == _EXTENSIBLE:
        if size < 40:
            raise _refuse(reader, at, f"an extensible format of {size} bytes, need 40")
        valid = struct.unpack_from("<H", content, 18)[0] or bits
        tag = struct.unpack_from("<H", content, 24)[0]
        if content[26:40] != _GUID_TAIL:
            raise _refuse(reader, at + 32, "a format whose GUID is neither PCM nor float")
    if tag not in (_PCM, _FLOAT):
        codec = _CODECS.get(tag, f"codec {tag:#06x}")
        raise _refuse(reader, at + 8, f"samples coded as {codec}; convert the file to PCM")
    if not 1 <= channels <= MOST_CHANNELS:
        raise _refuse(reader, at + 10, f"{channels} channels, need 1 to {MOST_CHANNELS}")
    if not 1 <= rate <= HIGHEST_RATE:
        raise _refuse(reader, at + 12, f"a rate of {rate} Hz, need 1 to {HIGHEST_RATE}")
    if bits not in ((8, 16, 24, 32) if tag == _PCM else (32, 64)):
        raise _refuse(reader, at + 22, f"{'PCM' if tag == _PCM else 'float'} of {bits} bits")
    if not 1 <= valid <= bits or (tag == _FLOAT and valid != bits):
        raise _refuse(reader, at + 26, f"{valid} valid bits in samples of {bits}")
    if block != channels * bits // 8:
        raise _refuse(reader, at + 20, f"a block of {block} bytes for {channels} x {bits} bits")
    if byte_rate != rate * block:
        raise _refuse(reader, at + 16, f"{byte_rate} bytes a second for {rate} x {block}")
    if tag == _FLOAT:
        return _Form(rate, channels, Encoding("f", bits))
    return _Form(rate, channels, Encoding("u" if bits == 8 else "s", bits))


def _printed(name: bytes) -> str:
    return repr(name.decode("ascii", "backslashreplace"))


def _refuse(reader: ByteReader, at: int, what: str) -> DataError:
    instead = "" if ";" in what else "; convert it to plain PCM WAV, or record it again"
    return DataError(f"{reader.name}: byte {at}: {what}{instead}")
