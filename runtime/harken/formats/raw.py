"""Samples and nothing else: what they are must be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harken.byte_reader import ByteReader
from harken.clip import (
    MOST_CHANNELS,
    Clip,
    check_length,
    check_rate,
    finished,
    formats,
)
from harken.errors import SettingsError
from harken.pcm import decode, encoding

_BYTES_AT_ONCE = 1 << 20


@formats.register("raw")
@dataclass(frozen=True, kw_only=True)
class Raw:
    """Interleaved samples of ``channels`` channels, coded as ``dtype`` (`harken.pcm.ENCODINGS`).

    Integers are fractions of full scale, floats are in a unit of their own.
    """

    dtype: str = "s16le"
    channels: int = 1
    rate: int | None = None
    channel: int | None = None
    suffixes: ClassVar[tuple[str, ...]] = (".raw", ".pcm", ".bin")

    def __post_init__(self) -> None:
        encoding(self.dtype)
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise SettingsError(f"channels: need 1 to {MOST_CHANNELS}, got {self.channels}")

    @staticmethod
    def claims(head: bytes) -> bool:  # noqa: ARG004  # the protocol's; any bytes may be samples
        """Nothing: raw samples cannot be told by their bytes."""
        return False

    def read(self, reader: ByteReader) -> Clip:
        """Read to the end; what is no whole frame there is left out and noted."""
        check_rate(self.rate, reader.name)
        how = encoding(self.dtype)
        if reader.left is not None:
            check_length(reader.left // how.bytes, reader.name)
        block = how.bytes * self.channels
        size = _BYTES_AT_ONCE // block * block
        pieces = [np.empty((self.channels, 0), np.float32)]
        notes: tuple[str, ...] = ()
        while content := reader.upto(size):
            pieces.append(decode(content, how, self.channels))
            check_length((len(pieces) - 1) * size // how.bytes, reader.name)
            if len(content) % block:
                odd = len(content) % block
                notes = (f"partial frame: the last {odd} bytes are no whole frame, left out",)
        samples = np.concatenate(pieces, axis=1)
        return finished(
            Clip(samples, self.rate, full_scale=how.form != "f", notes=notes), reader, self.channel
        )
