"""Headers of WFDB records, beside signals that stay as they are: no more samples than are there."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from random import Random

import numpy as np

with warnings.catch_warnings():  # pandas, which it imports, deprecates what it does with it
    warnings.simplefilter("ignore")
    import wfdb  # noqa: F401  # here, so that no case takes the second it needs

from harken.formats import read

TOKENS = (
    b"100", b"200", b"100.dat", b"absent.dat", b"100.hea", b"../100.dat", b"/dev/zero", b"16",
    b"212", b"508", b"80", b"x4", b":9", b"+24", b"1000/mV", b"(-7)", b"/uV", "/µV".encode(), b"0",
    b"-1", b"/2", b"~", b"\n", b"#", b" ", b"1e999", b"9" * 30, b"12:00:00", b"s3://a", b"\0",
)  # fmt: skip
_SIGNALS = np.arange(-500, 500, dtype="<i2").tobytes()
_FORMATS = ("16", "16", "16", "80", "212", "24", "32", "310", "61", "8", "508", "16x2", "16+24")


def make(rng: Random) -> bytes:
    """A record line and signal lines, mostly right; or the segments of a longer record."""
    count = rng.choice((1, 1, 1, 2, 3))
    frames = 1000 // count if rng.random() < 0.7 else rng.choice((0, 1, 7, 10**6, 2**40))
    if rng.random() < 0.1:
        segments = [rng.choice(("200", "200", "~", "300", "100")) for _ in range(count)]
        lines = [f"100/{count} 1 360 {1000 * count}", *(f"{name} 1000" for name in segments)]
        return "\n".join(lines).encode()
    rate = rng.choice(("360", "300", "250.0", "62.47", "360/360(0)", "", "0"))
    lines = [f"100 {count} {rate} {frames}"]
    for k in range(count):
        gain = rng.choice(("1000/mV", "200", "0", "1e3(5)/uV", "1000.0(0)/mV"))
        coded = rng.choice(_FORMATS) if rng.random() < 0.4 else "16"
        lines.append(f"100.dat {coded} {gain} 16 0 0 0 0 V{k}")
    if rng.random() < 0.2:
        lines.insert(rng.randrange(len(lines)), "# age 60")
    return "\n".join(lines).encode()


def parse(content: bytes) -> None:
    """Read it beside 1,000 samples of 16 bits, and a record that may be a segment."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("100", "200"):
            Path(folder, f"{name}.dat").write_bytes(_SIGNALS)
        Path(folder, "200.hea").write_text("200 1 360 1000\n200.dat 16 1000/mV 16 0 0 0 0 V0\n")
        Path(folder, "100.hea").write_bytes(content)
        clip = read(Path(folder, "100.hea"))
    assert clip.samples.dtype == np.float32
    assert clip.samples.size > 0
