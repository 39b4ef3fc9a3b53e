"""``harken classify``: one answer a file, or all its windows."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harken.errors import HarkenError, SettingsError, UsageError, printable

if TYPE_CHECKING:
    from harken.cli.answers import Answered
    from harken.model import Model
    from harken.passing import Passing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="an .onnx file made by harken-export")
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="WAV, .npy, CSV or raw samples, a WFDB record (RECORD or RECORD.hea), a folder (the "
        "WAV and .npy files and the records in it; name others one by one), or - for stdin, a WAV, "
        "a .npy or raw samples; a .npy of (bands, columns) for a model of spectrograms",
    )
    parser.add_argument("--json", action="store_true", help="for programs: one object a line")
    parser.add_argument("--windows", action="store_true", help="show every window as well")
    parser.add_argument("--channel", type=int, help="take this channel alone, counted from 0")
    parser.add_argument("--rate", type=_hertz, help="hertz, for files that do not say it")
    parser.add_argument("--resample", action="store_true", help="bring files to the model's rate")
    parser.add_argument(
        "--column",
        help="column of a CSV file, or channel of a WFDB record, by name or counted from 0",
    )
    parser.add_argument(
        "--decimal",
        choices=(".", ","),
        metavar="MARK",
        help="point or comma of a CSV's numbers",
    )
    parser.add_argument(
        "--delimiter",
        choices=(",", ";", "\t", "|", " "),
        metavar="MARK",
        help="what is between the columns of a CSV file",
    )
    parser.add_argument("--dtype", help="encoding of raw samples, such as s16le or f32le")
    parser.add_argument(
        "--abstain",
        type=_share,
        metavar="SHARE",
        help="say unsure where the score is below what left this share of recordings unanswered",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="OUT.png", help="draw one file, and what decided or the scores"
    )


def run(arguments: argparse.Namespace) -> int:
    """Answer file by file; a bad one is told on stderr, and the first one's status is left by."""
    from harken.cli import answers, picture
    from harken.cli.named_files import files_of

    files = list(files_of(arguments.files))
    if arguments.plot is not None:
        if len(files) != 1:
            raise UsageError(f"--plot draws one file, got {len(files)}")
        picture.check(arguments.plot)
    model = _model(arguments)
    width = min(48, max(len(printable(file)) for file in files))
    status = 0
    if not arguments.json:
        print(answers.head(model, width))
    for k, file in enumerate(files):
        _show_progress(k, files)
        try:
            answered = _answered(arguments, model, file)
        except HarkenError as error:
            status = status or error.exit_code
            print(f"harken: {error}", file=sys.stderr)
            continue
        if arguments.json:
            print(json.dumps(answers.as_object(model, answered)))
        else:
            print(answers.line(model, answered, width))
            for line in answers.window_lines(model, answered) * arguments.windows:
                print(line)
        if arguments.plot is not None:
            picture.draw(arguments.plot, model, answered)
    return status


def _model(arguments: argparse.Namespace) -> Model:
    from harken.model import Model

    try:
        return Model(arguments.model, abstain=arguments.abstain)
    except SettingsError as error:
        raise UsageError(f"--{error}") from None


def _answered(arguments: argparse.Namespace, model: Model, file: str) -> Answered:
    """Read a file and decide it; what decided is looked for where somebody will see it."""
    from harken.cli.answers import Answered
    from harken.cli.named_files import clip_of
    from harken.passing import passing
    from harken.stretch import deciding_stretch
    from harken.summary import summarise

    clip = clip_of(arguments, model, file)
    if arguments.windows:  # also of a recording that is decided whole
        stream = model.stream()
        decisions = [*stream.push(clip.samples), *stream.end()]
    else:
        decisions = model.classify(clip.samples)
    summary = summarise(decisions, model.contract.classes, unsure_below=model.unsure_below)
    stretch = None
    if arguments.json or arguments.plot is not None:
        stretch = deciding_stretch(model, clip.samples, decisions, summary.answer)
    held: Sequence[Passing] = ()
    if model.contract.input.any_length:
        held = passing(decisions, summary.answer, model.contract.normal)
    return Answered(
        file=file, clip=clip, decisions=decisions, summary=summary, passing=held, stretch=stretch
    )


def _hertz(word: str) -> int:
    if not (word.isdecimal() and int(word) > 0):
        raise argparse.ArgumentTypeError(f"need whole hertz above 0, got {word!r}")
    return int(word)


def _share(word: str) -> float:
    try:
        share = float(word)
    except ValueError:
        share = 0.0
    if not 0.0 < share < 1.0:
        raise argparse.ArgumentTypeError(f"need a share between 0 and 1, got {word!r}")
    return share


def _show_progress(done: int, files: list[str]) -> None:
    """Say on a terminal which of many files is read now; the next line written covers it."""
    if len(files) > 1 and sys.stderr.isatty():
        print(f"\r\x1b[K{done + 1} of {len(files)}", end="\r", file=sys.stderr, flush=True)
