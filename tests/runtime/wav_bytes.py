"""WAV files in bytes, right or wrong in every part, written by a few lines of their own."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from harken.stream import Samples

GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
RATE = 8000


def chunk(name: bytes, content: bytes, *, size: int | None = None, pad: bool = True) -> bytes:
    """One chunk; ``size`` is what its header says, if not the truth."""
    padding = b"\0" if pad and len(content) % 2 else b""
    return name + struct.pack("<I", len(content) if size is None else size) + content + padding


def form(
    *,
    tag: int = 1,
    channels: int = 1,
    rate: int = RATE,
    bits: int = 16,
    block: int | None = None,
    byte_rate: int | None = None,
    size: int | None = None,
) -> bytes:
    """A fmt chunk; what is not given follows from the rest. ``size`` cuts or lengthens it."""
    block = channels * bits // 8 if block is None else block
    byte_rate = rate * block if byte_rate is None else byte_rate
    content = struct.pack(
        "<HHIIHH", tag, channels, rate, byte_rate & 0xFFFFFFFF, block & 0xFFFF, bits
    )
    if size is not None:
        content = content[:size].ljust(size, b"\0")
    return chunk(b"fmt ", content)


def extensible(
    *, sub: int = 1, bits: int = 16, valid: int | None = None, tail: bytes = GUID_TAIL
) -> bytes:
    """A fmt chunk of WAVEFORMATEXTENSIBLE, one channel."""
    block = bits // 8
    content = struct.pack("<HHIIHH", 0xFFFE, 1, RATE, RATE * block, block, bits)
    content += struct.pack("<HHIH", 22, bits if valid is None else valid, 4, sub) + tail
    return chunk(b"fmt ", content)


def riff(*chunks: bytes, name: bytes = b"RIFF", kind: bytes = b"WAVE") -> bytes:
    """The file around its chunks."""
    body = b"".join(chunks)
    size = 0xFFFFFFFF if name != b"RIFF" else (len(body) + 4) & 0xFFFFFFFF
    return name + struct.pack("<I", size) + kind + body


def ds64(data_size: int) -> bytes:
    """The chunk in which RF64 keeps its sizes."""
    return chunk(b"ds64", struct.pack("<QQQI", 0, data_size, 0, 0))


def encoded(samples: npt.NDArray[Any], bits: int) -> bytes:
    """Interleaved bytes of integer or float samples ``(channels, n)``; 8 bits are unsigned."""
    frames = np.ascontiguousarray(samples.T)
    if frames.dtype.kind == "f":
        return frames.astype(f"<f{bits // 8}").tobytes()
    if bits == 8:
        return (frames + 128).astype(np.uint8).tobytes()
    wide = frames.astype("<i4").reshape(-1, 1).view(np.uint8)
    return wide[:, : bits // 8].tobytes()


def plain(samples: npt.NDArray[Any], *, bits: int = 16, rate: int = RATE) -> bytes:
    """A whole WAV, as any recorder writes it."""
    tag = 3 if samples.dtype.kind == "f" else 1
    head = form(tag=tag, channels=len(samples), rate=rate, bits=bits)
    return riff(head, chunk(b"data", encoded(samples, bits)))


class Pipe(io.RawIOBase):
    """A pipe: it cannot be sought, and gives pieces of the lengths that it is told."""

    def __init__(self, content: bytes, pieces: list[int]) -> None:
        self._content, self._pieces = content, pieces

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        count = self._pieces.pop(0) if self._pieces else 4096
        piece = self._content[: min(count, size)]
        self._content = self._content[len(piece) :]
        return piece


def pipe(content: bytes, pieces: list[int] | None = None) -> BinaryIO:
    """The bytes as they come through a pipe, in pieces of these lengths."""
    return cast("BinaryIO", Pipe(content, pieces or []))


def write_wav(path: str, samples: Samples, rate: int = RATE, channels: int = 1) -> None:
    """Fractions of full scale as 16 bits, the same in every channel."""
    integers = np.repeat((samples * 32767).astype("<i2"), channels)
    described = form(rate=rate, channels=channels)
    Path(path).write_bytes(riff(described, chunk(b"data", integers.tobytes())))
