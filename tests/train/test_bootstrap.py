from __future__ import annotations

import numpy as np

from harken_train.bootstrap import Draws, draw_groups, measured
from harken_train.figures import Judged, figures
from harken_train.metrics import Floats, Numbers

GROUPS, WINDOWS, TRIALS, TRUE = 16, 25, 120, 0.7
# 120 trials of a 95 % interval hold the truth 108 to 118 times in 99 of 100 such tests; percentiles
# of 16 groups are a little too narrow, which takes some four of them.
FEWEST_HELD = 0.85


def answers(rng: np.random.Generator) -> tuple[Numbers, Floats]:
    """Groups that differ: each its own share of right windows, 0.7 on average."""
    share = rng.beta(3.5, 1.5, GROUPS)
    group_of = np.repeat(np.arange(GROUPS), WINDOWS)
    return group_of, (rng.random(GROUPS * WINDOWS) < share[group_of]).astype(np.float64)


def held(by_group: bool) -> float:
    """In how many trials the interval holds the true share."""
    rng = np.random.default_rng(8)
    hits = 0
    for _ in range(TRIALS):
        group_of, right = answers(rng)
        unit = group_of if by_group else np.arange(len(right))
        draws = draw_groups(unit, np.zeros(len(unit), np.int64), rng, draws=300)
        sums = np.bincount(unit, right)
        sizes = np.bincount(unit)
        drawn = (draws.weights @ sums) / (draws.weights @ sizes)
        figure = measured(right.mean(), drawn)
        assert figure.low is not None
        assert figure.high is not None
        hits += figure.low <= TRUE <= figure.high
    return hits / TRIALS


def test_intervals_by_group_hold_the_truth_and_intervals_by_window_do_not() -> None:
    assert held(by_group=True) >= FEWEST_HELD
    assert held(by_group=False) < 0.7


def test_draws_have_the_spread_of_the_mean_of_groups() -> None:
    values = np.random.default_rng(0).normal(size=6)
    draws = draw_groups(np.arange(6), np.zeros(6, np.int64), np.random.default_rng(1), draws=20_000)
    means = draws.weights @ values / draws.weights.sum(axis=1)
    assert np.isclose(means.std(), values.std(ddof=1) / np.sqrt(6), rtol=0.03)


def test_every_class_is_in_every_draw() -> None:
    group_of, labels = np.repeat(np.arange(10), 3), np.repeat([0, 1], 15)
    draws = draw_groups(group_of, labels, np.random.default_rng(0))
    assert (draws.weights[:, :5].sum(axis=1) > 0).all()
    assert (draws.weights[:, 5:].sum(axis=1) > 0).all()


def reason(group_of: list[int], labels: list[int]) -> str:
    found: Draws = draw_groups(np.array(group_of), np.array(labels), np.random.default_rng(0))
    assert len(found.weights) == 0
    return found.reason


def test_too_few_groups_give_no_interval_and_the_reason() -> None:
    assert reason([0, 1, 2, 3], [0, 0, 1, 1]) == (
        "only 4 groups here, and an interval needs at least 5"
    )
    assert reason([0, 0], [0, 1]) == "only 1 group here, and an interval needs at least 5"
    assert "a class has one group only" in reason([0, 1, 2, 3, 4, 5], [0, 0, 0, 0, 0, 1])


def test_a_class_of_few_groups_has_no_interval_though_the_whole_has() -> None:
    labels = np.array([0] * 8 + [1] * 3)
    scores = np.random.default_rng(0).dirichlet([1.0, 1.0], 11)
    judged = Judged(labels=labels, scores=scores, group_of=np.arange(11), classes=("a", "b"))
    found = figures(judged, np.random.default_rng(0))
    assert found.accuracy.low is not None
    many, few = found.classes
    assert many.recall.low is not None
    assert (few.groups, few.recall.low, few.f1.low, few.auroc.low) == (3, None, None, None)
    assert found == figures(judged, np.random.default_rng(0))
