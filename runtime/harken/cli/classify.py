"""``harken classify``: one answer a file, or all its windows."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harken.errors import DataError, HarkenError, MissingInputError, UsageError, printable

if TYPE_CHECKING:
    from harken.clip import Clip
    from harken.decision import Decision
    from harken.model import Model
    from harken.summary import Summary

STDIN = "-"
RECORDINGS = ("wav", "npy")  # kinds taken from a folder: others there are often no samples
SOUNDS = (".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aif", ".aiff")  # which a device cannot read


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="an .onnx file made by harken-export")
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="WAV, .npy, CSV or raw samples, a folder (the WAV and .npy files in it; name others "
        "one by one), or - for a WAV on stdin; a .npy of (bands, columns) for a model of "
        "spectrograms",
    )
    parser.add_argument("--json", action="store_true", help="for programs: one object a line")
    parser.add_argument("--windows", action="store_true", help="show every window as well")
    parser.add_argument("--channel", type=int, help="take this channel alone, counted from 0")
    parser.add_argument("--rate", type=_hertz, help="hertz, for files that do not say it")
    parser.add_argument("--resample", action="store_true", help="bring files to the model's rate")
    parser.add_argument("--column", help="column of a CSV file, by name or counted from 0")
    parser.add_argument("--dtype", help="encoding of raw samples, such as s16le or f32le")
    parser.add_argument("--plot", type=Path, metavar="OUT.png", help="draw one file's scores")


def run(arguments: argparse.Namespace) -> int:
    """Answer file by file; a bad one is told on stderr, and the first one's status is left by."""
    from harken.cli import picture
    from harken.model import Model

    files = list(_files(arguments.files))
    if arguments.plot is not None:
        if len(files) != 1:
            raise UsageError(f"--plot draws one file, got {len(files)}")
        picture.check(arguments.plot)
    model = Model(arguments.model)
    width = min(48, max(len(printable(file)) for file in files))
    status = 0
    if not arguments.json:
        print(f"{'file':<{width}}  {'answer':<14} {'score':>5}  {'share':>5}  {'windows':>7}")
    for k, file in enumerate(files):
        _show_progress(k, files)
        try:
            clip = _clip(arguments, model, file)
            decisions = model.classify(clip.samples)
        except HarkenError as error:
            status = status or error.exit_code
            print(f"harken: {error}", file=sys.stderr)
            continue
        if arguments.json:
            print(json.dumps(_as_object(file, model, clip, decisions)))
        else:
            _show(file, model, clip, decisions, width, windows=arguments.windows)
        if arguments.plot is not None:
            picture.draw(arguments.plot, clip.samples, model.contract, decisions)
    return status


def _hertz(word: str) -> int:
    if not (word.isdecimal() and int(word) > 0):
        raise argparse.ArgumentTypeError(f"need whole hertz above 0, got {word!r}")
    return int(word)


def _files(names: list[str]) -> Iterator[str]:
    """Every file that is named, and in a folder every one of `RECORDINGS`, sorted."""
    from harken.formats import formats

    suffixes = {suffix for kind in RECORDINGS for suffix in formats.get(kind).suffixes}
    for name in names:
        if name == STDIN or not Path(name).is_dir():
            yield name
            continue
        every = sorted(path for path in Path(name).rglob("*") if path.is_file())
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
                f"{name}: holds no {', '.join(sorted(suffixes))}; "
                f"name files of other kinds one by one"
            )
        yield from map(str, inside)


def _clip(arguments: argparse.Namespace, model: Model, file: str) -> Clip:
    """One file's samples as the model wants them: its unit, its rate, its channels."""
    if model.contract.input.is_spectrogram:
        return _spectrogram(arguments, model, file)
    from harken.formats import read
    from harken.level import level_of, remark, times_off
    from harken.resample import resample

    wanted = model.contract.input
    column = arguments.column
    clip = read(
        sys.stdin.buffer if file == STDIN else file,
        name="stdin" if file == STDIN else "",
        rate=arguments.rate,
        channel=arguments.channel,
        column=int(column) if column is not None and column.isdecimal() else column,
        dtype=arguments.dtype,
    )
    if clip.rate is None:
        raise DataError(f"{file}: does not say its rate; say it with --rate HERTZ")
    if clip.samples.shape[0] != wanted.channels:
        raise DataError(
            f"{file}: has {clip.samples.shape[0]} channels, {model.name} takes {wanted.channels}"
            f"{'; choose one with --channel' if wanted.channels == 1 else ''}"
        )
    if not arguments.resample:
        model.check_rate(clip.rate, file)
    samples = resample(clip.in_unit(wanted.scale, wanted.unit, file), clip.rate, wanted.rate)
    if samples.shape[1] < wanted.window:
        raise DataError(
            f"{file}: {samples.shape[1] / wanted.rate:.3g} s are too short, {model.name} decides "
            f"on windows of {wanted.window / wanted.rate:.3g} s"
        )
    notes = clip.notes
    if clip.rate != wanted.rate:
        notes = (*notes, f"resampled from {clip.rate} Hz to {wanted.rate} Hz")
    off = times_off(level_of(samples, min(wanted.rate, wanted.window)), wanted.levels)
    if off is not None:
        notes = (*notes, remark(off))
    return dataclasses.replace(clip, samples=samples, notes=notes)


def _spectrogram(arguments: argparse.Namespace, model: Model, file: str) -> Clip:
    """One file's spectrogram, as the model wants it: its bands, its columns."""
    from harken.spectrogram_file import read_spectrogram

    for option in ("rate", "channel", "column", "dtype"):
        if getattr(arguments, option) is not None:
            raise UsageError(f"--{option}: is for samples, {model.name} takes spectrograms")
    wanted = model.contract.input
    clip = read_spectrogram(
        sys.stdin.buffer if file == STDIN else file, name="stdin" if file == STDIN else ""
    )
    bands, columns = clip.samples.shape
    if bands != wanted.channels or columns < wanted.window:
        raise DataError(
            f"{file}: is {bands} x {columns}, {model.name} takes spectrograms of "
            f"{wanted.channels} bands x {wanted.window} columns"
            f"{'' if bands == wanted.channels else ' (bands first)'}"
        )
    return clip


def _as_object(file: str, model: Model, clip: Clip, decisions: list[Decision]) -> dict[str, object]:
    from harken.summary import summarise

    contract = model.contract
    return {
        "file": file,
        "rate": contract.input.rate,
        "seconds": clip.samples.shape[1] / contract.input.rate,
        "notes": clip.notes,
        **dataclasses.asdict(summarise(decisions, contract.classes)),
        "decisions": [dataclasses.asdict(decision) for decision in decisions],
    }


def _show(
    file: str, model: Model, clip: Clip, decisions: list[Decision], width: int, *, windows: bool
) -> None:
    from harken.summary import summarise

    summary = summarise(decisions, model.contract.classes)
    name = printable(file)
    name = name if len(name) <= width else f"...{name[3 - width :]}"
    score = "-" if summary.score is None else f"{summary.score:.2f}"
    share = "-" if summary.share is None else f"{summary.share:.0%}"
    print(
        f"{name:<{width}}  {summary.answer or 'none':<14} {score:>5}  {share:>5}  "
        f"{summary.windows:>7}  {'; '.join(_remarks(summary, clip))}".rstrip()
    )
    if not windows:
        return
    wanted = model.contract.input
    for decision in decisions:
        score = "-" if decision.score is None else f"{decision.score:.2f}"
        words = [decision.label or f"invalid: {decision.reason}", *decision.quality]
        if wanted.is_spectrogram:  # columns a second are rounded, and 1 where nobody knows them
            place = f"{decision.first:>9} to {decision.last:>9} columns"
        else:
            place = f"{decision.first / wanted.rate:>9.3f} to {decision.last / wanted.rate:>9.3f} s"
        print(f"  {place}  {score:>5}  {', '.join(words)}")


def _remarks(summary: Summary, clip: Clip) -> list[str]:
    invalid = [f"{count} invalid ({reason})" for reason, count in summary.invalid.items()]
    quality = [f"{count} {note}" for note, count in summary.quality.items()]
    return [*invalid, *quality, *clip.notes]


def _show_progress(done: int, files: list[str]) -> None:
    """Say on a terminal which of many files is read now; the next line written covers it."""
    if len(files) > 1 and sys.stderr.isatty():
        print(f"\r\x1b[K{done + 1} of {len(files)}", end="\r", file=sys.stderr, flush=True)
