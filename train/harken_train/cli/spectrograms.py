"""``harken-train spectrograms``: draw examples of every class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harken_train.cli.options import (  # typer reads them when it runs
    ModelName,
    Overrides,
    RecipeName,
)


def spectrograms(
    recipe: RecipeName,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="PNG, SVG or PDF; without it RECIPE.png, here."),
    ] = None,
    per_class: Annotated[int, typer.Option(help="Examples of each class.")] = 4,
    model: ModelName = None,
    settings: Overrides = None,
) -> None:
    """Draw windows of every class as the recipe's front-end sees them, in its own axes.

    One window is taken from the middle of a recording, from as many groups as there are.

    \b
      harken-train spectrograms bearing_simulated -o examples.png
      harken-train spectrograms bearing --model cnn1d --per-class 3
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    from harken_train.recipe_file import load_recipe  # torch takes a second; --help needs none
    from harken_train.spectrograms import draw_spectrograms

    chosen = load_recipe(recipe, settings or [], model)
    path = out or Path(f"{chosen.name}.png")
    draw_spectrograms(chosen, path, per_class)
    typer.echo(path)
