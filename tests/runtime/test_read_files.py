"""How the kind of a file is found, and what is said when there is none."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pytest
from tests.runtime.wav_bytes import plain

from harken.errors import (
    DataError,
    HarkenError,
    InputOutputError,
    MissingInputError,
    SettingsError,
    UsageError,
)
from harken.formats import Clip, formats, read
from harken.pcm import ENCODINGS, decode, encoding
from harken.unit import times

SOME = np.array([[1, -2, 3, 4]])


def test_content_decides_before_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(plain(SOME))
    assert read(path).full_scale
    out = tmp_path / "x.wav"
    with out.open("wb") as file:
        np.save(file, SOME.astype(np.float32))
    assert np.array_equal(read(out).samples, SOME)


def test_suffixes_are_known_in_capitals_too(tmp_path: Path) -> None:
    path = tmp_path / "X.CSV"
    path.write_text("1\n2\n")
    assert read(str(path)).samples.tolist() == [[1, 2]]


def test_no_two_kinds_share_a_suffix() -> None:
    suffixes = [suffix for kind in formats.kinds() for suffix in formats.get(kind).suffixes]
    assert len(suffixes) == len(set(suffixes))


@pytest.mark.parametrize("name", ENCODINGS)
def test_raw_samples_are_read_in_every_encoding(name: str, tmp_path: Path) -> None:
    how = ENCODINGS[name]
    path = tmp_path / "x.anything"
    path.write_bytes(bytes(range(240)))
    clip = read(path, dtype=name, channels=2, rate=100)
    assert clip.samples.shape == (2, 240 // how.bytes // 2)
    assert (clip.rate, clip.full_scale) == (100, how.form != "f")


def test_big_and_little_ends_give_the_same_samples() -> None:
    values = np.array([0, 1, -1, 2**23 - 1, -(2**23)])
    low = b"".join(int(v).to_bytes(3, "little", signed=True) for v in values)
    high = b"".join(int(v).to_bytes(3, "big", signed=True) for v in values)
    wanted = (values / 2**23).astype(np.float32)[None]
    assert np.array_equal(decode(low, ENCODINGS["s24le"]), wanted)
    assert np.array_equal(decode(high, ENCODINGS["s24be"]), wanted)


def test_half_a_frame_at_the_end_of_raw_samples_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "x.raw"
    path.write_bytes(bytes(7))
    clip = read(path)
    assert clip.samples.shape == (1, 3)
    assert clip.notes == ("partial frame: the last 1 bytes are no whole frame, left out",)


@pytest.mark.parametrize(
    ("options", "error", "why"),
    [
        ({"dtype": "s16el"}, SettingsError, "no encoding 's16el', did you mean 's16le'"),
        ({"dtype": "s16le", "channels": 33}, SettingsError, "channels: need 1 to 32, got 33"),
        ({"dtype": "s16le", "rate": 0}, DataError, "a rate of 0 Hz"),
        ({"dtype": "s16le", "rate": 10**7}, DataError, "a rate of 10000000 Hz"),
        ({"dtype": "s16le", "channel": 1}, DataError, "there is no channel 1, it has 1"),
        ({"dtype": "s16le", "column": "x"}, UsageError, "column is not for raw files"),
        ({}, DataError, "not a file that harken knows; it reads .bin, .bw64, .csv"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    options: dict[str, str], error: type[HarkenError], why: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.dat"
    path.write_bytes(b"\1\2\3\4")
    with pytest.raises(error) as caught:
        read(path, **options)  # type: ignore[arg-type]  # each is a valid option by name
    assert why in str(caught.value)


@pytest.mark.parametrize("name", ["stdin", "", "clip.xyz"])
def test_a_stream_that_tells_nothing_is_told_what_it_may_be(name: str) -> None:
    told = r"not known by its first bytes; a stream is WAV or .npy, or raw .*--dtype s16le.*CSV$"
    with pytest.raises(DataError, match=f"^{name or 'stream'}: byte 0: {told}"):
        read(io.BytesIO(b"0.1\n0.2\n"), name=name)


def test_a_signal_without_its_header_is_told_which_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "A00001.mat"  # as wfdb2mat writes them: 16 bits, a row of 9000
    path.write_bytes(struct.pack("<5I", 30, 1, 9000, 0, 4) + b"val\0" + bytes(18000))
    with pytest.raises(MissingInputError, match=r"mat: A00001.hea is not beside it, the header of"):
        read(path)
    for name, content in (("100.dat", bytes(18000)), ("x.mat", b"\1\2\3\4")):
        path = tmp_path / name
        path.write_bytes(content)
        told = (
            f"not a file that .*; if it is of a WFDB record, its header {path.stem}.hea is missing"
        )
        with pytest.raises(DataError, match=told):
            read(path)
    assert read(tmp_path / "100.dat", dtype="s16le").samples.shape == (1, 9000)


@pytest.mark.parametrize("version", ["5.0", "7.3"])
def test_newer_files_of_matlab_are_called_by_their_name(tmp_path: Path, version: str) -> None:
    path = tmp_path / "x.mat"
    path.write_bytes(f"MATLAB {version} MAT-file, Platform: GLNXA64".encode().ljust(512))
    with pytest.raises(DataError, match=r"this is a MATLAB .*file, which a device does not read"):
        read(path)


def test_an_option_of_another_kind_is_a_wrong_usage() -> None:
    with pytest.raises(UsageError, match=r"x\.wav: column is not for wav files; leave it out"):
        read(io.BytesIO(plain(SOME)), name="x.wav", column=1)


def test_what_is_not_there_is_a_missing_input(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="there is no such file"):
        read(tmp_path / "none.wav")
    with pytest.raises(MissingInputError, match="is a folder, not a file of samples"):
        read(tmp_path)
    with pytest.raises(MissingInputError, match="cannot be opened"):
        read("a\0b.wav")


def test_an_endless_device_is_not_read_to_its_end() -> None:
    with pytest.raises(DataError, match="not a file that harken knows"):
        read("/dev/zero")


def test_a_descriptor_that_would_not_wait_is_refused() -> None:
    class Impatient(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: object, /) -> None:
            return None

    with pytest.raises(InputOutputError, match="byte 0: nothing to read yet; open it in blocking"):
        read(cast("BinaryIO", Impatient()), name="x.wav")


def test_a_clip_is_brought_into_the_unit_of_a_contract() -> None:
    half = np.array([[0.5]], np.float32)
    assert Clip(half, 8000, full_scale=True).in_unit(20.0).tolist() == [[10.0]]
    assert Clip(half, 8000, full_scale=False).in_unit(20.0).tolist() == [[0.5]]


def test_a_clip_that_tells_its_unit_is_turned_into_the_contracts() -> None:
    two = np.array([[2000.0]], np.float32)
    clip = Clip(two, 512, full_scale=False, unit="µV")
    assert clip.in_unit(32.768, "mV").tolist() == [[2.0]]
    assert clip.in_unit(32.768, "uV").tolist() == [[2000.0]]
    assert clip.in_unit(32.768, "V").tolist() == [[np.float32(0.002)]]
    with pytest.raises(DataError, match=r"^a.hea: is in µV, which cannot be turned into g, what"):
        clip.in_unit(20.0, "g", "a.hea")


def test_fractions_of_full_scale_have_no_other_unit() -> None:
    clip = Clip(np.array([[0.5]], np.float32), 512, full_scale=True, unit="µV")
    assert clip.in_unit(20.0, "g").tolist() == [[10.0]]


@pytest.mark.parametrize(
    ("given", "wanted", "factor"),
    [
        ("µV", "mV", 0.001),  # the micro sign
        ("μV", "uV", 1.0),  # the Greek letter
        ("V", "mV", 1000.0),
        (" mV ", "mV", 1.0),
        ("", "mV", 1.0),
        ("g", "", 1.0),
        ("g", "g", 1.0),
        ("MV", "mV", None),
        ("NU", "mV", None),
        ("mV", "full scale", None),
    ],
)
def test_units_are_turned_into_each_other_where_both_are_known(
    given: str, wanted: str, factor: float | None
) -> None:
    assert times(given, wanted) == factor


def test_an_encoding_is_found_by_its_name() -> None:
    assert encoding("s24be").bytes == 3
