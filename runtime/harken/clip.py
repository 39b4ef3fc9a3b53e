"""What every reader of a file gives: its samples, and what is known about them."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from harken.byte_reader import ByteReader
from harken.errors import DataError
from harken.registry import Registry
from harken.stream import Samples, scaled
from harken.unit import UNTOLD, times

MOST_SAMPLES = 2**28  # 1 GiB as float32, what a file may hold to be read at once
MOST_CHANNELS = 32
HIGHEST_RATE = 1_000_000  # hertz
NEAR = 0.005  # of a rate: 511.8 Hz are taken for 512, as clocks are; 62.47 Hz are not for 62


@dataclass(frozen=True)
class Clip:
    """One file's samples ``(channels, n)``, n at least 1, at ``rate`` hertz (None: not known).

    With ``full_scale`` they are fractions of full scale (sound files, integers), to be multiplied
    by the contract's scale; without it they are in a unit of their own (floats in tables and
    arrays), ``unit`` where the file tells which. ``notes`` tell in words what was odd about the
    file and did not stop the reading.
    """

    samples: Samples
    rate: int | None
    full_scale: bool
    notes: tuple[str, ...] = ()
    unit: str = ""

    def in_unit(self, scale: float, unit: str = "", name: str = "") -> Samples:
        """Samples in the ``unit`` of a contract whose full scale is ``scale`` units.

        A file and a stream of up to 24 bits are the same to the bit. `DataError`, which ``name``
        starts, when the file is in a unit that cannot be turned into that one; what the unit of
        the model's recordings was may be `UNTOLD`.
        """
        if self.full_scale:
            return scaled(self.samples, scale)
        factor = times(self.unit, "" if unit == UNTOLD else unit)
        if factor is None:
            raise DataError(
                f"{name}: is in {self.unit}, which cannot be turned into {unit}, what the model "
                f"was trained in; give a recording in {unit}"
            )
        return scaled(self.samples, factor)


class Format(Protocol):
    """Settings of one kind of file; the kind is told by content first, then by ``suffixes``."""

    suffixes: ClassVar[tuple[str, ...]]

    @staticmethod
    def claims(head: bytes) -> bool:
        """Whether a file that starts with these 16 bytes (or fewer) is surely of this kind."""
        ...

    def read(self, reader: ByteReader) -> Clip:
        """Read all of it; whatever is wrong is `DataError` with the byte or line where."""
        ...


formats: Registry[Format] = Registry("format", "harken.formats")


def finished(clip: Clip, reader: ByteReader, channel: int | None = None) -> Clip:
    """Give the clip with ``channel`` alone (None: all), its values looked at.

    A clip without samples is `DataError`; NaN and Inf are noted, and later make the windows that
    hold them invalid.
    """
    channels, count = clip.samples.shape
    if count == 0:
        raise DataError(f"{reader.name}: byte {reader.at}: holds no samples; record it again")
    check_channel(channel, channels, reader.name)
    samples = clip.samples if channel is None else clip.samples[channel : channel + 1]
    odd = int(samples.size - np.count_nonzero(np.isfinite(samples)))
    notes = (*clip.notes, f"not finite: {odd} values are NaN or infinite") if odd else clip.notes
    return dataclasses.replace(clip, samples=samples, notes=notes)


def check_channel(channel: int | None, channels: int, name: str) -> None:
    """Raise `DataError` unless ``channel``, counted from 0, is one of ``channels``."""
    if channel is not None and not 0 <= channel < channels:
        raise DataError(f"{name}: there is no channel {channel}, it has {channels}, counted from 0")


def check_rate(rate: int | None, name: str) -> None:
    """Raise `DataError` unless ``rate``, if known, is a rate that a sensor can have."""
    if rate is not None and not 1 <= rate <= HIGHEST_RATE:
        raise DataError(f"{name}: a rate of {rate} Hz; harken takes 1 to {HIGHEST_RATE} Hz")


def whole_rate(told: float, wanted: int | None, name: str) -> tuple[int, tuple[str, ...]]:
    """The rate that a file tells, in whole hertz, with a note when it was not whole.

    `DataError` when ``wanted``, what its user says, is another, and when no whole one is near.
    """
    rate = round(told) if math.isfinite(told) else 0
    check_rate(rate, name)
    if wanted not in (None, rate):
        raise DataError(
            f"{name}: it says {told:g} Hz itself, not {wanted} Hz; "
            f"leave the rate out, or mend the one that is wrong"
        )
    if abs(rate - told) > NEAR * told:
        raise DataError(f"{name}: {told:g} Hz are no whole rate; resample it to one")
    return rate, () if rate == told else (f"{told:g} Hz taken for {rate} Hz",)


def check_length(count: int, name: str) -> None:
    """Raise `DataError` when so many samples, over all channels, are too many to be held."""
    if count > MOST_SAMPLES:
        raise DataError(
            f"{name}: more than {MOST_SAMPLES} samples are too many to read at once; "
            f"cut it into shorter files, or stream it through harkend"
        )
