"""Recipes as TOML files: built-in ones by name, variants, overrides, and the digest of one.

Beside the tables of `Recipe` a file may have ``[variants.NAME.TABLE]`` tables. Variant NAME then
lays its tables over the file's own: keys are merged, but a table whose ``kind`` is another takes
the place of the file's table whole.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from harken.errors import MissingInputError, SettingsError, UsageError
from harken.settings import dump, load, read_toml, with_overrides
from harken.suggest import suggestion
from harken_train.networks import networks
from harken_train.recipe import Recipe

BUILT_IN = Path(__file__).parent / "recipes"


def built_in() -> dict[str, Path]:
    """The recipes that come with harken, by name."""
    return {path.stem: path for path in sorted(BUILT_IN.glob("*.toml"))}


def description_of(path: Path) -> str:
    """The line by which a recipe file says what it is for."""
    return str(read_toml(path).get("description", ""))


def load_recipe(
    name_or_path: str, overrides: Sequence[str] = (), model: str | None = None
) -> Recipe:
    """Give the complete recipe of a built-in name or of a TOML file's path.

    ``overrides`` are ``section.key=value``; ``model`` is a variant of the file, or a network kind,
    which then has its default settings. Relative paths count from the folder of the recipe's file,
    those of built-in recipes from the current folder.
    """
    path = _find(name_or_path)
    recipe = resolved(read_toml(path), overrides, model, where=name_or_path)
    if path.parent == BUILT_IN:
        return recipe
    moved: Recipe = _moved(recipe, path.parent)
    return moved


def resolved(
    table: Mapping[str, Any], overrides: Sequence[str] = (), model: str | None = None, *, where: str
) -> Recipe:
    """Give the recipe of a TOML table; ``where`` names its file in errors."""
    variants = table.get("variants", {})
    own = {key: value for key, value in table.items() if key != "variants"}
    try:
        if not isinstance(variants, Mapping):
            raise SettingsError(f"variants: need tables [variants.NAME.TABLE], got {variants!r}")
        if model is not None:
            own = laid_over(own, _variant(variants, model))
        return load(Recipe, _overridden(own, overrides))
    except (SettingsError, UsageError) as error:
        blamed = _blamed(own, overrides) if overrides else ""
        raise type(error)(f"{blamed or where}: {error}") from None


def laid_over(table: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Give ``table`` with ``upper`` merged into it; a table of another ``kind`` is replaced."""
    result = dict(table)
    for key, value in upper.items():
        below = result.get(key)
        if not isinstance(value, Mapping) or not isinstance(below, Mapping):
            result[key] = value
        elif "kind" in value and value["kind"] != below.get("kind"):
            result[key] = dict(value)
        else:
            result[key] = laid_over(below, value)
    return result


def to_toml(recipe: Recipe) -> str:
    """The text of the complete recipe; `load_recipe` reads it back to an equal one."""
    return tomli_w.dumps(dump(recipe))


def beside(recipe: Recipe, folder: Path) -> Recipe:
    """Give the recipe as a file in ``folder`` must say it: paths of the data count from there."""
    beside = Path(os.path.relpath(".", folder))
    moved: Recipe = _moved(recipe, beside)
    return moved


def digest(recipe: Recipe) -> str:
    """sha256 of all settings, whatever file, variant or override they came from."""
    text = json.dumps(dump(recipe), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def differences(one: Recipe, other: Recipe) -> list[str]:
    """Dotted names of the settings in which two recipes differ, sorted."""
    first, second = dict(_leaves(dump(one))), dict(_leaves(dump(other)))
    return sorted(key for key in first.keys() | second.keys() if first.get(key) != second.get(key))


def _leaves(table: Mapping[str, Any], where: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{where}{key}.")
        else:
            yield f"{where}{key}", value


def _find(name_or_path: str) -> Path:
    known = built_in()
    if name_or_path in known:
        return known[name_or_path]
    path = Path(name_or_path)
    if path.is_file():
        return path
    if path.suffix == ".toml" or len(path.parts) > 1:
        raise MissingInputError(f"{name_or_path}: there is no such recipe file")
    raise MissingInputError(
        f"no recipe {name_or_path!r}{suggestion(name_or_path, known)}; "
        f"there are: {', '.join(known)}; your own is given by the path of its .toml file"
    )


def _variant(variants: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    if model in variants:
        chosen = variants[model]
        if not isinstance(chosen, Mapping):
            raise SettingsError(f"variants.{model}: need tables, got {chosen!r}")
        return chosen
    kinds = networks.kinds()
    if model in kinds:
        return {"network": {"kind": model}}
    raise UsageError(
        f"no model {model!r}{suggestion(model, [*variants, *kinds])}; "
        f"variants of this recipe: {', '.join(variants) or 'none'}; networks: {', '.join(kinds)}"
    )


def _overridden(table: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """Set each override; one that changes a table's ``kind`` empties that table first."""
    kinds = [text for text in overrides if text.partition("=")[0].strip().endswith(".kind")]
    for text in kinds:
        section = text.partition(".")[0].strip()
        set_to = with_overrides({}, [text])
        table = laid_over(table, {section: set_to[section]})
    return with_overrides(table, [text for text in overrides if text not in kinds])


def _blamed(own: Mapping[str, Any], overrides: Sequence[str]) -> str:
    """The override without which the file can be loaded; empty when none is at fault."""

    def loads(some: Sequence[str]) -> bool:
        try:
            load(Recipe, _overridden(dict(own), some))
        except SettingsError:
            return False
        return True

    if loads(overrides) or not loads(()):
        return ""
    wrong = [
        text for i, text in enumerate(overrides) if loads([*overrides[:i], *overrides[i + 1 :]])
    ]
    return f"--set {wrong[0]}" if len(wrong) == 1 else "--set"


def _moved(value: Any, folder: Path) -> Any:
    """Give settings with every relative path in them, also of their parts, counted from there."""
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, tuple):
        return tuple(_moved(item, folder) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return dataclasses.replace(
            value, **{name: _moved(item, folder) for name, item in fields.items()}
        )
    return value
