"""From a byte stream to pieces of samples in the contract's unit, as soon as they are there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, cast

from harken.byte_reader import ByteReader
from harken.clip_file import HEAD
from harken.contract import ModelInput
from harken.errors import DataError
from harken.formats.wav import Wav, WavStream
from harken.pcm import decode, encoding
from harken.stream import Samples, scaled
from harken.transport.byte_stream import StoppableBytes
from harken.transport.wanted import Wanted
from harken.unfit_file import name_of

logger = logging.getLogger(__name__)
WAV = "wav"


def check_dtype(dtype: str) -> None:
    """Raise `SettingsError` unless ``dtype`` is ``wav`` or an encoding of `harken.pcm`."""
    if dtype != WAV:
        encoding(dtype)


def check_form(
    rate: int, channels: int, wanted: ModelInput, where: str, *, file: bool = False
) -> None:
    """Raise `DataError` unless rate and channels are what the model listens to.

    A ``file`` exists already, so what is told is not how to record it.
    """
    if rate != wanted.rate:
        raise DataError(
            f"{where}: has {rate} Hz, the model listens at {wanted.rate} Hz; "
            f"{'' if file else f'record at {wanted.rate} Hz, or '}export the model for it "
            f"(harken-export export RUN -o FILE --rate {rate})"
            f"{', or decide the file by harken classify --resample' * file}"
        )
    if channels != wanted.channels:
        one = f"give one of them: file:{where}?channel=0" if file and wanted.channels == 1 else ""
        raise DataError(
            f"{where}: has {channels} channels, the model listens to {wanted.channels}; "
            f"{one or f'record {wanted.channels}'}"
        )


def tell_if_short(heard: int, wanted: ModelInput, where: str) -> None:
    """Log that an input of ``heard`` samples is too short for an answer."""
    if heard < wanted.least:
        kind = "the shortest recording" if wanted.any_length else "one window"
        logger.warning(
            "%s: %d samples are fewer than %s of %d; no decision", where, heard, kind, wanted.least
        )


def pieces_of(
    dtype: str, wanted: Wanted, name: str
) -> Callable[[StoppableBytes], Iterable[Samples]]:
    """Give the function that reads one input; ``name`` is the source's in errors.

    Samples of WAV and integers are fractions of full scale, floats are in the contract's unit.
    """
    if dtype == WAV:
        return lambda stream: _wav(stream, wanted, name)
    return lambda stream: _raw(stream, dtype, wanted, name)


def _wav(stream: StoppableBytes, wanted: Wanted, name: str) -> Iterator[Samples]:
    reader = ByteReader(cast("BinaryIO", stream), name)  # it reads, which is all that is asked
    try:
        _check_wav(reader)
        wav = WavStream(reader)
    except DataError:
        if stream.stopped:  # before or in the head: nothing was heard
            return
        raise
    check_form(wav.rate, wav.channels, wanted.input, name)
    heard, from_head = 0, wav.notes
    for note in from_head:
        logger.info("%s: %s", name, note)  # a length not known is usual in a pipe
    while (samples := wav.read(wanted.piece)).shape[1]:
        heard += samples.shape[1]
        yield scaled(samples, wanted.input.scale)
    if not stream.stopped:
        for note in wav.notes[len(from_head) :]:
            logger.warning("%s: %s", name, note)
        if not heard:  # as of a file; status 0 would hide a recorder that failed
            raise DataError(
                f"{name}: byte {reader.at}: a WAV that holds no samples; nothing was recorded"
            )
        tell_if_short(heard, wanted.input, name)


def _check_wav(reader: ByteReader) -> None:
    """Say what a stream may be where it is surely no WAV, nor a kind that tells what it is."""
    head = reader.peek(HEAD)
    if head and not (Wav.claims(head) or head.startswith(b"ID3") or name_of(head)):
        source = reader.name if ":" in reader.name else f"{reader.name}:"
        raise DataError(
            f"{reader.name}: byte 0: this is not WAV; a stream is WAV, or raw samples whose dtype "
            f"is named ({source}?dtype=s16le); name any other file as the source itself"
        )


def _raw(stream: StoppableBytes, dtype: str, wanted: Wanted, name: str) -> Iterator[Samples]:
    how, channels = encoding(dtype), wanted.input.channels
    unit = 1.0 if how.form == "f" else wanted.input.scale
    frame = how.bytes * channels
    heard, held = 0, b""  # less than one frame, which the end of the stream may leave unfinished
    while got := stream.read(wanted.piece * frame - len(held)):
        held += got
        samples = decode(held, how, channels)
        held = held[samples.shape[1] * frame :]
        heard += samples.shape[1]
        if samples.shape[1]:
            yield scaled(samples, unit)
    if not stream.stopped:
        tell_if_short(heard, wanted.input, name)
