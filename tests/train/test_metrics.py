from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from harken_train import metrics
from harken_train.bootstrap import no_draws
from harken_train.calibration import calibration

ROUNDING = 1e-12  # the same sums in another order, in float64


def made(
    seed: int, classes: int = 4, count: int = 200, present: int = 4
) -> tuple[metrics.Numbers, metrics.Floats]:
    """Labels and scores with many ties (scores are rounded to tenths)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, present, count)
    raw = rng.random((count, classes)) + 0.6 * (np.arange(classes) == labels[:, None])
    scores = np.round(raw / raw.sum(axis=1, keepdims=True), 1)
    return labels.astype(np.int64), scores


@pytest.mark.parametrize("present", [2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_figures_equal_scikit_learns(seed: int, present: int) -> None:
    labels, scores = made(seed, present=present)
    decided = scores.argmax(axis=1)
    counts = metrics.confusion(labels, decided, 4)
    every = {"labels": range(4), "average": None, "zero_division": 0}
    np.testing.assert_array_equal(
        counts, sklearn_metrics.confusion_matrix(labels, decided, labels=range(4))
    )
    for ours, theirs in (
        (metrics.precision, sklearn_metrics.precision_score),
        (metrics.recall, sklearn_metrics.recall_score),
        (metrics.f1, sklearn_metrics.f1_score),
    ):
        np.testing.assert_allclose(ours(counts), theirs(labels, decided, **every), atol=ROUNDING)
    assert metrics.accuracy(counts) == pytest.approx(
        sklearn_metrics.accuracy_score(labels, decided), abs=ROUNDING
    )
    assert metrics.macro_f1(counts) == pytest.approx(
        sklearn_metrics.f1_score(labels, decided, average="macro", zero_division=0), abs=ROUNDING
    )
    recalls = sklearn_metrics.recall_score(
        labels, decided, labels=range(present), average="macro", zero_division=0
    )
    assert metrics.balanced_accuracy(counts) == pytest.approx(recalls, abs=ROUNDING)


@pytest.mark.parametrize("seed", range(3))
def test_the_area_under_the_curve_equals_scikit_learns_with_ties_and_weights(seed: int) -> None:
    labels, scores = made(seed)
    weights = np.random.default_rng(seed + 100).integers(0, 4, (5, len(labels))).astype(np.float64)
    ours = metrics.class_aurocs(labels, scores, weights)
    for row, weight in zip(ours, weights, strict=True):
        for c in range(4):
            theirs = sklearn_metrics.roc_auc_score(labels == c, scores[:, c], sample_weight=weight)
            assert row[c] == pytest.approx(theirs, abs=ROUNDING)
    plain = metrics.macro_auroc(metrics.class_aurocs(labels, scores, np.ones(len(labels))))
    raw = scores + 0.0
    theirs = np.mean([sklearn_metrics.roc_auc_score(labels == c, raw[:, c]) for c in range(4)])
    assert plain == pytest.approx(theirs, abs=ROUNDING)


def test_the_area_of_a_class_that_is_not_there_is_not_a_number_and_left_out_of_the_mean() -> None:
    labels, scores = made(0, present=3)
    areas = metrics.class_aurocs(labels, scores, np.ones(len(labels)))
    assert np.isnan(areas[3])
    assert metrics.macro_auroc(areas) == pytest.approx(float(areas[:3].mean()))


def test_figures_of_many_matrices_are_those_of_each() -> None:
    stack = np.random.default_rng(0).integers(0, 9, (6, 3, 3)).astype(np.float64)
    stack[2, 1] = 0.0
    for formula in (metrics.accuracy, metrics.macro_f1, metrics.balanced_accuracy, metrics.f1):
        np.testing.assert_array_equal(formula(stack), [formula(one) for one in stack])


def test_scores_that_mean_what_they_say_are_calibrated_and_inflated_ones_are_not() -> None:
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1.0, 20_000)
    labels = (rng.random(20_000) > sure).astype(np.int64)
    groups = np.zeros(20_000, np.int64)
    honest = calibration(labels, np.stack([sure, 1.0 - sure], axis=1), groups, no_draws(1, "one"))
    assert honest.error.value is not None
    assert honest.error.value < 0.02
    louder = np.clip(sure + 0.2, 0.0, 1.0)
    boast = calibration(labels, np.stack([louder, 1.0 - louder], axis=1), groups, no_draws(1, ""))
    assert boast.error.value == pytest.approx(0.17, abs=0.03)
    assert boast.over.value == pytest.approx(boast.error.value, abs=1e-9)
    assert sum(one.count for one in boast.bins) == 20_000
    assert boast.bins[0].right is None
