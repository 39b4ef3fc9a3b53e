"""One trial: its recipe trained, and judged on recordings that are not for test."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from harken_train.build import build_classifier
from harken_train.checkpoint import Row
from harken_train.data import Prepared, divide, prepare
from harken_train.fit import Watcher
from harken_train.part_scores import score_part
from harken_train.recipe import Recipe
from harken_train.recipe_file import digest
from harken_train.run import Run
from harken_train.splits.fold import Fold
from harken_train.sweep.settings import MEASURED, Search
from harken_train.sweep.untouched import refuse_another_test_part
from harken_train.trained import trained

TRIALS = "trials"
Report = Callable[[int, float], None]  # the step and its validation loss; may raise to end a trial
Measure = Callable[[Path], Mapping[str, float]]  # the run's folder -> latency (ms), size (bytes)


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What a trial came to. ``figures`` has every objective that is known, ``run`` its folder."""

    figures: dict[str, float]
    run: str
    epochs: int
    seconds: float

    def values(self, search: Search) -> list[float]:
        """The objectives in order."""
        return [self.figures[objective] for objective in search.objectives]


class Trainer:
    """Trains recipes into ``folder``/trials; a recipe that is there already is not trained again.

    Recordings are read once for as long as the recipes want the same ones. A recipe that would have
    another test part than ``base`` is refused.
    """

    def __init__(
        self,
        folder: Path,
        base: Recipe,
        search: Search,
        device: torch.device,
        watcher: Watcher,
        measure: Measure,
    ) -> None:
        self._folder, self._base, self._search, self._device = folder, base, search, device
        self._watcher, self._measure = watcher, measure
        self._held: tuple[object, Prepared] | None = None

    def train(self, recipe: Recipe, report: Report) -> Reached:
        """Train and judge one recipe, over the folds if there are any."""
        folds = range(self._search.folds) if self._search.folds else (None,)
        runs, figures = [], []
        for fold in folds:
            run = self._run(recipe, fold, report)
            part = run.segments("validation" if fold is None else "test")
            scored = score_part(run.classifier(), part, "validation", recipe.scored).windows
            figures.append(
                {
                    "macro_f1": scored.macro_f1,
                    "accuracy": scored.accuracy,
                    "loss": run.facts.best_loss or 0.0,
                }
                | ({} if scored.scored_f1 is None else {"scored_f1": scored.scored_f1})
            )
            runs.append(run)
        found = {name: float(np.mean([one[name] for one in figures])) for name in figures[0]}
        if set(MEASURED) & set(self._search.objectives):
            found.update(self._measure(runs[0].path))
        return Reached(
            figures=found,
            run=runs[0].path.relative_to(self._folder).as_posix(),
            epochs=sum(run.facts.epochs for run in runs),
            seconds=sum(run.facts.seconds for run in runs),
        )

    def _run(self, recipe: Recipe, fold: int | None, report: Report) -> Run:
        chosen = recipe if fold is None else inner(recipe, fold, self._search.folds)
        prepared = self._prepared(chosen)
        refuse_another_test_part(self._base, recipe, prepared.recordings)
        build_classifier(chosen, len(prepared.classes))  # what cannot be built leaves no folder
        name = digest(recipe)[:12] + ("" if fold is None else f"-fold-{fold + 1}")
        watcher = _Reporting(self._watcher, report, (fold or 0) * recipe.training.epochs)
        return trained(self._folder / TRIALS / name, chosen, prepared, self._device, watcher)

    def _prepared(self, recipe: Recipe) -> Prepared:
        """Recordings, read again only when others, or at another rate, are wanted."""
        key = (recipe.data, recipe.signal, recipe.named_classes, recipe.made_by)
        if self._held is not None and self._held[0] == key:
            held = self._held[1]
            return divide(held.recordings, held.digest, recipe)
        self._held = (key, prepare(recipe))
        return self._held[1]


def inner(recipe: Recipe, fold: int, folds: int) -> Recipe:
    """The recipe with its training and validation parts cut into folds; its test part is left out.

    What the fold has for test is then still none of the recipe's own.
    """
    share = getattr(recipe.split, "validation", 0.0)
    split = Fold(
        folds=folds,
        fold=fold,
        validation=share if isinstance(share, float) and share > 0.0 else Fold.validation,
        by_time=getattr(recipe.split, "by_time", ()),
        within=recipe.split,
    )
    return dataclasses.replace(recipe, split=split)


class _Reporting:
    """A watcher that passes everything on, and each epoch's validation loss to ``report``."""

    def __init__(self, watcher: Watcher, report: Report, first: int) -> None:
        self._watcher, self._report, self._first = watcher, report, first

    def say(self, text: str) -> None:
        self._watcher.say(text)

    def step(self, epoch: int, done: int, steps: int, loss: float) -> None:
        self._watcher.step(epoch, done, steps, loss)

    def epoch(self, row: Row, *, kept: bool) -> None:
        self._watcher.epoch(row, kept=kept)
        self._report(self._first + int(row["epoch"]), row["validation_loss"])
