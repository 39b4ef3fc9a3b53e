"""WAV files that are refused, at a byte and at once, from files and from pipes."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from tests.runtime.wav_bytes import GUID_TAIL, chunk, ds64, encoded, extensible, form, pipe, riff

from harken.byte_reader import ByteReader
from harken.errors import DataError
from harken.formats import read
from harken.formats.wav import WavStream

DATA = chunk(b"data", encoded(np.arange(8)[None], 16))
SLOWEST = 1.0  # seconds of processor; the promise for any file, however broken
FLOAT = chunk(b"data", np.array([0.5, 0.25], "<f4").tobytes())
BAD = {
    "empty": (b"", "empty"),
    "one byte": (b"R", "not a WAV file"),
    "no fmt": (riff(DATA), "before any fmt"),
    "data before fmt": (riff(DATA, form()), "before any fmt"),
    "two fmt": (riff(form(), form(), DATA), "a second fmt chunk"),
    "no data": (riff(form()), "ends in a chunk's header"),
    "data without samples": (riff(form(), chunk(b"data", b"")), "holds no samples"),
    "data without samples, then a chunk": (
        riff(form(), chunk(b"data", b""), chunk(b"LIST", b"INFOabcd")),
        "holds no samples",
    ),
    "RF64 without ds64": (riff(form(), DATA, name=b"RF64"), "without a ds64"),
    "ds64 too short": (riff(chunk(b"ds64", bytes(8)), form(), DATA, name=b"RF64"), "ds64 chunk of"),
    "10^4 tiny chunks": (riff(*[chunk(b"JUNK", b"")] * 10**4, form(), DATA), "4096 chunks"),
    "chunk beyond the end": (riff(form(), chunk(b"LIST", b"abcd", size=2**31)), "says it has"),
    "chunk in RF64 of 2^32 - 1": (
        riff(ds64(16), form(), chunk(b"LIST", b"", size=2**32 - 1), name=b"RF64"),
        "says it has",
    ),
    "0 channels": (riff(form(channels=0), DATA), "0 channels"),
    "33 channels": (riff(form(channels=33), DATA), "33 channels"),
    "65535 channels": (riff(form(channels=65535), DATA), "65535 channels"),
    "rate 0": (riff(form(rate=0), DATA), "rate of 0 Hz"),
    "rate 2 MHz": (riff(form(rate=2_000_000), DATA), "rate of 2000000 Hz"),
    "0 bits": (riff(form(bits=0), DATA), "PCM of 0 bits"),
    "12 bits": (riff(form(bits=12, block=2), DATA), "PCM of 12 bits"),
    "17 bits": (riff(form(bits=17, block=3), DATA), "PCM of 17 bits"),
    "64-bit PCM": (riff(form(bits=64), DATA), "PCM of 64 bits"),
    "float of 16 bits": (riff(form(tag=3, bits=16), DATA), "float of 16 bits"),
    "block size lying": (riff(form(block=7), DATA), "a block of 7 bytes"),
    "bytes a second lying": (riff(form(byte_rate=1), DATA), "1 bytes a second"),
    "fmt of 0 bytes": (riff(form(size=0), DATA), "fmt chunk of 0 bytes"),
    "fmt of 14 bytes": (riff(form(size=14), DATA), "fmt chunk of 14 bytes"),
    "fmt of 2^32 - 9 bytes": (
        riff(chunk(b"fmt ", form()[8:], size=0xFFFFFFF7), DATA),
        "fmt chunk of 4294967287 bytes",
    ),
    "extensible of 16 bytes": (riff(form(tag=0xFFFE), DATA), "extensible format of 16 bytes"),
    "extensible, more valid bits than there are": (riff(extensible(valid=17), DATA), "17 valid"),
    "extensible, GUID unknown": (riff(extensible(tail=GUID_TAIL[::-1]), DATA), "neither PCM nor"),
    "extensible float of fewer valid bits": (
        riff(extensible(sub=3, bits=32, valid=24), FLOAT),
        "24 valid bits",
    ),
    "ADPCM": (riff(form(tag=2), DATA), "Microsoft ADPCM"),
    "IMA ADPCM": (riff(form(tag=0x11), DATA), "IMA ADPCM"),
    "A-law": (riff(form(tag=6, bits=8), DATA), "A-law"),
    "MP3 in WAV": (riff(form(tag=0x55), DATA), "MP3"),
    "FLAC in WAV": (riff(form(tag=0xF1AC), DATA), "FLAC"),
    "codec without a name": (riff(form(tag=0x7777), DATA), "codec 0x7777"),
    "AVI": (riff(form(), kind=b"AVI "), "not of WAVE"),
    "RIFX": (b"RIFX" + riff(form(), DATA)[4:], "RIFX"),
    "Wave64": (b"riff\x2e\x91\xcf\x11" + bytes(100), "Wave64"),
    "AIFF": (b"FORM\0\0\1\0AIFF" + bytes(100), "AIFF"),
    "FLAC": (b"fLaC" + bytes(100), "FLAC"),
    "Ogg": (b"OggS" + bytes(100), "Ogg"),
    "MP3": (b"\xff\xfb\x90" + bytes(100), "MP3"),
    "MP4": (b"\0\0\0\x20ftypM4A " + bytes(100), "MP4"),
    "zip": (b"PK\3\4" + bytes(100), "zip"),
    "gzip": (b"\x1f\x8b" + bytes(100), "gzip"),
    "text": (b"this is not a recording at all", "not a WAV file"),
    "ID3 with nothing after": (b"ID3\3\0\0\0\0\0\1a", "not a WAV file"),
    "ID3 longer than the file": (b"ID3\3\0\0\x7f\x7f\x7f\x7f" + bytes(20), "an ID3 tag says"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_at_a_byte_and_at_once(case: str, tmp_path: Path) -> None:
    content, why = BAD[case]
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    began = time.process_time()
    with pytest.raises(DataError) as caught:
        read(path)
    assert time.process_time() - began < SLOWEST
    assert f"{path}: byte " in str(caught.value)
    assert why in str(caught.value)


@pytest.mark.parametrize("case", [case for case in BAD if "without samples" not in case])
def test_a_bad_head_is_refused_from_a_pipe_as_well(case: str) -> None:
    with pytest.raises(DataError, match=r"pipe: byte \d+: "):
        WavStream(ByteReader(pipe(BAD[case][0]), "pipe"))
