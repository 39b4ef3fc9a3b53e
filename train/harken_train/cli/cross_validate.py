"""``harken-train cross-validate``: train and score a recipe once for each fold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harken.errors import InputOutputError, UsageError
from harken_train.cli import verbosity
from harken_train.cli.options import (  # typer reads them when it runs
    Device,
    ModelName,
    Overrides,
    RecipeName,
    RunsFolder,
    Verbose,
)


def cross_validate(
    recipe: RecipeName,
    folds: Annotated[int, typer.Option(help="Parts the groups are dealt into.")] = 5,
    seeds: Annotated[int, typer.Option(help="All folds this often, dealt anew.")] = 1,
    by: Annotated[
        str, typer.Option(help="Deal the values of this attribute, in place of groups.")
    ] = "group",
    model: ModelName = None,
    epochs: Annotated[int | None, typer.Option(help="training.epochs")] = None,
    settings: Overrides = None,
    out: RunsFolder = Path("runs"),
    name: Annotated[
        str | None, typer.Option(help="Name of its folder.", metavar="NAME", show_default=False)
    ] = None,
    device: Device = "auto",
    verbose: Verbose = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the folder only.")] = False,
) -> None:
    """Train and score a recipe once for each fold; every group is in test once.

    \b
      harken-train cross-validate bearing_simulated
      harken-train cross-validate my/pump.toml --folds 4 --seeds 3
      harken-train cross-validate bearing --by size_mil --folds 3

    Leaves runs/RECIPE-MODEL-cv with a run for each fold, results.json and results.png. Stopped or
    killed, the same command goes on with it; what is done is not done again.
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    if folds < 2:
        raise UsageError(f"--folds: need at least 2, got {folds}")
    if seeds < 1:
        raise UsageError(f"--seeds: need at least 1, got {seeds}")
    from harken_train.cli.fit import StoppedError  # torch takes a second; --help needs none of it
    from harken_train.cli.progress import watch
    from harken_train.cross_validate import Plan
    from harken_train.cross_validate import cross_validate as train_all
    from harken_train.device import choose_device
    from harken_train.fold_report import draw, table
    from harken_train.networks import networks
    from harken_train.recipe_file import load_recipe

    verbosity.set_up(verbose, quiet=quiet)
    place = choose_device(device)
    overrides = [] if epochs is None else [f"training.epochs={epochs}"]
    chosen = load_recipe(recipe, [*overrides, *(settings or [])], model)
    plan = Plan(recipe=chosen, folds=folds, seeds=seeds, by=by)
    kind = model or networks.kind_of(chosen.network)
    folder = out / (name or f"{chosen.name}-{kind}-cv")
    watcher = watch(chosen.training.epochs, quiet=quiet)
    try:
        results = train_all(folder, plan, place, watcher, watcher.say)
    except KeyboardInterrupt:
        raise StoppedError(f"stopped; the same command goes on with {folder}") from None
    except InputOutputError as error:
        raise InputOutputError(
            f"{error}; make room, and the same command goes on with {folder}"
        ) from None
    finally:
        watcher.close()
    draw(results, folder / "results.png")
    if quiet:
        typer.echo(folder)
        return
    typer.echo(f"\n{table(results)}\n\n{folder / 'results.png'}\n{folder / 'results.json'}")
