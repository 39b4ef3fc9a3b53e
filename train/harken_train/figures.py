"""How right decisions are: overall and class by class, with intervals by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harken_train import metrics
from harken_train.bootstrap import FEWEST, Draws, Measured, draw_groups, measured
from harken_train.metrics import Floats, Numbers

_ITEMS_AT_ONCE = 100_000  # weights held in memory while intervals are drawn


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Scores (n, classes) held against labels; ``group_of`` numbers the groups from 0.

    ``scored`` are the classes whose mean F1 is the recipe's score, if it names any.
    """

    labels: Numbers
    scores: Floats
    group_of: Numbers
    classes: tuple[str, ...]
    scored: tuple[str, ...] = ()

    @property
    def decided(self) -> Numbers:
        """The class of the highest score of each."""
        return np.asarray(self.scores.argmax(axis=1), np.int64)


@dataclass(frozen=True, kw_only=True)
class ClassFigures:
    """One class: how many windows or recordings it has, of how many groups, and how it fared."""

    label: str
    count: int
    groups: int
    precision: Measured
    recall: Measured
    f1: Measured
    auroc: Measured


NOT_KNOWN = Measured(value=None)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All figures of one unit (windows or recordings); ``confusion[true][decided]`` counts.

    ``scored_f1`` is the mean F1 of the classes in ``scored``, if there are any. ``no_interval``
    says why there are no intervals; it is empty when there are.
    """

    count: int
    groups: int
    accuracy: Measured
    macro_f1: Measured
    auroc: Measured
    confusion: tuple[tuple[int, ...], ...]
    classes: tuple[ClassFigures, ...]
    no_interval: str
    scored: tuple[str, ...] = ()
    scored_f1: Measured = NOT_KNOWN

    @property
    def scored_words(self) -> str:
        """What ``scored_f1`` is called."""
        return scored_words(self.scored)


def figures(judged: Judged, rng: np.random.Generator) -> Figures:
    """Measure everything; the same generator state gives the same intervals."""
    return figures_of(judged, draw_groups(judged.group_of, judged.labels, rng))


def figures_of(judged: Judged, draws: Draws) -> Figures:
    """Measure everything with groups drawn before."""
    count = len(judged.classes)
    by_group = confusion_by_group(judged.labels, judged.decided, judged.group_of, count)
    total = by_group.sum(axis=0)
    drawn = np.einsum("dg,gij->dij", draws.weights, by_group)
    aurocs = metrics.class_aurocs(judged.labels, judged.scores, np.ones(len(judged.labels)))
    drawn_aurocs = _drawn_aurocs(judged, draws)
    scored = [judged.classes.index(label) for label in judged.scored]
    return Figures(
        count=len(judged.labels),
        groups=len(by_group),
        accuracy=measured(metrics.accuracy(total), metrics.accuracy(drawn)),
        macro_f1=measured(metrics.macro_f1(total), metrics.macro_f1(drawn)),
        auroc=measured(metrics.macro_auroc(aurocs), metrics.macro_auroc(drawn_aurocs)),
        confusion=tuple(tuple(int(n) for n in row) for row in total),
        classes=_class_figures(judged, by_group, drawn, aurocs, drawn_aurocs),
        no_interval=draws.reason,
        scored=judged.scored,
        scored_f1=measured(metrics.macro_f1(total, scored), metrics.macro_f1(drawn, scored))
        if scored
        else NOT_KNOWN,
    )


def scored_words(scored: Sequence[str]) -> str:
    """The mean F1 of some classes as people call it; empty for none."""
    return f"F1 of {', '.join(scored)}" if scored else ""


def _drawn_aurocs(judged: Judged, draws: Draws) -> Floats:
    """(draws, classes), a few draws at a time: each weighs every item."""
    step = max(1, _ITEMS_AT_ONCE // max(1, len(judged.labels)))
    pieces = [
        metrics.class_aurocs(
            judged.labels, judged.scores, draws.weights[first : first + step, judged.group_of]
        )
        for first in range(0, len(draws.weights), step)
    ]
    return np.concatenate(pieces) if pieces else np.empty((0, len(judged.classes)))


def confusion_by_group(
    labels: Numbers, decided: Numbers, group_of: Numbers, count: int, groups: int | None = None
) -> Floats:
    """One confusion matrix a group: (groups, classes, classes); ``groups``: so many, if given."""
    if groups is None:
        groups = int(group_of.max()) + 1 if len(group_of) else 0
    by_group = np.zeros((groups, count, count))
    np.add.at(by_group, (group_of, labels, decided), 1.0)
    return by_group


def _class_figures(
    judged: Judged, by_group: Floats, drawn: Floats, aurocs: Floats, drawn_aurocs: Floats
) -> tuple[ClassFigures, ...]:
    """A class on fewer than `FEWEST` groups has no interval, whatever the others have."""
    total = by_group.sum(axis=0)
    groups = (by_group.sum(axis=2) > 0).sum(axis=0)
    rows = []
    for c, label in enumerate(judged.classes):
        enough = slice(None) if groups[c] >= FEWEST else slice(0)
        there = total[c].sum() > 0
        rows.append(
            ClassFigures(
                label=label,
                count=int(total[c].sum()),
                groups=int(groups[c]),
                precision=measured(
                    metrics.precision(total)[c], metrics.precision(drawn)[enough, c]
                ),
                recall=measured(metrics.recall(total)[c], metrics.recall(drawn)[enough, c])
                if there
                else NOT_KNOWN,
                f1=measured(metrics.f1(total)[c], metrics.f1(drawn)[enough, c]),
                auroc=measured(aurocs[c], drawn_aurocs[enough, c]),
            )
        )
    return tuple(rows)
