"""One file of samples, whatever its kind: those of the device, MATLAB, FLAC, Ogg and MP3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from harken import formats
from harken.clip import Clip, check_channel
from harken.errors import DataError, MissingInputError
from harken.stream import Samples
from harken_train import mat_file

COMPRESSED = (".flac", ".ogg", ".opus", ".mp3")
SUFFIXES = (".wav", ".npy", ".csv", ".mat", *COMPRESSED)
# What phones and films leave, and nothing here decodes.
CONVERTED = (".3gp", ".aac", ".amr", ".m4a", ".mov", ".mp4", ".wma")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of a file is wanted. ``channel`` counts from 0, None: all.

    ``variable`` is a pattern for the variable of a .mat file, or the column of a .csv file.
    ``rate`` is for files without one of their own; one that contradicts the file's is refused;
    ``rate_from`` tells in an error how to give it.
    """

    rate: int | None = None
    channel: int | None = None
    variable: str = ""
    rate_from: str = "give it in the table's rate column, or set data.rate"


@dataclass(frozen=True, kw_only=True)
class SampleFile:
    """What is known of a file before its samples are needed; ``read`` gives (channels, frames).

    With ``relative`` they are fractions of full scale, else in a unit of their own, which is
    ``unit`` where the file tells it.
    """

    rate: int
    channels: int
    frames: int
    relative: bool
    read: Callable[[], Samples]
    notes: tuple[str, ...] = ()
    unit: str = ""


def look(path: Path, wanted: Wanted) -> SampleFile:
    """Say what a file holds; `DataError` names the file, what is wrong, and what to do instead."""
    suffix = path.suffix.lower()
    if suffix in CONVERTED:
        raise DataError(
            f"{path}: harken does not read {suffix}; convert it: "
            f"ffmpeg -i {path.name} {path.stem}.wav"
        )
    if suffix not in SUFFIXES:
        raise DataError(
            f"{path}: not a kind of file that harken trains on; it reads {', '.join(SUFFIXES)}"
        )
    if wanted.variable and suffix not in (".mat", ".csv"):
        raise DataError(f"{path}: has no variables; leave its variable empty, or give a channel")
    if suffix == ".mat":
        return _matlab(path, wanted)
    if suffix in COMPRESSED:
        return _compressed(path, wanted)
    return _of_device(path, wanted)


def _of_device(path: Path, wanted: Wanted) -> SampleFile:
    """A kind that the device reads too, by the same code; it is decoded to be looked at."""

    def clip() -> Clip:
        column = int(wanted.variable) if wanted.variable.isdigit() else wanted.variable
        return formats.read(
            path,
            rate=wanted.rate,
            channel=wanted.channel,
            column=column if wanted.variable else None,
        )

    found = clip()
    channels, frames = found.samples.shape
    return SampleFile(
        rate=_rate_of(path, found.rate, wanted),
        channels=channels,
        frames=frames,
        relative=found.full_scale,
        read=lambda: clip().samples,
        notes=found.notes,
        unit=found.unit,
    )


def _matlab(path: Path, wanted: Wanted) -> SampleFile:
    variables = mat_file.variables(path)
    name = mat_file.choose(path, variables, wanted.variable)
    channels, frames = mat_file.as_signal(path, name, variables[name].shape)
    check_channel(wanted.channel, channels, str(path))

    def read() -> Samples:
        return _one(mat_file.samples(path, name), wanted.channel)

    return SampleFile(
        rate=_rate_of(path, None, wanted),
        channels=channels if wanted.channel is None else 1,
        frames=frames,
        relative=variables[name].relative,
        read=read,
    )


def _compressed(path: Path, wanted: Wanted) -> SampleFile:
    try:
        facts = soundfile.info(path)
    except soundfile.LibsndfileError as error:
        raise _unsound(path, error) from None
    if facts.frames < 1:
        raise DataError(f"{path}: holds no samples; record it again")
    check_channel(wanted.channel, facts.channels, str(path))

    def read() -> Samples:
        try:
            frames, _ = soundfile.read(path, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise _unsound(path, error) from None
        return _one(np.ascontiguousarray(frames.T), wanted.channel)

    return SampleFile(
        rate=_rate_of(path, int(facts.samplerate), wanted),
        channels=int(facts.channels) if wanted.channel is None else 1,
        frames=int(facts.frames),
        relative=True,
        read=read,
    )


def _unsound(path: Path, error: soundfile.LibsndfileError) -> DataError | MissingInputError:
    if not path.exists():
        return MissingInputError(f"{path}: there is no such file")
    return DataError(
        f"{path}: not a {path.suffix[1:].upper()} file that can be read, {error.error_string}"
    )


def _one(samples: Samples, channel: int | None) -> Samples:
    return samples if channel is None else samples[channel : channel + 1]


def _rate_of(path: Path, own: int | None, wanted: Wanted) -> int:
    said = wanted.rate
    if own is not None and said is not None and own != said:
        raise DataError(f"{path}: is at {own} Hz, but {said} Hz is said of it; correct one of them")
    rate = own if own is not None else said
    if rate is None:
        raise DataError(f"{path}: files of this kind do not tell their rate; {wanted.rate_from}")
    return rate
