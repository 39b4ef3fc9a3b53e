"""``harken-train augmentations``: draw what a recipe's augmentations do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harken_train.cli.options import (  # typer reads them when it runs
    ModelName,
    Overrides,
    RecipeName,
)


def augmentations(
    recipe: RecipeName,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="PNG, SVG or PDF; without it RECIPE-augmentations.png, here."
        ),
    ] = None,
    segments: Annotated[int, typer.Option(help="Of so many classes, one each.")] = 3,
    every_kind: Annotated[
        bool, typer.Option("--all", help="All kinds there are, whatever the recipe has.")
    ] = False,
    model: ModelName = None,
    settings: Overrides = None,
) -> None:
    """Draw training segments as they are and with each augmentation: wave and features.

    Every augmentation is drawn at probability 1; the last row has all of them, as an epoch draws
    them. A recipe without any, or --all, gets every kind with its defaults.

    \b
      harken-train augmentations bearing_simulated --all -o augmentations.png
      harken-train augmentations my/pump.toml --segments 2
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    from harken_train.augmentation_pictures import draw_augmentations  # --help needs no torch
    from harken_train.recipe_file import load_recipe

    chosen = load_recipe(recipe, settings or [], model)
    path = out or Path(f"{chosen.name}-augmentations.png")
    for sentence in draw_augmentations(chosen, path, segments, every_kind=every_kind):
        typer.echo(f"left out: {sentence}", err=True)
    typer.echo(path)
