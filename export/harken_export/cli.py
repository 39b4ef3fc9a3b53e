"""The command ``harken-export``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harken_train.cli import outcome, verbosity
from harken_train.cli.main import plain_app
from harken_train.cli.version import Version  # typer reads it when it runs

if TYPE_CHECKING:
    from harken_export.export import Exported
    from harken_export.parity import ParityReport

PROGRAM = "harken-export"
# \b keeps typer from filling the lines that follow it.
ABOUT = """From a trained run to one ONNX file that a device runs: composed, proved, quantized.

\b
  harken-export export newest -o bearing.onnx
  harken-export parity bearing.onnx newest
  harken classify bearing.onnx clip.wav
"""

app = plain_app(no_args_is_help=True, help=ABOUT)


class Chosen(StrEnum):
    """What ``--precision`` takes."""

    fp32 = "fp32"
    int8 = "int8"
    auto = "auto"


@app.callback()
def _commands(version: Version = False) -> None:
    """Make typer treat this as a group; its help is `ABOUT`."""


@app.command(short_help="Export a run to one ONNX file, with its card.")
def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, or newest.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Default: RUN/RECIPE.onnx"),
    ] = None,
    precision: Annotated[
        Chosen, typer.Option(help="auto takes int8 only where it is faster and no worse.")
    ] = Chosen.fp32,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE and its card.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="With int8: ship it although slower or worse.")
    ] = False,
    beside: Annotated[
        list[Path] | None,
        typer.Option(metavar="RUN", help="Tell this run's figures as well; repeatable."),
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(metavar="HERTZ", min=1, help="Of the sensor, where it is not the recipe's."),
    ] = None,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, help="Tell more.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the file only.")] = False,
) -> None:
    """Export a run to FILE, with its card beside it (FILE.md) and what was measured in the run.

    \b
      harken-export export runs/bearing-edge-1 -o bearing.onnx
      harken-export export newest -o bearing.onnx --precision auto --force
      harken-export export runs/honest -o bearing.onnx --beside runs/leaky
      harken-export export runs/ecg-fold-1 -o ecg-250hz.onnx --rate 250

    Front-end, network and head become one graph. It is held to PyTorch stage by stage on every
    held-out segment and on stress inputs, and opened as a device does, before it gets its name.
    int8 that is slower than fp32 here, or loses more than the recipe's export table allows, is
    refused with the reason. With --rate the file is for a sensor of that rate: the same weights,
    behind the front-end built for it (filtered brings any rate to its own).
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    from harken_export.export import Request  # torch takes a second, and --help needs none of it
    from harken_export.export import export as make
    from harken_train.run import Run

    for other in beside or ():
        Run.open(other)  # one that is not there is refused now, not after the minutes of a proof
    verbosity.set_up(verbose, quiet=quiet)
    request = Request(
        run=run,
        output=output,
        precision=precision.value,
        force=force,
        accept_loss=accept_loss,
        beside=tuple(beside or ()),
        rate=rate,
    )
    done = make(request, _silent if quiet else _tell)
    typer.echo(done.file if quiet else _summary(done))


@app.command(short_help="Prove an exported file against its run again.")
def parity(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An exported file.")],
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run it was exported from.")],
) -> None:
    """Prove an existing FILE against its RUN again, as harken runs it here.

    \b
      harken-export parity bearing.onnx runs/bearing-edge-1
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    from harken_export.again import prove_again

    verbosity.set_up(0, quiet=False)
    typer.echo(_parity(prove_again(file, run)))


def _summary(done: Exported) -> str:
    unit = "recordings" if done.contract.input.any_length else "windows"
    figures, split = done.contract.figures[unit], done.contract.figures["split"]
    lines = [_parity(done.parity), ""]
    lines += [
        f"{name:<10}{1000 * seconds:.3f} ms a decision on this machine"
        for name, seconds in done.seconds.items()
    ]
    if done.chosen.reason and done.chosen.precision == "fp32":
        lines.append(f"fp32 is shipped; int8: {done.chosen.reason}")
    share = f"{figures['accuracy']['value']:.1%} of {figures['count']} held-out {unit}"
    lines += [
        f"accuracy  {share}; split: {split}",
        *_score(done.contract.figures, unit),
        "",
        f"{done.file}  {done.size / 1000:.0f} kB, {done.chosen.precision}",
        f"{done.file.with_suffix('.md')}  its card",
        f"next: harken classify {done.file} {_example(done)}",
    ]
    return "\n".join(lines)


def _score(figures: Mapping[str, Any], unit: str) -> list[str]:
    """The recipe's own score, where it has one."""
    score = figures[unit].get("scored_f1", {})
    if "value" not in score:
        return []
    ends = f" ({score['low']:.3f}-{score['high']:.3f})" if "low" in score else ""
    return [f"score     mean F1 of {', '.join(figures['scored'])}: {score['value']:.3f}{ends}"]


def _example(done: Exported) -> str:
    """A file of the kind that the model takes."""
    wanted = done.contract.input
    return "ONE.npy" if wanted.is_spectrogram else "RECORD" if wanted.any_length else "CLIP.wav"


def _parity(report: ParityReport) -> str:
    """A table, a stage a line."""
    lines = [f"{'stage':<10}{'difference':>11}{'allowed':>10}  where"]
    for stage in report.stages:
        allowed = f"{stage.allowed:.1e}" if stage.allowed < float("inf") else "-"
        lines.append(f"{stage.stage:<10}{stage.difference:>11.1e}{allowed:>10}  {stage.input}")
    ties = f", {len(report.ties)} of all inputs are ties" if report.ties else ""
    lines.append(f"decisions equal on {report.agreement:.2%} of {report.segments} segments{ties}")
    return "\n".join(lines)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _silent(line: str) -> None:
    """Nothing, with ``--quiet``."""


def main() -> None:
    """Run the command and leave by its status."""
    sys.exit(outcome.run(app, PROGRAM))
