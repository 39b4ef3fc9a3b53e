"""Text tables: a result has one sample a line, at most."""

from __future__ import annotations

import io
from random import Random

import numpy as np

from harken.formats import read

TOKENS = (
    b",", b";", b"\t", b"|", b" ", b"\n", b"\r\n", b"\r", b'"', b'""', b"#", b"\0", b"\xef\xbb\xbf",
    b"\xff\xfe", b"nan", b"inf", b"1e999", b"-", b"0x1f", b"1_0", b"1,5", b"x", b"\xc3", b"\n\n",
    "\u0661\u2028\x85".encode(), b"," * 2000, b"1" * 70_000,
)  # fmt: skip
_NUMBERS = ("1", "-2.5", "3e4", "+.5", "nan", "inf", "1,5", "", "1 000", "0x10", '"4"', "1e999")


def make(rng: Random) -> bytes:
    """Rows of mostly numbers, mostly of one width, under a header or none."""
    mark = rng.choice((",", ",", ";", "\t", "|", " "))
    width = rng.choice((1, 1, 2, 3, 9))
    usual = rng.random() < 0.7
    rows = [
        mark.join(
            repr(rng.uniform(-9, 9)) if usual or rng.random() < 0.8 else rng.choice(_NUMBERS)
            for _ in range(width if rng.random() < 0.98 else width + 1)
        )
        for _ in range(rng.choice((0, 1, 3, 30)))
    ]
    if rng.random() < 0.5:
        rows.insert(0, mark.join(f"c{k}" for k in range(width)))
    if rng.random() < 0.2:
        rows.insert(0, "# a comment")
    if rng.random() < 0.2:
        above = ("Name,A. B.", "Sample Rate,512 hertz", "", "Unit,µV", "Lead,Lead I", '"')
        rows = [*rng.sample(above, rng.randrange(6)), *rows]
    end = rng.choice(("\n", "\r\n", "\r"))
    return (end.join(rows) + rng.choice((end, ""))).encode()


def parse(content: bytes) -> None:
    """Read the first column; there cannot be more samples than lines."""
    decimal = "," if len(content) % 5 == 0 else None
    clip = read(io.BytesIO(content), name="x.csv", column=0, decimal=decimal)
    assert clip.samples.dtype == np.float32
    assert clip.samples.shape[0] == 1
    assert clip.samples.shape[1] <= 1 + content.count(b"\n") + content.count(b"\r")
