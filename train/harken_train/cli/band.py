"""``harken-train band``: propose the band for the front-end `envelope`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harken_train.cli.options import Overrides, RecipeName  # typer reads them when it runs


def band(
    recipe: RecipeName,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Draw the kurtogram: PNG, SVG or PDF.")
    ] = None,
    settings: Overrides = None,
) -> None:
    """Print the band in which the training part rings most impulsively, as lines for the recipe.

    It is where the envelope's kurtosis is largest, over the recordings that are not normal. What
    the recipe holds out for validation and test is not looked at. A knock or an electrical spike
    is impulsive too: look at the picture, and at the recordings, before believing it.

    \b
      harken-train band bearing_simulated -o kurtogram.png
    """  # noqa: D301  # a real \b, by which typer leaves the lines as they are
    from harken_train.kurtogram import draw, kurtogram
    from harken_train.recipe_file import load_recipe

    found = kurtogram(load_recipe(recipe, settings or []))
    low, high = found.band()
    typer.echo(
        f"# kurtosis {found.kurtosis():.2f} (steady noise: 0), mean of {found.groups} groups, "
        f"{found.recordings} stretches of the training part\n"
        f'[frontend]\nkind = "envelope"\nlow = {low:.1f}\nhigh = {high:.1f}'
    )
    if out is not None:
        draw(found, out)
        typer.echo(f"# {out}")
