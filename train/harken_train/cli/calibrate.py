"""``harken-train calibrate``: make a run's scores as sure as its answers are right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harken_train.cli import verbosity
from harken_train.cli.options import Verbose  # typer reads them when it runs


def calibrate(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run's folder, or newest.", show_default=False)
    ] = Path("newest"),
    by: Annotated[
        list[Path] | None,
        typer.Option(
            help="A cross-validation of its recipe, or another run of it; repeatable.",
            metavar="FOLDER",
        ),
    ] = None,
    verbose: Verbose = 0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the temperature only.")
    ] = False,
) -> None:
    """Find the temperature of a run's scores; from then on they are at it, also when exported.

    It is found on the run's validation part, or, with --by, on what models of the same recipe said
    of recordings that they had not heard: many more answers. Decisions do not change. Leaves
    calibration.json in the run's folder, with a table of scores below which an answer is unsure.

    \b
      harken-train calibrate newest
      harken-train cross-validate my/pump.toml
      harken-train calibrate runs/pump-edge-1 --by runs/pump-edge-cv
      harken-train calibrate runs/pump-edge-1 --by runs/fold-1 --by runs/fold-2
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    verbosity.set_up(verbose, quiet=quiet)
    from harken_train.calibrate import calibrate as find  # torch takes a second; --help needs none
    from harken_train.calibration_file import CALIBRATION
    from harken_train.calibration_report import table
    from harken_train.run import Run

    opened = Run.open(run)
    found = find(opened, by or [])
    if quiet:
        typer.echo(f"{found.temperature:.4f}")
        return
    typer.echo(f"{table(found, opened.recipe.scored)}\n\n{opened.path / CALIBRATION}")
