"""WAV files of every kind, good and bad: RELIABILITY's catalogue case by case."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runtime.wav_bytes import (
    chunk,
    ds64,
    encoded,
    extensible,
    form,
    pipe,
    plain,
    riff,
)

from harken.byte_reader import ByteReader
from harken.errors import DataError, InputOutputError
from harken.formats import Clip, read
from harken.formats.wav import WavStream

SOME = np.array([[0, 1, -1, 1000, -1000, 32767, -32768, 5]])
DATA = chunk(b"data", encoded(SOME, 16))
FULL = 2.0**15


def opened(content: bytes) -> Clip:
    return read(io.BytesIO(content), name="x.wav")


ENCODINGS = {
    "u8": (8, np.int64, 2**7),
    "s16": (16, np.int64, 2**15),
    "s24": (24, np.int64, 2**23),
    "s32": (32, np.int64, 2**31),
}


@pytest.mark.parametrize("name", ENCODINGS)
@given(seed=st.integers(0, 2**32 - 1), channels=st.integers(1, 4), frames=st.integers(1, 50))
@settings(max_examples=20, deadline=None)
def test_integers_come_back_as_their_fractions_of_full_scale(
    name: str, seed: int, channels: int, frames: int
) -> None:
    bits, dtype, full = ENCODINGS[name]
    samples = np.random.default_rng(seed).integers(-full, full, (channels, frames), dtype)
    clip = opened(plain(samples, bits=bits))
    assert clip.full_scale
    assert np.array_equal(clip.samples, (samples / full).astype(np.float32))


@pytest.mark.parametrize("bits", [32, 64])
@given(seed=st.integers(0, 2**32 - 1), channels=st.integers(1, 4), frames=st.integers(1, 50))
@settings(max_examples=20, deadline=None)
def test_floats_come_back_as_they_are(bits: int, seed: int, channels: int, frames: int) -> None:
    samples = np.random.default_rng(seed).normal(size=(channels, frames))
    assert np.array_equal(opened(plain(samples, bits=bits)).samples, samples.astype(np.float32))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("kind", ["WAV", "WAVEX", "RF64"])
def test_every_kind_of_libsndfile_is_read_as_libsndfile_reads_it(
    tmp_path: Path, subtype: str, kind: str
) -> None:
    path = tmp_path / "x.wav"
    samples = np.random.default_rng(1).uniform(-1, 1, (300, 2))
    soundfile.write(path, samples, 44100, subtype=subtype, format=kind)
    wanted, _ = soundfile.read(path, dtype="float32", always_2d=True)
    clip = read(path)
    assert (clip.rate, clip.notes) == (44100, ())
    assert np.array_equal(clip.samples, wanted.T)


@given(
    seed=st.integers(0, 2**32 - 1),
    bits=st.sampled_from([8, 16, 24, 32]),
    channels=st.integers(1, 3),
    pieces=st.lists(st.integers(1, 40), max_size=60),
    reads=st.lists(st.integers(1, 30), max_size=60),
    size=st.sampled_from([None, 0, 0xFFFFFFFF, 0x7FFFFF00]),
)
@settings(max_examples=150, deadline=None)
def test_a_stream_gives_the_same_however_it_is_cut(
    seed: int, bits: int, channels: int, pieces: list[int], reads: list[int], size: int | None
) -> None:
    rng = np.random.default_rng(seed)
    full = 2 ** (bits - 1)
    samples = rng.integers(-full, full, (channels, int(rng.integers(1, 200))))
    head = form(channels=channels, bits=bits)
    content = riff(head, chunk(b"data", encoded(samples, bits), size=size, pad=False))
    stream = WavStream(ByteReader(pipe(content, pieces), "pipe"))
    got = [stream.read(reads.pop(0) if reads else 25)]
    while got[-1].shape[1]:
        got.append(stream.read(reads.pop(0) if reads else 25))
    assert np.array_equal(np.concatenate(got, axis=1), (samples / full).astype(np.float32))


GOOD = {
    "plain": riff(form(), DATA),
    "fmt of 18 bytes": riff(form(size=18), DATA),
    "fmt of 40 bytes": riff(form(size=40), DATA),
    "extensible PCM": riff(extensible(), DATA),
    "extensible, 12 valid bits of 16": riff(extensible(valid=12), DATA),
    "extensible, valid bits not said": riff(extensible(valid=0), DATA),
    "RF64": riff(ds64(16), form(), chunk(b"data", DATA[8:], size=2**32 - 1), name=b"RF64"),
    "BW64": riff(ds64(16), form(), chunk(b"data", DATA[8:], size=2**32 - 1), name=b"BW64"),
    "RIFF size wrong": b"RIFF\1\0\0\0" + riff(form(), DATA)[8:],
    "even chunk before": riff(chunk(b"LIST", b"ab"), form(), DATA),
    "odd chunk, padded": riff(chunk(b"LIST", b"abc"), form(), DATA),
    "odd chunk, not padded": riff(chunk(b"LIST", b"abc", pad=False), form(), DATA),
    "odd chunk, not padded, before an unknown one": riff(
        form(), chunk(b"LIST", b"abc", pad=False), chunk(b"xyzw", b"12"), DATA
    ),
    "odd chunk, padded with a letter": riff(form(), chunk(b"LIST", b"abc", pad=False) + b"q", DATA),
    "huge JUNK": riff(chunk(b"JUNK", bytes(3_000_001)), form(), DATA),
    "bext, cue, smpl, id3": riff(
        *(chunk(name, b"\xff" * 37) for name in (b"bext", b"cue ", b"smpl", b"id3 ")), form(), DATA
    ),
    "ID3 before RIFF": b"ID3\3\0\0\0\0\1\0" + bytes(128) + riff(form(), DATA),
    "chunks after the samples": riff(form(), DATA, chunk(b"LIST", b"INFO")),
    "two data chunks": riff(form(), DATA, DATA),
}


@pytest.mark.parametrize("case", GOOD)
def test_an_unusual_file_is_read_without_a_note(case: str, tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(GOOD[case])
    clip = read(path)
    assert (clip.rate, clip.notes) == (8000, ())
    assert np.array_equal(clip.samples, (SOME / FULL).astype(np.float32))


NOTED = {
    "data size 0": (riff(form(), chunk(b"data", DATA[8:], size=0)), "length unknown"),
    "data size 2^32 - 1": (
        riff(form(), chunk(b"data", DATA[8:], size=2**32 - 1)),
        "length unknown",
    ),
    "data size beyond the end": (
        riff(form(), chunk(b"data", DATA[8:], size=2000)),
        "cut short: the header says 2000 bytes of samples, 16 are there",
    ),
    "half a frame at the end": (riff(form(), chunk(b"data", DATA[8:] + b"\7")), "partial frame"),
    "ds64 lying": (
        riff(ds64(2**50), form(), chunk(b"data", DATA[8:], size=2**32 - 1), name=b"RF64"),
        "cut short",
    ),
    "ds64 not knowing": (
        riff(ds64(0), form(), chunk(b"data", DATA[8:], size=2**32 - 1), name=b"RF64"),
        "length unknown",
    ),
}


@pytest.mark.parametrize("case", NOTED)
def test_a_wrong_length_is_read_and_noted(case: str) -> None:
    content, note = NOTED[case]
    clip = opened(content)
    assert np.array_equal(clip.samples, (SOME / FULL).astype(np.float32))
    assert [note in text for text in clip.notes] == [True]


def test_a_file_that_ends_at_any_byte_is_refused_or_cut_short() -> None:
    whole = riff(form(size=18), DATA)
    for length in range(len(whole)):
        if length < len(whole) - 14:  # not one whole sample is there
            with pytest.raises(DataError, match=r"x\.wav: byte \d+: "):
                opened(whole[:length])
        else:
            clip = opened(whole[:length])
            assert clip.samples.shape[1] == (length - (len(whole) - 16)) // 2
            assert any(note.startswith("cut short") for note in clip.notes)


def test_a_pipe_that_ends_early_is_noted_when_its_end_was_read() -> None:
    content = riff(form(), chunk(b"data", DATA[8:], size=100))
    clip = read(pipe(content), name="pipe")
    assert clip.samples.shape == (1, 8)
    assert clip.notes == ("cut short: 42 frames fewer than the header says",)


def test_half_a_frame_at_the_end_of_a_pipe_is_noted() -> None:
    content = riff(form(), chunk(b"data", DATA[8:] + b"\7", size=0, pad=False))
    clip = read(pipe(content), name="pipe")
    assert clip.samples.shape == (1, 8)
    assert clip.notes[1] == "partial frame: the last 1 bytes, left out"


def test_values_that_are_no_numbers_are_kept_and_noted() -> None:
    values = np.array([[0.0, np.nan, np.inf, 1e38, -1e38, 1e-42, 1.0]])
    clip = opened(plain(values, bits=32))
    assert np.array_equal(clip.samples, values.astype(np.float32), equal_nan=True)
    assert clip.notes == ("not finite: 2 values are NaN or infinite",)


def test_doubles_beyond_float32_become_infinite_and_are_noted() -> None:
    clip = opened(plain(np.array([[1e300, -1e300, 0.5]]), bits=64))
    assert clip.samples.tolist() == [[np.inf, -np.inf, 0.5]]
    assert clip.notes == ("not finite: 2 values are NaN or infinite",)


def test_one_channel_is_taken_alone() -> None:
    samples = np.arange(30).reshape(3, 10)
    clip = read(io.BytesIO(plain(samples)), channel=2)
    assert np.array_equal(clip.samples, (samples[2:] / FULL).astype(np.float32))


def test_a_channel_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="no channel 3, it has 3, counted from 0"):
        read(io.BytesIO(plain(np.zeros((3, 10), int))), name="x.wav", channel=3)


def test_another_rate_than_the_header_says_is_refused() -> None:
    content = plain(SOME, rate=8000)
    assert read(io.BytesIO(content), rate=8000).rate == 8000
    with pytest.raises(DataError, match="its header says 8000 Hz, not 12000 Hz"):
        read(io.BytesIO(content), rate=12000)


def test_a_read_that_fails_midway_is_an_input_output_error() -> None:
    class Broken(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= 44:
                raise OSError(5, "Input/output error")
            return super().read1(min(size or 0, 44 - self.tell()))

    with pytest.raises(InputOutputError, match="x: byte 44: reading failed, Input/output error"):
        read(Broken(plain(SOME)), name="x")


def test_no_more_than_a_declared_length_is_asked_of_a_pipe() -> None:
    head = riff(form(channels=32, bits=32)) + b"data" + struct.pack("<I", 0x7FFE0000)
    stream = WavStream(ByteReader(pipe(head + bytes(128)), "pipe"))
    assert stream.frames == 0x7FFE0000 // 128
    assert stream.read(1 << 16).shape == (32, 1)
    assert stream.read(1 << 16).shape == (32, 0)
