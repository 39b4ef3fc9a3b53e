"""How well one number of a recording, heard by nobody, tells its class.

The number alone classifies by the nearest class mean, each group left out in turn (so a class of
one group can never be got right), and as a rank: the AUC of a class against the rest.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Values = npt.NDArray[np.float64]

CLEARLY = 0.5  # of the way from the most frequent class to always right
RANKED = 0.95  # AUC from which a class stands apart
CHANCE = 0.1  # at most, of a class standing apart wholly although the number means nothing


@dataclass(frozen=True, kw_only=True)
class Giveaway:
    """``accuracy`` is that of the nearest mean, a group left out; ``majority`` what it must beat.

    ``label`` is the class that stands apart best, from its ``auc`` (0.5 to 1). ``tells`` says
    whether the number alone gives a class away.
    """

    accuracy: float
    majority: float
    label: str
    auc: float
    tells: bool


def giveaway(
    values: Values, labels: Sequence[str], groups: Sequence[str], *, by_design: bool = False
) -> Giveaway:
    """Judge one number a recording. ``by_design``: chance does not make it (a rate)."""
    values = values - values[0]  # what is equal is exactly 0, and no mean of it is off by rounding
    counts = Counter(labels)
    majority = max(counts.values()) / len(labels)
    accuracy = _left_out_accuracy(values, labels, groups)
    aucs = {label: _auc(values, [one == label for one in labels]) for label in sorted(counts)}
    label = max(aucs, key=lambda one: aucs[one])
    by_chance = 2 / math.comb(len(labels), counts[label])
    apart = aucs[label] >= RANKED and (by_design or by_chance < CHANCE)
    return Giveaway(
        accuracy=accuracy,
        majority=majority,
        label=label,
        auc=aucs[label],
        tells=apart or accuracy >= majority + CLEARLY * (1.0 - majority),
    )


def _left_out_accuracy(values: Values, labels: Sequence[str], groups: Sequence[str]) -> float:
    """Share of recordings that the nearest mean of the other groups' recordings gets right."""
    known = np.array(labels)
    of_group = np.array(groups)
    right = 0
    for group in sorted(set(groups)):
        held = of_group == group
        others = Counter(known[~held].tolist())
        if not others:
            continue
        # The most frequent class first: it is chosen where several means are equally near.
        order = sorted(others, key=lambda label: (-others[label], label))
        means = np.array([values[~held & (known == label)].mean() for label in order])
        nearest = np.abs(values[held][:, None] - means).argmin(axis=1)
        right += int(np.count_nonzero(np.array(order)[nearest] == known[held]))
    return right / len(labels)


def _auc(values: Values, inside: Sequence[bool]) -> float:
    """Area under the ROC curve of a class against the rest, whichever way round is larger."""
    member = np.array(inside)
    ours, others = int(member.sum()), int((~member).sum())
    if not ours or not others:
        return 0.5
    above = float(rankdata(values)[member].sum()) - ours * (ours + 1) / 2
    area = above / (ours * others)
    return max(area, 1.0 - area)
