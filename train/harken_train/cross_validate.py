"""Train and score a recipe once for each fold: every group is heard by a model new to it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from harken import atomic
from harken.errors import CreateError, DataError, SettingsError
from harken_train.answers import LOGITS, Answers, answers_on, joined, write_answers
from harken_train.bootstrap import LEVEL, draw_groups
from harken_train.calibration import Calibration, calibration
from harken_train.data import Prepared, divide, prepare
from harken_train.figures import Figures, Judged, figures_of
from harken_train.fit import Watcher, check_trainable
from harken_train.metrics import Floats, Numbers
from harken_train.part_scores import Score, by_recording, score
from harken_train.recipe import Recipe
from harken_train.recipe_file import digest, to_toml
from harken_train.run import Run
from harken_train.schedule import kept_in_words
from harken_train.splits.fold import GROUP, Fold
from harken_train.temperature import tempered
from harken_train.trained import trained

VERSION = 1  # of results.json
PLAN, RESULTS = "plan.json", "results.json"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is trained: ``folds`` runs for each of ``seeds``, dealt by groups or an attribute.

    Each seed deals the groups anew and starts from other weights.
    """

    recipe: Recipe
    folds: int = 5
    seeds: int = 1
    by: str = GROUP

    def __post_init__(self) -> None:
        if self.folds < 2 or self.seeds < 1:
            raise SettingsError(
                f"need at least 2 folds and 1 seed, got {self.folds} and {self.seeds}"
            )

    def recipe_of(self, seed: int, fold: int) -> Recipe:
        """The recipe of one run; the recipe's own split gives its share for validation."""
        own = self.recipe.split
        share = getattr(own, "validation", 0.0)
        split = Fold(
            folds=self.folds,
            fold=fold,
            by=self.by,
            validation=share if isinstance(share, float) and share > 0.0 else Fold.validation,
            by_time=getattr(own, "by_time", ()),
        )
        return dataclasses.replace(self.recipe, seed=self.recipe.seed + seed, split=split)


@dataclass(frozen=True, kw_only=True)
class FoldResult:
    """How one fold's model did on the groups it had never heard."""

    seed: int
    fold: int  # from 1
    run: str
    epochs: int
    best_epoch: int
    groups: tuple[str, ...]
    windows: Score
    recordings: Score


@dataclass(frozen=True, kw_only=True)
class Results:
    """All folds, and the figures over all their test decisions with intervals by group.

    ``calibration`` is of the scores of windows, or of ``whole`` recordings where these are decided.
    """

    recipe: str
    recipe_digest: str
    data_digest: str
    plan: dict[str, Any]
    stamp: str
    classes: tuple[str, ...]
    folds: tuple[FoldResult, ...]
    windows: Figures
    recordings: Figures
    calibration: Calibration
    whole: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values; what is not known is null."""
        plain = json.loads(json.dumps(vars(self), default=dataclasses.asdict))
        unit = {"level": LEVEL, "unit": "group", "method": "bootstrap of groups, by class"}
        return {"version": VERSION, **plain, "interval": unit}


@dataclass(frozen=True, kw_only=True)
class _Decided:
    """The test decisions of one run, by window and by recording, each with its group's name."""

    result: FoldResult
    answers: Answers
    labels: tuple[Numbers, Numbers]
    scores: tuple[Floats, Floats]
    groups: tuple[list[str], list[str]]


def cross_validate(
    folder: Path, plan: Plan, device: torch.device, watcher: Watcher, tell: Callable[[str], None]
) -> Results:
    """Train what is not trained yet, score all folds, and write results.json and logits.csv.

    Killed and called again it goes on after the last whole epoch. `CreateError` when ``folder``
    is of another recipe or plan; a plan that cannot be carried out leaves no folder.
    """
    _refuse_another(folder, plan)
    parts = _prepared(plan)
    claim(folder, plan)
    decided: list[_Decided] = []
    for (seed, fold), prepared in zip(_order(plan), parts, strict=True):
        recipe = plan.recipe_of(seed, fold)
        number = seed * plan.folds + fold + 1
        tell(f"fold {fold + 1} of {plan.folds}, seed {recipe.seed} ({number} of {_count(plan)})")
        name = f"seed-{recipe.seed}-fold-{fold + 1}"
        run = trained(folder / name, recipe, prepared, device, watcher)
        decided.append(_decide(run, fold))
        tell(_line(decided[-1].result, recipe))
    results = _pooled(plan, run, decided, pooled_stamp([one.audit.stamp for one in parts]))
    text = json.dumps(results.as_dict(), indent=1, ensure_ascii=False, allow_nan=False)
    write_answers(joined([one.answers for one in decided]), folder / LOGITS)
    atomic.write_text(folder / RESULTS, text + "\n")
    return results


def claim(folder: Path, plan: Plan) -> None:
    """Make the folder, or refuse one that holds another recipe or plan.

    plan.json alone claims it: what a process that was killed here has not written is written.
    """
    if not _refuse_another(folder, plan):
        atomic.write_text(folder / PLAN, json.dumps(_facts(plan), indent=1) + "\n")
    if not (folder / "recipe.toml").is_file():
        atomic.write_text(folder / "recipe.toml", to_toml(plan.recipe))


def pooled_stamp(stamps: Sequence[str]) -> str:
    """The words for the splits of all folds, each once."""
    return "; ".join(dict.fromkeys(words for stamp in stamps for words in stamp.split("; ")))


def _refuse_another(folder: Path, plan: Plan) -> bool:
    """Whether the folder is this plan's already; `CreateError` when it is something else's."""
    path, facts = folder / PLAN, _facts(plan)
    if not path.is_file():
        if folder.exists() and any(not inside.name.startswith(".") for inside in folder.iterdir()):
            raise CreateError(
                f"{folder}: is there and holds no cross-validation; give another --name"
            )
        return False
    try:
        kept = dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{path}: is broken, {error}; move {folder} away and start anew, or give another --name"
        ) from None
    differing = [key for key in facts if kept.get(key) != facts[key]]
    if differing:
        raise CreateError(
            f"{folder}: was started with another {' and another '.join(differing)}; "
            "give another --name, or the same settings to go on with it"
        )
    return True


def _prepared(plan: Plan) -> list[Prepared]:
    """All folds' splits of recordings that are read once; raises what any of them would."""
    found: list[Prepared] = []
    for seed, fold in _order(plan):
        recipe = plan.recipe_of(seed, fold)
        found.append(
            divide(found[0].recordings, found[0].digest, recipe) if found else prepare(recipe)
        )
        check_trainable(recipe, found[-1])
    return found


def _facts(plan: Plan) -> dict[str, Any]:
    return {"recipe": digest(plan.recipe), **_settings(plan)}


def _settings(plan: Plan) -> dict[str, Any]:
    return {"folds": plan.folds, "seeds": plan.seeds, "by": plan.by}


def _count(plan: Plan) -> int:
    return plan.folds * plan.seeds


def _order(plan: Plan) -> Iterator[tuple[int, int]]:
    return ((seed, fold) for seed in range(plan.seeds) for fold in range(plan.folds))


def _decide(run: Run, fold: int) -> _Decided:
    """Score the test part of a fold's run."""
    segments = run.segments("test")
    answers = answers_on(run, segments, fold + 1)
    scores = tempered(answers.logits, 1.0)
    first, means = by_recording(segments, scores)
    labels = (segments.labels, segments.labels[first])
    groups = list(answers.groups)
    windows, of_recordings = (
        score(given.argmax(1), truth, run.classes, run.recipe.scored)
        for given, truth in zip((scores, means), labels, strict=True)
    )
    return _Decided(
        result=FoldResult(
            seed=run.recipe.seed,
            fold=fold + 1,
            run=run.path.name,
            epochs=run.facts.epochs,
            best_epoch=run.facts.best_epoch,
            groups=tuple(sorted(set(groups))),
            windows=windows,
            recordings=of_recordings,
        ),
        answers=answers,
        labels=labels,
        scores=(scores, means),
        groups=(groups, [groups[int(place)] for place in first]),
    )


def _pooled(plan: Plan, run: Run, decided: Sequence[_Decided], stamp: str) -> Results:
    """Figures over the decisions of all folds, drawn by group."""
    windows, recordings = (_judged(run, decided, unit) for unit in (0, 1))
    of_windows, of_recordings = (
        draw_groups(one.group_of, one.labels, np.random.default_rng(plan.recipe.seed))
        for one in (windows, recordings)
    )
    return Results(
        recipe=plan.recipe.name,
        recipe_digest=digest(plan.recipe),
        data_digest=run.facts.data,
        plan=_settings(plan),
        stamp=stamp,
        classes=run.classes,
        folds=tuple(one.result for one in decided),
        windows=figures_of(windows, of_windows),
        recordings=figures_of(recordings, of_recordings),
        calibration=calibration(windows.labels, windows.scores, windows.group_of, of_windows),
        whole=run.recipe.signal.lengths is not None,
    )


def _judged(run: Run, decided: Sequence[_Decided], unit: int) -> Judged:
    names = np.array([name for one in decided for name in one.groups[unit]])
    return Judged(
        labels=np.concatenate([one.labels[unit] for one in decided]),
        scores=np.concatenate([one.scores[unit] for one in decided]),
        group_of=np.asarray(np.unique(names, return_inverse=True)[1], np.int64),
        classes=run.classes,
        scored=run.recipe.scored,
    )


def _line(result: FoldResult, recipe: Recipe) -> str:
    """What one fold gave, for whoever waits; of whole recordings, windows are not told apart."""
    units = [("windows", result.windows), ("recordings", result.recordings)]
    told = ", ".join(
        f"{100 * score.accuracy:.1f} % of {score.count} {unit}"
        for unit, score in units[1 if recipe.signal.lengths is not None else 0 :]
    )
    kept = kept_in_words(recipe.training, result.best_epoch, result.epochs)
    return f"fold {result.fold}: {told} of {len(result.groups)} groups; {kept}"
