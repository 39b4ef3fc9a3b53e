"""``harken-train evaluate``: hold a run to recordings that it was not trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harken.errors import UsageError
from harken_train.cli import verbosity
from harken_train.cli.options import Verbose  # typer reads them when it runs

PARTS = ("test", "validation", "train")


def evaluate(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run's folder, or newest.", show_default=False)
    ] = Path("newest"),
    part: Annotated[str, typer.Option(help="test, validation or train.")] = "test",
    verbose: Verbose = 0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the report's path only.")
    ] = False,
) -> None:
    """Score a run's test part; writes metrics.json and report.html into the run's folder.

    The report is one file that needs nothing else, on line or off. Another part than test goes
    into metrics-PART.json and report-PART.html.

    \b
      harken-train evaluate newest
      harken-train evaluate runs/bearing-edge-1 --part validation
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    if part not in PARTS:
        raise UsageError(f"--part: need one of {', '.join(PARTS)}, got {part!r}")
    verbosity.set_up(verbose, quiet=quiet)
    from harken_train.evaluate import evaluate as measure  # torch takes a second; --help needs none
    from harken_train.evaluate import write_metrics
    from harken_train.report.page import write_report
    from harken_train.report.summary import summarise
    from harken_train.run import Run

    opened = Run.open(run)
    evaluation = measure(opened, part)
    suffix = "" if part == "test" else f"-{part}"
    report = opened.path / f"report{suffix}.html"
    write_metrics(evaluation, opened.path / f"metrics{suffix}.json")
    write_report(opened, evaluation, report)
    if not quiet:
        summary = summarise(evaluation)
        typer.echo(f"split: {evaluation.stamp}")
        for line in (summary.warning, summary.result, *summary.notes):
            if line:
                typer.echo(line)
        typer.echo("")
    typer.echo(report)
