"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RecipeName = Annotated[
    str, typer.Argument(metavar="RECIPE", help="Name or .toml file.", show_default=False)
]
ModelName = Annotated[
    str | None, typer.Option(help="A variant of the recipe, or a network.", metavar="NAME")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="A.B=VALUE", help="Any setting of the recipe; repeatable."),
]
RunsFolder = Annotated[Path, typer.Option(help="Folder that holds the runs.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Verbose = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Tell more.")]
