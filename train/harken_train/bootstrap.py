"""Intervals whose unit is the group: windows of one machine are not independent, machines are.

Groups are drawn with replacement within each class (a group belongs to the class that most of its
windows have), one fewer than there are and scaled up: with all of them the spread would come out
too small by (n - 1) / n (the rescaling bootstrap of Rao & Wu, J. Am. Stat. Assoc. 83 (1988)
231-241). The interval is between percentiles. With few groups it is still somewhat too narrow:
5 groups behave as a normal distribution where Student's is due.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harken_train.metrics import Floats, Numbers

LEVEL = 0.95
DRAWS = 1_000
FEWEST = 5  # groups; with fewer there is no interval worth its name


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A figure and its 95 % interval; no interval: both ends are ``None``. NaN is ``None`` too."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Draws:
    """``weights`` is (draws, groups); ``reason`` says why there are none."""

    weights: Floats
    reason: str = ""


def draw_groups(
    group_of: Numbers, labels: Numbers, rng: np.random.Generator, draws: int = DRAWS
) -> Draws:
    """Draw groups for items whose group (0, 1, ...) and class are given."""
    groups = int(group_of.max()) + 1 if len(group_of) else 0
    counts = np.zeros((groups, int(labels.max()) + 1 if len(labels) else 1))
    np.add.at(counts, (group_of, labels), 1.0)
    stratum = counts.argmax(axis=1)
    lonely = [int(s) for s in np.unique(stratum) if (stratum == s).sum() < 2]
    if groups < FEWEST:
        count = f"{groups} group{'' if groups == 1 else 's'}"
        return no_draws(groups, f"only {count} here, and an interval needs at least {FEWEST}")
    if lonely:
        reason = "a class has one group only, so nothing is known of how groups of it differ"
        return no_draws(groups, reason)
    weights = np.zeros((draws, groups))
    for s in np.unique(stratum):
        members = np.flatnonzero(stratum == s)
        n = len(members)
        drawn = rng.multinomial(n - 1, np.full(n, 1.0 / n), size=draws)
        weights[:, members] = drawn * (n / (n - 1.0))
    return Draws(weights=weights)


def no_draws(groups: int, reason: str) -> Draws:
    """No intervals, and why."""
    return Draws(weights=np.empty((0, groups)), reason=reason)


def measured(value: npt.ArrayLike, drawn: Floats) -> Measured:
    """Give a figure with the interval that its values over the draws make."""
    figure = float(np.asarray(value))
    finite = drawn[np.isfinite(drawn)]
    if not np.isfinite(figure):
        return Measured(value=None)
    if not len(finite):
        return Measured(value=figure)
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(finite, [tail, 1.0 - tail])
    return Measured(value=figure, low=min(float(low), figure), high=max(float(high), figure))
