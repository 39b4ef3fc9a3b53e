"""Samples as bytes: the encodings of sound files and of raw streams.

Their names are those of ffmpeg and sox: sign, bits, byte order (``s16le``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from harken.errors import SettingsError
from harken.stream import Samples
from harken.suggest import suggestion


@dataclass(frozen=True)
class Encoding:
    """How one sample stands in bytes: unsigned, signed, or float."""

    form: Literal["u", "s", "f"]
    bits: int
    order: Literal["le", "be"] = "le"

    @property
    def bytes(self) -> int:
        """Bytes a sample."""
        return self.bits // 8


ENCODINGS = {
    "s8": Encoding("s", 8),
    "u8": Encoding("u", 8),
    "s16le": Encoding("s", 16),
    "s24le": Encoding("s", 24),
    "s32le": Encoding("s", 32),
    "f32le": Encoding("f", 32),
    "f64le": Encoding("f", 64),
    "s16be": Encoding("s", 16, "be"),
    "s24be": Encoding("s", 24, "be"),
    "s32be": Encoding("s", 32, "be"),
    "f32be": Encoding("f", 32, "be"),
    "f64be": Encoding("f", 64, "be"),
}


def encoding(name: str) -> Encoding:
    """Give the encoding of that name; `SettingsError` names those there are."""
    if name not in ENCODINGS:
        raise SettingsError(
            f"no encoding {name!r}{suggestion(name, ENCODINGS)}; there are: {', '.join(ENCODINGS)}"
        )
    return ENCODINGS[name]


def decode(content: bytes, how: Encoding, channels: int = 1) -> Samples:
    """Samples ``(channels, n)`` from interleaved bytes; what is no whole frame is left out.

    Integers become fractions of full scale, which is 2^(bits - 1), so that -1 is reached and +1
    is not; ``u8`` has its zero at 128. Floats stay as they are (float64 rounded to float32, and
    infinite where float32 ends).
    """
    frames = len(content) // (how.bytes * channels)
    flat = np.frombuffer(content, np.uint8, frames * how.bytes * channels)
    return np.ascontiguousarray(_values(flat, how).reshape(frames, channels).T)


def _values(flat: np.ndarray[tuple[int], np.dtype[np.uint8]], how: Encoding) -> Samples:
    order = "<" if how.order == "le" else ">"
    if how.form == "f":
        with np.errstate(over="ignore", invalid="ignore"):  # to Inf; a signalling NaN to NaN
            return flat.view(f"{order}f{how.bytes}").astype(np.float32)
    if how.form == "u":
        return (flat.astype(np.float32) - np.float32(128)) * np.float32(2**-7)
    if how.bits == 24:  # into the upper three bytes of an int32, which float32 then holds exactly
        wide = np.zeros((len(flat) // 3, 4), np.uint8)
        three = flat.reshape(-1, 3)
        if order == "<":
            wide[:, 1:] = three
        else:
            wide[:, :3] = three
        return wide.reshape(-1).view(f"{order}i4").astype(np.float32) * np.float32(2.0**-31)
    full = np.float32(2.0 ** (1 - how.bits))
    return flat.view(f"{order}i{how.bytes}").astype(np.float32) * full
