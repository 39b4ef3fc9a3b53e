"""NumPy arrays, good and bad: RELIABILITY's catalogue case by case."""

from __future__ import annotations

import io
import pickle
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.errors import DataError
from harken.formats import Clip, read

SLOWEST = 1.0  # seconds of processor; the promise for any file, however broken


def saved(array: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, np.asarray(array))
    return out.getvalue()


def npy(header: str, content: bytes = b"", *, version: int = 1, length: int | None = None) -> bytes:
    """A .npy with any header at all; ``length`` is what it says of the header's length."""
    text = header.encode("latin-1")
    size = len(text) if length is None else length
    return (
        b"\x93NUMPY"
        + bytes([version, 0])
        + struct.pack("<H" if version == 1 else "<I", size)
        + text
        + content
    )


def of(shape: str, descr: str = "'<f4'", content: bytes = bytes(400)) -> bytes:
    return npy(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n", content)


def opened(content: bytes) -> Clip:
    return read(io.BytesIO(content), name="x.npy")


@given(
    seed=st.integers(0, 2**32 - 1),
    dtype=st.sampled_from(["<f2", "<f4", "<f8", ">f4", ">f8"]),
    channels=st.integers(1, 4),
    frames=st.integers(1, 60),
    order=st.sampled_from("CF"),
)
@settings(max_examples=100, deadline=None)
def test_floats_come_back_as_they_are(
    seed: int, dtype: str, channels: int, frames: int, order: str
) -> None:
    samples = np.random.default_rng(seed).normal(size=(channels, frames)).astype(dtype)
    clip = opened(saved(np.asarray(samples, order="F" if order == "F" else "C")))
    assert not clip.full_scale
    assert clip.samples.dtype == np.float32
    assert np.array_equal(clip.samples, samples.astype(np.float32))


@pytest.mark.parametrize("dtype", ["<i1", "<i2", ">i2", "<i4", ">i4"])
def test_integers_are_fractions_of_full_scale(dtype: str) -> None:
    info = np.iinfo(np.dtype(dtype))
    clip = opened(saved(np.array([info.min, -1, 0, 1, info.max], dtype)))
    assert clip.full_scale
    full = 2.0 ** (info.bits - 1)
    wanted = np.array([info.min, -1, 0, 1, info.max]) / full
    assert np.array_equal(clip.samples, wanted.astype(np.float32)[None])


def test_unsigned_bytes_have_their_zero_at_128() -> None:
    assert opened(saved(np.array([0, 128, 192], np.uint8))).samples.tolist() == [[-1.0, 0.0, 0.5]]


def test_frames_by_channels_are_turned_round_since_there_are_at_most_32_channels() -> None:
    samples = np.arange(200, dtype=np.float32).reshape(100, 2)
    assert np.array_equal(opened(saved(samples)).samples, samples.T)


def test_strided_arrays_are_read_as_numpy_saves_them() -> None:
    samples = np.arange(60, dtype=np.float32)[::3]
    assert np.array_equal(opened(saved(samples)).samples, samples[None])


def test_the_rate_is_not_in_the_file_but_may_be_said() -> None:
    assert opened(saved(np.ones(5))).rate is None
    assert read(io.BytesIO(saved(np.ones(5))), rate=12000).rate == 12000


@pytest.mark.parametrize("version", [1, 2, 3])
def test_all_versions_are_read(version: int) -> None:
    head = "{'shape': (3,), 'descr': \"<f4\",'fortran_order':False}"
    clip = opened(npy(head, np.ones(3, "<f4").tobytes(), version=version))
    assert clip.samples.tolist() == [[1, 1, 1]]


def test_bytes_after_the_array_are_noted() -> None:
    clip = opened(saved(np.ones(5)) + b"more")
    assert clip.samples.shape == (1, 5)
    assert clip.notes == ("trailing bytes: 4 after the array, left out",)


def test_doubles_beyond_float32_become_infinite_and_are_noted() -> None:
    clip = opened(saved(np.array([1e300, np.nan, 0.5])))
    assert clip.notes == ("not finite: 2 values are NaN or infinite",)


BAD = {
    "objects": (saved(np.array([{}], dtype=object)), "Python objects, which could run code"),
    "raw pickle": (pickle.dumps([1.0, 2.0]), "a Python pickle, which is never read"),
    "complex": (saved(np.ones(5, complex)), "complex numbers"),
    "bool": (saved(np.ones(5, bool)), "truth values"),
    "text": (saved(np.array(["a"])), "text"),
    "bytes": (saved(np.array([b"a"])), "text"),
    "dates": (saved(np.array(["2024-01-01"], "M8[s]")), "dates"),
    "spans": (saved(np.array([1], "m8[s]")), "time spans"),
    "records": (saved(np.zeros(5, [("a", "<f4"), ("b", "<f4")])), "records"),
    "void": (saved(np.zeros(5, "V8")), "records"),
    "int64": (saved(np.ones(5, np.int64)), "8-byte integers"),
    "uint16": (saved(np.ones(5, np.uint16)), "unsigned integers"),
    "long double": (saved(np.ones(5, np.longdouble)), "floats wider"),
    "unknown type": (of("(3,)", "'<q9'"), "values of type '<q9'"),
    "0-d": (saved(np.float32(1)), "0 dimensions"),
    "3-d": (saved(np.ones((2, 2, 2))), "3 dimensions"),
    "70 dimensions": (of("(" + "1, " * 70 + ")"), "70 dimensions"),
    "no samples": (saved(np.empty((2, 0), np.float32)), "holds no samples"),
    "more channels than there can be": (saved(np.ones((33, 33))), "more than 32 channels"),
    "2^40 values": (of("(1099511627776,)"), "too many to read at once"),
    "2^24 values": (of("(16777216,)"), "declares 16777216 values, 100 are there"),
    "2^64 values": (of("(18446744073709551616,)"), "is not a shape"),
    "10^400 values": (of(f"({'9' * 400},)"), "is not a shape"),
    "negative": (of("(-3,)"), "is not a shape"),
    "truncated": (saved(np.ones(50))[:-1], "declares 50 values, 49 are there"),
    "another magic": (b"NUMPY\x93\1\0", "this is not a .npy file"),
    "magic alone": (b"\x93NUMPY", "ends in the magic"),
    "no header": (b"\x93NUMPY\1\0", "ends in the header's length"),
    "header cut": (saved(np.ones(5))[:40], "ends in the header"),
    "header of 4 GB": (npy("", length=2**32 - 1, version=2), "header of 4294967295 bytes"),
    "version 9": (npy("{}", version=9), "version 9.0"),
    "header empty": (npy(""), "its header is not that of an array"),
    "header a call": (npy("__import__('os').system('true')"), "its header is not that"),
    "header nested": (npy("(" * 9000), "its header is not that"),
    "key missing": (npy("{'descr': '<f4', 'shape': (3,)}"), "its header is not that"),
    "key twice": (
        npy("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (3,)}"),
        "its header is not that",
    ),
    "header of blanks": (npy("{'descr': " + " " * 9900), "its header is not that of an array"),
    "comma missing": (
        npy("{'descr': '<f4' 'fortran_order': False, 'shape': (3,)}"),
        "its header is not that",
    ),
    "comma twice in the shape": (of("(3,,)"), "is not a shape"),
    "shape without its comma": (of("(3)"), "is not a shape"),
    "key unknown": (
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'x': 1}"),
        "its header is not that",
    ),
    "values under the wrong keys": (
        npy("{'descr': True, 'fortran_order': '<f4', 'shape': (3,)}"),
        "its header is not that",
    ),
    "words after the header": (
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)} or 1"),
        "its header is not that",
    ),
    "npz": (b"PK\3\4" + bytes(100), "npz archive, which a device does not open"),
    "empty": (b"", "empty"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_at_a_byte_and_at_once(case: str, tmp_path: Path) -> None:
    content, why = BAD[case]
    path = tmp_path / "x.npy"
    path.write_bytes(content)
    began = time.process_time()
    with pytest.raises(DataError) as caught:
        read(path)
    assert time.process_time() - began < SLOWEST
    assert str(caught.value).startswith(f"{path}: ")
    assert why in str(caught.value)
