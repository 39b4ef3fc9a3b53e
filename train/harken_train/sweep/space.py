"""From choices to recipes: the points of a grid, and the recipe of one of them."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from harken.errors import SettingsError
from harken.settings import dump
from harken.suggest import suggestion
from harken_train.recipe import Recipe
from harken_train.recipe_file import laid_over, load_recipe, resolved
from harken_train.sweep.settings import Parameter, Sweep

Choices = Mapping[str, Any]  # by parameter: the label of a choice, or a number of a range


def base_table(sweep: Sweep, overrides: Sequence[str], model: str | None) -> dict[str, Any]:
    """The complete table of the recipe that all trials start from.

    `SettingsError` for a parameter that varies what no recipe has: every trial would fail by it.
    """
    for parameter in sweep.parameters:
        _refuse_unknown(parameter)
    recipe = load_recipe(sweep.recipe, overrides, model or sweep.model)
    return laid_over(dump(recipe), sweep.settings)


def _refuse_unknown(parameter: Parameter) -> None:
    """A setting is known where any kind of its family has it: another parameter may choose it."""
    sections = typing.get_type_hints(Recipe, include_extras=True)
    for choice in parameter.labels or (parameter.low or 0.0,):
        for section, table in parameter.fragment(choice).items():
            _check(parameter, section, section, list(sections))
            known = _settings_of(sections[section])
            for name in table if known and isinstance(table, Mapping) else ():
                _check(parameter, f"{section}.{name}", name, known)


def _check(parameter: Parameter, setting: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise SettingsError(
            f"{parameter.name}: no recipe has a setting {setting}{suggestion(name, known)}"
        )


def _settings_of(section: Any) -> list[str]:
    """The settings of a table, of all kinds where it has some; none of what is no table."""
    if typing.get_origin(section) is Annotated:
        (family,) = section.__metadata__
        classes, names = [family.get(kind) for kind in family.kinds()], ["kind"]
    else:
        classes, names = [section] if dataclasses.is_dataclass(section) else [], []
    return sorted({*names, *(one.name for cls in classes for one in dataclasses.fields(cls))})


def recipe_of(sweep: Sweep, base: Mapping[str, Any], chosen: Choices) -> Recipe:
    """The recipe of one trial; `SettingsError` when its settings do not go together."""
    table = dict(base)
    for parameter in sweep.parameters:
        if parameter.name in chosen:
            table = laid_over(table, parameter.fragment(chosen[parameter.name]))
    recipe = resolved(table, where="these settings")
    if "scored_f1" in sweep.search.objectives and not recipe.scored:
        raise SettingsError(
            'search.objectives: "scored_f1" is the mean F1 of the classes in scored, and the '
            'recipe names none there; set it, or take "macro_f1"'
        )
    return recipe


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
