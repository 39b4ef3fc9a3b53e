"""WAV files and streams of every kind that a recorder writes, whole or piece by piece.

PCM of 8, 16, 24 and 32 bits and float of 32 and 64, EXTENSIBLE, RF64 and BW64, headers from pipes.
Valid bits fewer than the container's are its upper ones, as the format says, so that fractions
of full scale are right without a shift.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from harken.byte_reader import ByteReader
from harken.clip import Clip, check_channel, check_length, check_rate, finished, formats
from harken.errors import DataError
from harken.pcm import decode
from harken.riff import read_head
from harken.stream import Samples

_FRAMES_AT_ONCE = 1 << 16


class WavStream:
    """A WAV whose head is read: ``rate``, ``channels``, and the samples as they come.

    ``frames`` is how many there will be, None for a pipe that does not say. ``notes`` as in
    `Clip`, complete when the end was read. Samples are fractions of full scale.
    """

    def __init__(self, reader: ByteReader) -> None:
        head = read_head(reader)
        self.rate, self.channels = head.rate, head.channels
        self.frames, self.notes = head.frames, head.notes
        self._encoding, self._reader = head.encoding, reader
        self._block = head.channels * head.encoding.bytes
        self._left = head.frames
        self._held = b""

    def read(self, frames: int) -> Samples:
        """Give the next samples ``(channels, n)``: 1 to ``frames`` of them, none at the end.

        Waits for one frame at least, not for all: from a pipe, what has arrived is given at once.
        An unfinished frame at the end is left out.
        """
        wanted = frames if self._left is None else min(frames, self._left)
        while wanted > 0 and len(self._held) < self._block:
            piece = self._reader.some(wanted * self._block - len(self._held))
            if not piece:
                self._note_early_end()
                break
            self._held += piece
        whole = len(self._held) // self._block * self._block
        samples = decode(self._held[:whole], self._encoding, self.channels)
        self._held = self._held[whole:]
        if self._left is not None:
            self._left -= samples.shape[1]
        return samples

    def _note_early_end(self) -> None:
        if self._left:
            self.notes += (f"cut short: {self._left} frames fewer than the header says",)
            self._left = 0
        elif self._held:
            self.notes += (f"partial frame: the last {len(self._held)} bytes, left out",)
            self._held = b""


@formats.register("wav")
@dataclass(frozen=True, kw_only=True)
class Wav:
    """A WAV file; ``channel`` takes one of several, ``rate`` is what its header must say."""

    rate: int | None = None
    channel: int | None = None
    suffixes: ClassVar[tuple[str, ...]] = (".wav", ".wave", ".rf64", ".bw64")

    @staticmethod
    def claims(head: bytes) -> bool:
        """RIFF in its forms; behind an ID3 tag only the suffix tells it from an MP3."""
        return head.startswith((b"RIFF", b"RF64", b"BW64"))

    def read(self, reader: ByteReader) -> Clip:
        """Read all of it; a chosen channel alone is kept while reading."""
        check_rate(self.rate, reader.name)
        stream = WavStream(reader)
        if self.rate not in (None, stream.rate):
            raise DataError(
                f"{reader.name}: its header says {stream.rate} Hz, not {self.rate} Hz; "
                f"leave the rate out, or mend the one that is wrong"
            )
        check_channel(self.channel, stream.channels, reader.name)
        pieces = list(self._pieces(stream, reader.name))
        samples = np.concatenate(pieces, axis=1) if pieces else np.empty((1, 0), np.float32)
        return finished(Clip(samples, stream.rate, full_scale=True, notes=stream.notes), reader)

    def _pieces(self, stream: WavStream, name: str) -> Iterator[Samples]:
        rows = slice(None) if self.channel is None else slice(self.channel, self.channel + 1)
        count = (stream.frames or 0) * stream.channels
        check_length(count, name)
        count = 0
        while (piece := stream.read(_FRAMES_AT_ONCE)).shape[1]:
            count += piece.size
            check_length(count, name)
            yield np.ascontiguousarray(piece[rows])
