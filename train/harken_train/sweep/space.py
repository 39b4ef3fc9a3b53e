"""From choices to recipes: the points of a grid, and the recipe of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harken.settings import dump
from harken_train.recipe import Recipe
from harken_train.recipe_file import laid_over, load_recipe, resolved
from harken_train.sweep.settings import Parameter, Sweep

Choices = Mapping[str, Any]  # by parameter: the label of a choice, or a number of a range


def base_table(sweep: Sweep, overrides: Sequence[str], model: str | None) -> dict[str, Any]:
    """The complete table of the recipe that all trials start from."""
    recipe = load_recipe(sweep.recipe, overrides, model or sweep.model)
    return laid_over(dump(recipe), sweep.settings)


def recipe_of(sweep: Sweep, base: Mapping[str, Any], chosen: Choices) -> Recipe:
    """The recipe of one trial; `SettingsError` when its settings do not go together."""
    table = dict(base)
    for parameter in sweep.parameters:
        if parameter.name in chosen:
            table = laid_over(table, parameter.fragment(chosen[parameter.name]))
    return resolved(table, where="these settings")


def points(parameters: Sequence[Parameter]) -> list[dict[str, str]]:
    """Every point of a grid, the last parameter running fastest.

    A parameter whose ``when`` does not hold at a point is absent from it.
    """
    found: list[dict[str, str]] = [{}]
    for parameter in parameters:
        found = [
            longer
            for point in found
            for longer in (
                [{**point, parameter.name: label} for label in parameter.labels]
                if parameter.holds(point)
                else [point]
            )
        ]
    return found
