"""``harken-train init``: a first recipe for your own recordings."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from harken.errors import CreateError, UsageError
from harken_train.cli import verbosity


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Your recordings.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Default: NAME-OF-FOLDER.toml"),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(help="The CSV table in FOLDER that tells file and label.", metavar="NAME"),
    ] = None,
    rate: Annotated[
        int | None, typer.Option(help="Hz, for files that do not tell theirs.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print FILE only.")] = False,
) -> None:
    """Look at recordings and write a commented recipe: a proposal, with its reasons.

    \b
      harken-train init recordings
      harken-train init recordings -o pump.toml --table clips.csv
      harken-train data describe recordings.toml
      harken-train fit recordings.toml

    FOLDER holds one folder a label (good/, broken/), or a CSV table with a column of files and one
    of labels. Groups (which recordings are of one machine) are guessed from the names.
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    verbosity.set_up(0, quiet=quiet)
    name = re.sub(r"[^\w.-]+", "_", folder.resolve().name) or "recordings"
    path = output or Path(f"{name}.toml")
    if path.suffix != ".toml":
        raise UsageError(f"{path}: give the recipe a name that ends in .toml")
    if path.exists() and not force:
        raise CreateError(f"{path}: exists already; give another -o, or --force")
    if rate is not None and rate < 1:
        raise UsageError(f"--rate: need at least 1 Hz, got {rate}")
    from harken import atomic
    from harken_train.first_recipe.look import look  # torch takes a second; --help needs none
    from harken_train.first_recipe.propose import propose
    from harken_train.first_recipe.text import recipe_text, seen

    sight = look(folder, table=table, rate=rate)
    below = Path(os.path.relpath(folder, path.parent)).as_posix()
    proposal = propose(sight, path.stem, below)
    atomic.write_text(path, recipe_text(sight, proposal, str(path)))
    if quiet:
        typer.echo(path)
        return
    typer.echo(f"{seen(sight, proposal)}\n\n{path}")
    typer.echo(f"next: harken-train data describe {path}")
    typer.echo(f"then: harken-train fit {path}")
