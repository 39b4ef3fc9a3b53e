"""The files that a command names, read as its model wants them."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from harken.clip import Clip
from harken.clip_file import HEADER
from harken.errors import DataError, MissingInputError, UsageError, printable
from harken.formats import formats, read
from harken.level import level_of, remark, times_off
from harken.model import Model
from harken.quality import check
from harken.resample import resample
from harken.spectrogram_file import read_spectrogram

STDIN = "-"
RECORDINGS = ("wav", "npy", "wfdb")  # kinds taken from a folder: others there are often no samples
SOUNDS = (".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aif", ".aiff")  # which a device cannot read


def files_of(names: list[str]) -> Iterator[str]:
    """Every file that is named, and in a folder every one of `RECORDINGS`, sorted.

    Hidden ones, and those of hidden folders, are left out: a Mac writes a ``._a.wav`` beside a.wav.
    """
    suffixes = {suffix for kind in RECORDINGS for suffix in formats.get(kind).suffixes}
    for name in names:
        if name == STDIN or not Path(name).is_dir():
            yield name
            continue
        every = sorted(
            path
            for path in Path(name).rglob("*")
            if not any(part.startswith(".") for part in path.relative_to(name).parts)
            and path.is_file()
        )
        inside = [path for path in every if path.suffix.lower() in suffixes]
        sounds = [path for path in every if path.suffix.lower() in SOUNDS]
        if sounds:
            print(
                printable(
                    f"harken: {name}: left out {len(sounds)} sound files such as "
                    f"{sounds[0].name}; convert them to WAV"
                ),
                file=sys.stderr,
            )
        if not inside:
            raise MissingInputError(
                f"{name}: holds no {', '.join(sorted(suffixes))}; name files of other kinds, "
                f"CSV as {Path(name, '*.csv')}: the tables of a folder are not always recordings"
            )
        _tell_skipped(name, every, {*inside, *sounds})
        yield from map(str, inside)


def _tell_skipped(folder: str, every: list[Path], told: set[Path]) -> None:
    """Say on stderr how many files are not read, but for parts of WFDB records."""
    headers = {path.with_suffix("") for path in told if path.suffix.lower() == HEADER}
    skipped = [path for path in every if path not in told and path.with_suffix("") not in headers]
    if skipped:
        suffixes = Counter(path.suffix.lower() or "without a suffix" for path in skipped)
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(suffixes.items()))
        print(
            printable(
                f"harken: {folder}: skipped {len(skipped)} files ({kinds}); "
                f"name those that are recordings"
            ),
            file=sys.stderr,
        )


def clip_of(arguments: argparse.Namespace, model: Model, file: str) -> Clip:
    """One file's samples as the model wants them: its unit, its rate, its channels."""
    if model.contract.input.is_spectrogram:
        return _spectrogram(arguments, model, file)
    wanted, name = model.contract.input, _name(file)
    column = arguments.column
    clip = read(
        sys.stdin.buffer if file == STDIN else file,
        name=name,
        rate=arguments.rate,
        channel=arguments.channel,
        column=int(column) if column is not None and column.isdecimal() else column,
        decimal=arguments.decimal,
        delimiter=arguments.delimiter,
        dtype=arguments.dtype,
    )
    if clip.rate is None:
        raise DataError(f"{name}: does not say its rate; say it with --rate HERTZ")
    if clip.samples.shape[0] != wanted.channels:
        raise DataError(
            f"{name}: has {clip.samples.shape[0]} channels, {model.name} takes {wanted.channels}"
            f"{'; choose one with --channel' if wanted.channels == 1 else ''}"
        )
    if not arguments.resample:
        model.check_rate(clip.rate, name)
    recorded = clip.in_unit(wanted.scale, wanted.unit, name)
    samples = resample(recorded, clip.rate, wanted.rate)
    if samples.shape[1] < wanted.least:
        kind = "recordings" if wanted.any_length else "windows"
        short, least = _unlike(samples.shape[1] / wanted.rate, wanted.least / wanted.rate)
        raise DataError(
            f"{name}: {short} s are too short, {model.name} decides "
            f"on {kind} of {least} s{' or more' * wanted.any_length}"
        )
    notes = clip.notes
    if clip.rate != wanted.rate:
        notes = (*notes, f"resampled from {clip.rate} Hz to {wanted.rate} Hz")
        verdict = check(recorded, wanted.scale)
        if "clipped" in (verdict.reason, *verdict.notes):  # the filter rounds what was cut off
            notes = (*notes, "clipped before that")
    off = times_off(level_of(samples, min(wanted.rate, wanted.window)), wanted.levels)
    if off is not None:
        notes = (*notes, remark(off))
    return dataclasses.replace(clip, samples=samples, notes=notes)


def _name(file: str) -> str:
    """What errors call a file that a command names."""
    return "stdin" if file == STDIN else file


def _unlike(one: float, other: float) -> tuple[str, str]:
    """Two numbers to three significant digits, or to as many as it takes to tell them apart."""
    for digits in range(3, 9):
        rounded = float(f"{one:.{digits}g}"), float(f"{other:.{digits}g}")
        if rounded[0] != rounded[1]:
            break
    return f"{rounded[0]:.9g}", f"{rounded[1]:.9g}"


def _spectrogram(arguments: argparse.Namespace, model: Model, file: str) -> Clip:
    """One file's spectrogram, as the model wants it: its bands, its columns."""
    for option in ("rate", "channel", "column", "decimal", "delimiter", "dtype"):
        if getattr(arguments, option) is not None:
            raise UsageError(f"--{option}: is for samples, {model.name} takes spectrograms")
    wanted = model.contract.input
    name = _name(file)
    clip = read_spectrogram(sys.stdin.buffer if file == STDIN else file, name=name)
    bands, columns = clip.samples.shape
    if bands != wanted.channels or columns < wanted.window:
        raise DataError(
            f"{name}: is {bands} x {columns}, {model.name} takes spectrograms of "
            f"{wanted.channels} bands x {wanted.window} columns"
            f"{'' if bands == wanted.channels else ' (bands first)'}"
        )
    return clip
