"""WAV from a file in memory and from a pipe in pieces: both must say the same."""

from __future__ import annotations

import io
import struct
from random import Random

import numpy as np
from tests.runtime.wav_bytes import GUID_TAIL, chunk, ds64, pipe, riff

from harken.byte_reader import ByteReader
from harken.errors import HarkenError
from harken.formats import read
from harken.formats.wav import WavStream

TOKENS = (
    b"RIFF", b"RF64", b"BW64", b"RIFX", b"WAVE", b"fmt ", b"data", b"ds64", b"LIST", b"JUNK",
    b"ID3\3\0\0", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xfe\xff", GUID_TAIL,
)  # fmt: skip
_NAMES = (b"LIST", b"JUNK", b"bext", b"fact", b"id3 ", b"cue ", b"xyzw", b"\0\1\2\3")


def make(rng: Random) -> bytes:
    """A head whose numbers mostly fit, other chunks around, a data chunk that may lie."""
    usual = rng.random() < 0.8
    tag = rng.choice((1, 1, 3, 0xFFFE) if usual else (2, 0, 7, 0x55))
    bits = rng.choice((32, 64) if tag == 3 else (8, 16, 24, 32) if usual else (0, 12, 17, 64))
    channels = rng.choice((1, 1, 2, 3, 32) if usual else (0, 1, 33, 65535))
    rate = rng.choice((8000, 48000) if usual else (0, 2**32 - 1))
    block = channels * bits // 8
    content = struct.pack("<HHIIHH", tag, channels, rate, rate * block % 2**32, block % 2**16, bits)
    if tag == 0xFFFE:
        sub, valid = rng.choice((1, 1, 1, 3, 7)), rng.choice((bits, bits, 12, 0))
        content += struct.pack("<HHIH", 22, valid, 4, sub) + GUID_TAIL
    samples = rng.randbytes(rng.choice((0, 7, 48, 960, 960)))
    size = rng.choice((None, None, 0, 2**32 - 1, 0x7FFFFFFF, 31, 5000))
    wide = rng.random() < 0.2
    chunks = [ds64(rng.choice((len(samples), 0, 2**64 - 1, 2**40)))] if wide else []
    chunks += _others(rng)
    chunks += [chunk(b"fmt ", content)] * (1 if usual else rng.choice((0, 2)))
    chunks += [*_others(rng), chunk(b"data", samples, size=size), *_others(rng)]
    front = b"ID3\3\0\0\0\0\0\4abcd" if rng.random() < 0.05 else b""
    return front + riff(*chunks, name=rng.choice((b"RF64", b"BW64")) if wide else b"RIFF")


def _others(rng: Random) -> list[bytes]:
    return [
        chunk(rng.choice(_NAMES), rng.randbytes(rng.choice((0, 1, 4, 9))), pad=rng.random() < 0.7)
        for _ in range(rng.choice((0, 0, 1, 3)))
    ]


def parse(content: bytes) -> None:
    """Read it twice: what a file in memory gives, a pipe gives too, or its first samples."""
    whole: HarkenError | None = None
    try:
        clip = read(io.BytesIO(content), name="x.wav")
    except HarkenError as error:
        whole = error
    try:
        pieces = [len(content) % 13 + 1] * 40
        stream = WavStream(ByteReader(pipe(content, pieces), "pipe"))
        got = [stream.read(11)]
        while got[-1].shape[1]:
            got.append(stream.read(1000))
    except HarkenError:
        if whole is None:
            raise AssertionError("a pipe refuses what a file does not") from None
        raise
    if whole is not None:
        raise whole
    samples = np.concatenate(got, axis=1)
    assert clip.samples.dtype == np.float32
    assert 1 <= clip.samples.shape[0] <= 32
    assert clip.samples.size <= len(content)
    assert np.array_equal(clip.samples, samples, equal_nan=True)
