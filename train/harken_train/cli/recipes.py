"""``harken-train recipes``: what can be trained by name."""

from __future__ import annotations

import typer


def recipes() -> None:
    """List the recipes that come with harken, a line each."""
    from harken_train.recipe_file import built_in, description_of  # the import takes a second

    found = {name: description_of(path) for name, path in built_in().items()}
    width = max(map(len, found))
    for name, description in found.items():
        typer.echo(f"{name:<{width}}  {description}")
