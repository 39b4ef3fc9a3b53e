"""``harken-train data``: describe recordings, make spectrograms of them, fetch public ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from harken.errors import DataError, UsageError
from harken_train.cli.main import plain_app

app = plain_app(
    no_args_is_help=True,
    help="Describe recordings, make spectrograms of them, or fetch a public set.",
)

Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a setting: data.path=recordings."),
]


@app.command(short_help="Tell what recordings are, and what is wrong with them.")
def describe(
    recipe: Annotated[str, typer.Argument(help="A built-in recipe, or a TOML file.")],
    overrides: Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print recordings, rates, classes and groups, and everything that is wrong with them.

    Leaves with 65 when a training would refuse the data.
    """
    from tqdm import tqdm

    from harken_train.describe import describe as look
    from harken_train.recipe_file import load_recipe
    from harken_train.survey import Found

    def shown(found: list[Found]) -> Iterable[Found]:
        return tqdm(found, desc="recordings", unit="", leave=False, disable=None)

    found = look(load_recipe(recipe, overrides or []), shown)
    typer.echo(json.dumps(found.as_dict(), indent=2) if as_json else found.text())
    if not found.trainable:
        raise typer.Exit(DataError.exit_code)


@app.command(short_help="Make spectrogram files of a recipe's recordings.")
def make_spectrograms(
    recipe: Annotated[str, typer.Argument(help="A built-in recipe, or a TOML file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A new folder.", show_default=False)],
    png: Annotated[
        bool, typer.Option("--png/--npy", help="Pictures of 16 bits, or arrays.")
    ] = False,
    span: Annotated[
        tuple[float, float] | None,
        typer.Option(
            "--range",
            metavar="LOW HIGH",
            help="What black and white of a picture stand for; -80 0 for decibels.",
        ),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Write one spectrogram a window, a table of them, and the recipe to train on them.

    Windows are signal.hop apart; the spectrograms are what the recipe's front-end makes of them.

    \b
      harken-train data make-spectrograms bearing_simulated -o slices
      harken-train fit slices/recipe.toml
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    from tqdm import tqdm

    from harken_train.recipe_file import load_recipe
    from harken_train.recordings import Recording
    from harken_train.spectrogram_set import write_set

    def shown(recordings: list[Recording]) -> Iterable[Recording]:
        return tqdm(recordings, desc="recordings", unit="", leave=False, disable=None)

    if span is not None and not (png and span[0] < span[1]):
        raise UsageError("--range: is for --png, and needs LOW below HIGH")
    chosen = load_recipe(recipe, overrides or [])
    written = write_set(chosen, out, "png" if png else "npy", span, shown)
    for note in written.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(
        f"{written.files} spectrograms of {written.bands} x {written.columns}, dataset.csv, "
        f"recipe.toml in {out}"
    )
    typer.echo(f"next: harken-train fit {out / 'recipe.toml'}")


@app.command(short_help="Download a public set of recordings.")
def fetch(
    name: Annotated[str, typer.Argument(metavar="SET", help="cwru")],
    to: Annotated[Path | None, typer.Option(help="Folder; data/SET if not given.")] = None,
    base_url: Annotated[
        str | None, typer.Option(help="A mirror: a web folder with the same files.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Download a public set of recordings; what has arrived is kept when it breaks."""
    from tqdm import tqdm

    from harken_train.fetch import fetch as get
    from harken_train.fetch import megabytes, plan

    wanted = plan(name, to or Path("data") / name, base_url)
    if wanted.present:
        typer.echo(f"{len(wanted.present)} files are in {wanted.folder} already")
    if not wanted.missing:
        typer.echo("nothing to fetch")
        return
    place = wanted.missing[0].url.rpartition("/")[0]
    typer.echo(
        f"{len(wanted.missing)} files, {megabytes(wanted.bytes)}, from {place} into {wanted.folder}"
    )
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody is there to be asked; say --yes to fetch all of it")
        typer.confirm("fetch them?", abort=True)
    with tqdm(total=wanted.bytes, unit="B", unit_scale=True, disable=None) as bar:
        get(wanted, bar.update)
    typer.echo(f"all files of {name} are in {wanted.folder}, verified")
