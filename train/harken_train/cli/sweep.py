"""``harken-train sweep``: search for the settings of a recipe."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harken.errors import InputOutputError, UsageError
from harken.extra import require
from harken_train.cli import verbosity
from harken_train.cli.options import (  # typer reads them when it runs
    Device,
    ModelName,
    Overrides,
    RunsFolder,
    Verbose,
)

if TYPE_CHECKING:
    from harken_train.sweep.work import Desk


def sweep(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="Name or .toml file, or a sweep's .toml file.")
    ],
    search: Annotated[
        str | None,
        typer.Option(
            help="What is varied: a sweep's .toml file, learning or ecg_grid.", metavar="SWEEP"
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(help="How many trials in all; a grid has its own number.")
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            help="A database in place of the journal in the folder.",
            metavar="URL",
            show_default=False,
        ),
    ] = None,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Do again what another machine left running.")
    ] = False,
    model: ModelName = None,
    settings: Overrides = None,
    out: RunsFolder = Path("runs"),
    name: Annotated[
        str | None, typer.Option(help="Name of its folder.", metavar="NAME", show_default=False)
    ] = None,
    device: Device = "auto",
    verbose: Verbose = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print best.toml only.")] = False,
) -> None:
    """Search for the settings of a recipe: train many, judge on validation, keep the best.

    \b
      harken-train sweep bearing_simulated --trials 10
      harken-train sweep my/sweep.toml
      harken-train sweep my/ecg.toml --search ecg_grid
      harken-train fit runs/pump-learning/best.toml

    Leaves runs/RECIPE-SWEEP with trials.csv, results.json, pictures and best.toml. Stopped or
    killed, the same command goes on; started again in another shell meanwhile, it shares the work.
    The test part of the split is never looked at.
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    if trials is not None and trials < 1:
        raise UsageError(f"--trials: need at least 1, got {trials}")
    require("sweep", "optuna")
    verbosity.set_up(verbose, quiet=quiet)
    from harken_train.cli.fit import StoppedError  # torch takes a second; --help needs none of it
    from harken_train.cli.progress import watch
    from harken_train.device import choose_device
    from harken_train.sweep.board import Board
    from harken_train.sweep.journal import close, storage_of
    from harken_train.sweep.measured import measure, require_export
    from harken_train.sweep.objective import Trainer
    from harken_train.sweep.settings import MEASURED, load_sweep
    from harken_train.sweep.space import base_table, recipe_of
    from harken_train.sweep.work import Desk, open_board, work

    wanted = load_sweep(recipe, search)
    if trials is not None:
        if wanted.search.sampler == "grid":
            raise UsageError("--trials: a grid has as many trials as it has points")
        wanted = dataclasses.replace(
            wanted, search=dataclasses.replace(wanted.search, trials=trials)
        )
    if set(MEASURED) & set(wanted.search.objectives):
        require_export()
    place = choose_device(device)
    base = base_table(wanted, settings or [], model)
    start = recipe_of(wanted, base, {})
    folder = out / (name or f"{start.name}-{wanted.name}")
    kept = storage_of(storage, folder)
    watcher = watch(start.training.epochs, quiet=quiet)
    trainer = Trainer(folder, start, wanted.search, place, watcher, measure)
    try:
        board = Board(kept, folder.name, wanted, base)
        desk = Desk(folder=folder, sweep=wanted, base=base, board=board, trainer=trainer)
        open_board(desk, watcher.say, take_over=take_over)
        work(desk, watcher.say)
        _tell(desk, quiet=quiet)
    except KeyboardInterrupt:
        raise StoppedError(f"stopped; the same command goes on with {folder}") from None
    except InputOutputError as error:
        raise InputOutputError(
            f"{error}; when that is mended, the same command goes on with {folder}"
        ) from None
    finally:
        watcher.close()
        close(kept)


def _tell(desk: Desk, *, quiet: bool) -> None:
    """Write and print what was found; while others are at work it is what there is so far."""
    from harken_train.sweep.pictures import draw
    from harken_train.sweep.standings import table
    from harken_train.sweep.untouched import UNTOUCHED
    from harken_train.sweep.work import waiting, write_results

    rows = write_results(desk)
    pictures = draw(rows, desk.sweep, desk.folder)
    best = desk.folder / "best.toml"
    if quiet:
        typer.echo(best)
        return
    typer.echo(f"\n{table(rows, desk.sweep)}\n{UNTOUCHED}")
    left = waiting(rows)
    if left:
        typer.echo(f"{left} trials are still with other processes; the last one tells of all")
    typer.echo("")
    for path in (*pictures, desk.folder / "trials.csv", best):
        typer.echo(path)
    typer.echo(f"next: harken-train fit {best}")
