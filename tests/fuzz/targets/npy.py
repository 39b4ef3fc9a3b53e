"""NumPy arrays: what is read must be what numpy reads."""

from __future__ import annotations

import io
import struct
from random import Random

import numpy as np

from harken.formats import read
from harken.stream import to_float

TOKENS = (
    b"\x93NUMPY\1\0", b"\x93NUMPY\2\0", b"'descr'", b"'fortran_order'", b"'shape'", b"True",
    b"False", b"(3,)", b"()", b"(0,)", b"(-1,)", b"(1, 2)", b"9" * 30, b"'<f4'", b"'|O'",
    b"[('a', '<f4')]", b"{", b"}", b"(" * 50, b"lambda: 0", b",", b"L",
)  # fmt: skip
_DTYPES = ("<f4", "<f8", ">f4", "<f2", "<i2", ">i2", "|i1", "|u1", "<i4", "<i8", "|O", "<c8", "|b1")


def make(rng: Random) -> bytes:
    """A header whose parts come in any order, before about as many bytes as it declares."""
    dtype = rng.choice(_DTYPES)
    shape = rng.choice(((5,), (2, 40), (40, 2), (1, 1), (33, 33), (0,), (), (2**40,), (2, 2, 2)))
    quote = rng.choice(("'", "'", '"'))
    items = [
        f"{quote}descr{quote}: {quote}{dtype}{quote}",
        f"{quote}fortran_order{quote}: {rng.choice(('False', 'False', 'True'))}",
        f"{quote}shape{quote}: {shape}",
    ]
    rng.shuffle(items)
    header = ("{" + ", ".join(items) + rng.choice((", }", "}", ",}")) + "\n").encode()
    version = rng.choice((1, 1, 2, 3))
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    count = int(np.prod(shape)) if len(shape) and max(shape) < 10**6 else 3
    size = count * np.dtype(dtype).itemsize + rng.choice((0, 0, 0, -1, 3))
    content = rng.randbytes(max(0, size))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + content


def parse(content: bytes) -> None:
    """Read it; a result must be numpy's own, seen as channels of float32."""
    clip = read(io.BytesIO(content), name="x.npy")
    assert clip.samples.dtype == np.float32
    assert 1 <= clip.samples.shape[0] <= 32
    with np.errstate(over="ignore", invalid="ignore"):
        wanted = to_float(np.load(io.BytesIO(content), allow_pickle=False), 1.0)
    wanted = wanted[None] if wanted.ndim == 1 else wanted
    wanted = wanted.T if wanted.shape[0] > 32 else wanted
    assert np.array_equal(clip.samples, wanted, equal_nan=True)
