"""``harken-train data``: describe recordings, fetch public ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from harken.errors import DataError, UsageError
from harken_train.cli.main import plain_app

app = plain_app(no_args_is_help=True, help="Describe recordings, or fetch a public set.")

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
