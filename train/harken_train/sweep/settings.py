"""What a sweep's TOML file says: a recipe, how it is searched, and what is varied."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from harken.errors import MissingInputError, SettingsError, UsageError
from harken.settings import load, read_toml
from harken.suggest import suggestion
from harken_train.recipe_file import built_in
from harken_train.sweep.untouched import refuse_fixed

SPACES = Path(__file__).parent / "spaces"
Objective = Literal["macro_f1", "scored_f1", "accuracy", "loss", "latency", "size"]
HIGHEST = ("macro_f1", "scored_f1", "accuracy")  # the objectives of which more is better
MEASURED = ("latency", "size")  # those of the exported file


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One thing that is varied: ``name`` is a setting (``network.channels``), or a word of yours.

    ``choices`` are values of that setting; or tables by name, each of which is laid over the
    recipe. Or a range, ``low`` to ``high``: whole numbers where both are, with ``log`` in equal
    ratios. With ``when`` it is varied only where earlier parameters have these choices. What
    decides who is for test (`FIXED`) cannot be varied.
    """

    name: str
    choices: tuple[Any, ...] | Mapping[str, Mapping[str, Any]] = ()
    low: int | float | None = None
    high: int | float | None = None
    log: bool = False
    when: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(self.name.split(".")):
            raise SettingsError(f"name: need a word, or a dotted setting, got {self.name!r}")
        if bool(self.choices) == self.ranges:
            raise SettingsError(f"{self.name}: need choices, or low and high")
        if not self.choices and (self.low is None or self.high is None or self.low >= self.high):
            raise SettingsError(
                f"{self.name}: need low < high, got low {self.low} and high {self.high}"
            )
        if self.log and (self.low is None or self.low <= 0):
            raise SettingsError(f"{self.name}: log needs low above 0, got {self.low}")
        labels = self.labels
        if len(set(labels)) < len(labels):
            raise SettingsError(f"{self.name}: every choice stands once, got {', '.join(labels)}")
        refuse_fixed(self.name, self._settings())

    @property
    def ranges(self) -> bool:
        """Whether it is a range of numbers."""
        return self.low is not None or self.high is not None

    @property
    def labels(self) -> tuple[str, ...]:
        """The choices as they are written in tables and in ``when``; none of a range."""
        return tuple(label_of(choice) for choice in self.choices)

    def fragment(self, value: str | float) -> dict[str, Any]:
        """The table that is laid over a recipe for a label, or for a number of the range."""
        if isinstance(self.choices, Mapping):
            return dict(self.choices[str(value)])
        chosen: Any = value
        if self.choices:
            chosen = self.choices[self.labels.index(str(value))]
        for name in reversed(self.name.split(".")):
            chosen = {name: chosen}
        return dict(chosen)

    def _settings(self) -> set[str]:
        """The names in the recipe's own table that it may lay something over."""
        if not isinstance(self.choices, Mapping):
            return {self.name.partition(".")[0]}
        return {name for table in self.choices.values() for name in table}

    def holds(self, chosen: Mapping[str, Any]) -> bool:
        """Whether it is varied beside these choices of earlier parameters."""
        return all(
            name in chosen and str(chosen[name]) in _labels(wanted)
            for name, wanted in self.when.items()
        )


@dataclass(frozen=True, kw_only=True)
class Search:
    """How settings are chosen and judged.

    ``trials`` is for ``tpe`` and ``random``; a grid has as many as it has points. ``folds`` 0
    judges on the recipe's own validation part; else the part that is not for test is cut into so
    many folds, and the mean over them is judged. With one objective ``median`` ends a trial whose
    validation loss is worse than that of half the trials before it, but never one of the first
    ``warm_up_trials``, nor in its first ``warm_up_epochs``.
    """

    sampler: Literal["tpe", "grid", "random"] = "tpe"
    trials: int = 30
    seed: int = 0
    objectives: tuple[Objective, ...] = ("macro_f1",)
    folds: int = 0
    pruner: Literal["median", "none"] = "median"
    warm_up_trials: int = 5
    warm_up_epochs: int = 3

    def __post_init__(self) -> None:
        if self.trials < 1 or self.folds < 0 or self.folds == 1 or self.seed < 0:
            raise SettingsError(
                f"need trials >= 1, folds 0 or at least 2, seed >= 0, got trials {self.trials}, "
                f"folds {self.folds} and seed {self.seed}"
            )
        if min(self.warm_up_trials, self.warm_up_epochs) < 0:
            raise SettingsError("warm_up_trials and warm_up_epochs: need at least 0")
        if not self.objectives or len(set(self.objectives)) < len(self.objectives):
            raise SettingsError("objectives: need at least one, each once")


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """One sweep. ``recipe`` is a name or a path; ``settings`` are laid over it for all trials."""

    name: str
    description: str = ""
    recipe: str = ""
    model: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    search: Search = field(default_factory=Search)
    parameters: tuple[Parameter, ...]

    def __post_init__(self) -> None:
        if not self.parameters:
            raise SettingsError("parameters: need at least one [[parameters]] table")
        seen: dict[str, Parameter] = {}
        for parameter in self.parameters:
            if parameter.name in seen:
                raise SettingsError(f"parameters: {parameter.name} is there twice")
            if parameter.ranges and self.search.sampler == "grid":
                raise SettingsError(
                    f'{parameter.name}: a grid needs choices; or set search.sampler = "tpe"'
                )
            for name, wanted in parameter.when.items():
                _check_condition(parameter.name, seen, name, _labels(wanted))
            seen[parameter.name] = parameter


def _check_condition(
    owner: str, seen: Mapping[str, Parameter], name: str, wanted: Sequence[str]
) -> None:
    if name not in seen:
        raise SettingsError(
            f"{owner}: when: no parameter {name!r} before it{suggestion(name, list(seen))}"
        )
    known = seen[name].labels
    for label in wanted:
        if label not in known:
            raise SettingsError(
                f"{owner}: when: {name} is never {label!r}{suggestion(label, known)}; "
                f"it is one of: {', '.join(known) or 'a range of numbers'}"
            )


def label_of(choice: object) -> str:
    """A choice as it stands in tables: words as they are, all else as JSON."""
    return choice if isinstance(choice, str) else json.dumps(choice, sort_keys=True)


def _labels(wanted: object) -> tuple[str, ...]:
    """One label, or a list of them."""
    several = isinstance(wanted, Sequence) and not isinstance(wanted, str)
    return tuple(label_of(one) for one in wanted) if several else (label_of(wanted),)  # type: ignore[attr-defined]  # several: it is a sequence


def spaces() -> dict[str, Path]:
    """The sweeps that come with harken, by name."""
    return {path.stem: path for path in sorted(SPACES.glob("*.toml"))}


def load_sweep(asked: str, search: str | None = None) -> Sweep:
    """Give the sweep of a file, or that of a recipe searched as ``search`` says.

    ``asked`` is a sweep's TOML file with a ``recipe`` in it, or a recipe (its name or file), for
    which ``search`` is a sweep's file, or the name of one that comes with harken.
    """
    if search is not None:
        return replace(_read(search), recipe=asked)
    if Path(asked).is_file() and "parameters" in read_toml(Path(asked)):
        found = _read(asked)
        if not found.recipe:
            raise UsageError(
                f"{asked}: names no recipe; set recipe in it, or give one: "
                f"harken-train sweep RECIPE --search {asked}"
            )
        beside = Path(asked).parent / found.recipe
        known = found.recipe in built_in() or not beside.is_file()
        return found if known else replace(found, recipe=str(beside))
    if asked in spaces():
        raise UsageError(f"{asked}: needs a recipe: harken-train sweep RECIPE --search {asked}")
    return replace(_read("learning"), recipe=asked)


def _read(name_or_path: str) -> Sweep:
    path = spaces().get(name_or_path, Path(name_or_path))
    if not path.is_file():
        raise MissingInputError(
            f"no sweep {name_or_path!r}{suggestion(name_or_path, spaces())}; there are: "
            f"{', '.join(spaces())}; your own is given by the path of its .toml file"
        )
    try:
        return load(Sweep, {"name": path.stem, **read_toml(path)})
    except SettingsError as error:
        raise SettingsError(f"{name_or_path}: {error}") from None
