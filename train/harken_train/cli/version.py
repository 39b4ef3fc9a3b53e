"""``--version``, which every command of ours takes."""

from __future__ import annotations

from typing import Annotated

import typer

import harken


def _tell(context: typer.Context, wanted: bool) -> None:
    if wanted:
        typer.echo(f"{context.find_root().info_name} {harken.__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", help="Print the version.", is_eager=True, callback=_tell),
]
