"""``harken-train fit``: train a recipe."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harken.errors import HarkenError, InputOutputError, UsageError
from harken_train.cli import verbosity
from harken_train.cli.options import (  # typer reads them when it runs
    Device,
    ModelName,
    Overrides,
    RunsFolder,
    Verbose,
)

if TYPE_CHECKING:
    import torch

    from harken_train.cli.progress import Lines
    from harken_train.processes import Processes
    from harken_train.run import Run


class StoppedError(HarkenError):
    """Ctrl-C while training; the exit status is that of SIGINT."""

    exit_code = 130


def fit(
    recipe: Annotated[
        str | None, typer.Argument(metavar="RECIPE", help="Name or .toml file.", show_default=False)
    ] = None,
    model: ModelName = None,
    epochs: Annotated[int | None, typer.Option(help="training.epochs")] = None,
    batch_size: Annotated[int | None, typer.Option(help="training.batch_size")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="training.learning_rate")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Weights, order and split are drawn from it.")
    ] = None,
    threads: Annotated[int | None, typer.Option(help="training.threads")] = None,
    settings: Overrides = None,
    out: RunsFolder = Path("runs"),
    name: Annotated[
        str | None, typer.Option(help="Name of the run's folder.", metavar="NAME")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with this run after its last whole epoch.", metavar="RUN"),
    ] = None,
    device: Device = "auto",
    verbose: Verbose = 0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the run's folder only.")
    ] = False,
) -> None:
    """Train a recipe and leave a run: runs/RECIPE-MODEL-1, -2 and so on.

    RECIPE is a name (see: harken-train recipes) or the path of your own .toml file.

    \b
      harken-train fit bearing_simulated
      harken-train fit bearing --model cnn2d --epochs 50 --batch-size 32
      harken-train fit bearing --set split.test=[14] --set training.patience=10
      harken-train fit --resume runs/bearing-cnn2d-1
      harken-train fit my/pump.toml --out my/runs --name pump-a

    Any setting of the recipe is changed by --set; the flags are short words for common ones. The
    complete recipe stays in the run. The epoch that is kept is the one with the lowest validation
    loss, or the last, if training.keep says so; lines that end with "kept" name it so far.
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    flags = {
        "training.epochs": epochs,
        "training.batch_size": batch_size,
        "training.learning_rate": learning_rate,
        "training.threads": threads,
        "seed": seed,
    }
    overrides = [f"{key}={value}" for key, value in flags.items() if value is not None]
    overrides += settings or []
    if resume is None and recipe is None:
        raise UsageError("fit: need a RECIPE; harken-train recipes lists those that come with it")
    if resume is not None and name is not None:
        raise UsageError("fit: --resume goes on with a run, --name names a new one; give one")
    from harken_train.cli.progress import watch  # torch takes a second; --help needs none of it
    from harken_train.device import choose_device
    from harken_train.processes import started
    from harken_train.run import Run

    place = choose_device(device)
    with started(place) as processes:
        silent = quiet or not processes.first
        verbosity.set_up(verbose, quiet=silent)
        if resume is not None:
            run = _opened(resume, recipe, overrides, model)
        elif processes.first:
            run = _created(str(recipe), overrides, model, out, name)
            processes.agreed(str(run.path))
        else:
            run = Run.open(processes.agreed(""))
        train(run, place, watch(run.recipe.training.epochs, quiet=silent), processes)
    if quiet and processes.first:
        typer.echo(run.path)
    elif processes.first:
        _tell(run)


def _created(
    recipe: str, overrides: list[str], model: str | None, out: Path, name: str | None
) -> Run:
    """Read recipe and recordings, and make the folder of a new run."""
    from harken_train.data import prepare
    from harken_train.fit import check_trainable
    from harken_train.networks import networks
    from harken_train.recipe_file import load_recipe
    from harken_train.run import Run, numbered

    chosen = load_recipe(recipe, overrides, model)
    kind = model or networks.kind_of(chosen.network)
    folder = out / name if name else numbered(out, f"{chosen.name}-{kind}")
    Run.refuse_existing(folder)  # before the minutes that reading may take
    prepared = prepare(chosen)
    check_trainable(chosen, prepared)  # what is refused leaves no folder in the way of the next
    return Run.create(folder, chosen, prepared)


def _opened(path: Path, recipe: str | None, overrides: list[str], model: str | None) -> Run:
    """Open a run to go on with; settings that are given must be those it has."""
    from harken.settings import dump
    from harken_train.recipe_file import differences, load_recipe, resolved
    from harken_train.run import Run

    run = Run.open(path)
    if recipe is not None:
        wanted = load_recipe(recipe, overrides, model)
    else:
        wanted = resolved(dump(run.recipe), overrides, model, where=str(run.path))
    differing = differences(run.recipe, wanted)
    if differing:
        raise UsageError(
            f"{run.path}: was started with another recipe, it differs in "
            f"{', '.join(differing[:4])}; give --resume {run.path} alone to go on with it, "
            f"or leave --resume out to start a new run"
        )
    return run


def train(run: Run, device: torch.device, watcher: Lines, processes: Processes) -> None:
    """Train; Ctrl-C is `StoppedError`, which says how to go on, as a full disk's error does."""
    from harken_train.fit import fit as to_the_end
    from harken_train.processes import LostError

    several = f", {processes.count} processes" if processes.count > 1 else ""
    watcher.say(f"{run.path}: {run.recipe.name} on {device.type}{several}")
    try:
        with run.locked() if processes.first else contextlib.nullcontext():
            watcher.say(run.prepared.audit.text())
            to_the_end(run, device, watcher, processes)
    except KeyboardInterrupt:
        raise StoppedError(
            f"stopped after epoch {run.facts.epochs}; go on with: "
            f"harken-train fit --resume {run.path}"
        ) from None
    except LostError as error:
        raise LostError(
            f"stopped after epoch {run.facts.epochs}, {error}; go on with: "
            f"harken-train fit --resume {run.path}"
        ) from None
    except InputOutputError as error:
        raise InputOutputError(
            f"{error}; make room and go on with: harken-train fit --resume {run.path}"
        ) from None
    finally:
        watcher.close()


def _tell(run: Run) -> None:
    """Print how good it is, where it lies, and what to type next."""
    from harken_train.part_scores import score_part
    from harken_train.schedule import kept_in_words
    from harken_train.score_table import score_head, score_row

    classifier, scored = run.classifier(), run.recipe.scored
    whole = run.recipe.signal.lengths is not None
    kept = kept_in_words(run.recipe.training, run.facts.best_epoch, run.facts.epochs)
    typer.echo(f"\n{kept}; split: {run.facts.split}")
    typer.echo(f"{'':<12}{score_head(scored, whole=whole)}")
    for part in ("validation", "test"):
        found = score_part(classifier, run.segments(part), part, scored)
        cells = score_row(found.windows, found.recordings, scored, whole=whole)
        typer.echo(f"{part:<12}{cells}")
    typer.echo(f"\n{run.path}")
    typer.echo(f"next: harken-train evaluate {run.path}")
