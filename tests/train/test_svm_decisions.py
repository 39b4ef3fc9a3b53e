"""The head ``svm`` is scikit-learn's, to the decision, at any level and of many classes."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from tests.reference.svm_head import reference

from harken.errors import SettingsError
from harken.settings import load
from harken_train.classifier import decided, scores_of
from harken_train.heads.svm import Svm

VALUES = 12
# The arithmetic is float64 on both sides; ours ends in float32, whose step at 4 votes is 5e-7,
# and keeps the winner 1e-6 ahead.
FLOAT32_STEP = 5e-7
LEAD = 1e-6


def clouds(classes: int, middle: float, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training values, their classes, and as many new values that lie wider."""
    rng = np.random.default_rng(classes)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, 240) ** 2 // classes])
    centres = rng.normal(size=(classes, VALUES)) * 2
    train = centres[labels] + rng.normal(size=(len(labels), VALUES)) * 2
    new = rng.normal(size=(1500, VALUES)) * 4
    return (
        ((train + middle) * level).astype(np.float32),
        labels,
        ((new + middle) * level).astype(np.float32),
    )


def told_apart(values: np.ndarray) -> np.ndarray:
    """Decision values as the logits have them: of several classes, how far behind the winner's."""
    if values.ndim == 1:
        return values[:, None]
    behind = values - values.max(axis=1, keepdims=True)
    return np.where(behind < 0.0, np.minimum(behind, -LEAD), 0.0)


SETTINGS = [
    replace(machine, standardise=standardise, pca=pca)
    for machine, standardise, pca in itertools.product(
        (Svm(), Svm(kernel="linear")), (True, False), (None, 5, VALUES)
    )
] + [Svm(c=30.0, gamma=0.2), Svm(c=0.05, class_weights="none")]


@pytest.mark.parametrize("classes", [2, 3, 4, 9])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_decisions_are_scikit_learns_and_logits_its_decision_values(
    settings: Svm, classes: int
) -> None:
    train, labels, new = clouds(classes, middle=0.0, level=1.0)
    head = settings.fit(torch.from_numpy(train), torch.from_numpy(labels), classes)
    assert head is not None
    sklearn = reference(settings).fit(train.astype(np.float64), labels)
    logits = head(torch.from_numpy(new))
    expected = told_apart(sklearn.decision_function(new.astype(np.float64)))
    assert (decided(logits).numpy() == sklearn.predict(new.astype(np.float64))).all()
    limit = FLOAT32_STEP * np.maximum(1.0, np.abs(expected))
    assert (np.abs(logits.numpy() - expected) <= limit).all()


@pytest.mark.parametrize(("middle", "level"), [(1e4, 1.0), (0.0, 1e-7), (0.0, 1e6), (30.0, 1e6)])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_values_of_any_level_are_decided_as_scikit_learn_does(
    kernel: Any, middle: float, level: float
) -> None:
    train, labels, new = clouds(4, middle, level)
    settings = Svm(kernel=kernel)
    head = settings.fit(torch.from_numpy(train), torch.from_numpy(labels), 4)
    assert head is not None
    sklearn = reference(settings).fit(train.astype(np.float64), labels)
    decisions = decided(head(torch.from_numpy(new))).numpy()
    assert (decisions == sklearn.predict(new.astype(np.float64))).all()


@pytest.mark.parametrize("level", [1.0, 100.0])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_many_classes_are_decided_as_scikit_learn_does_near_and_far(
    kernel: Any, level: float
) -> None:
    """With 49 votes and a far input, the sums that break ties are alike in float32."""
    classes = 50
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(classes), 6)
    middles = rng.normal(size=(classes, 24)) * 0.1
    train = (middles[labels] + 0.3 * rng.normal(size=(len(labels), 24))).astype(np.float32)
    near = middles[rng.integers(0, classes, 3000)] + 0.3 * rng.normal(size=(3000, 24))
    new = (near * level).astype(np.float32)
    head = Svm(kernel=kernel).fit(torch.from_numpy(train), torch.from_numpy(labels), classes)
    assert head is not None
    sklearn = reference(Svm(kernel=kernel)).fit(train.astype(np.float64), labels)
    expected = sklearn.predict(new.astype(np.float64))
    values = sklearn.decision_function(new.astype(np.float64))
    logits = head(torch.from_numpy(new))
    assert (decided(logits).numpy() == expected).all()
    assert (scores_of(logits).argmax(-1).numpy() == expected).all()
    limit = FLOAT32_STEP * np.maximum(1.0, np.abs(told_apart(values)))
    assert (np.abs(logits.numpy() - told_apart(values)) <= limit).all()
    if kernel == "linear" and level > 1.0:  # else the test would not see what it is for
        assert (values.astype(np.float32).argmax(axis=1) != expected).any()


def test_a_value_that_only_rounds_differently_does_not_decide() -> None:
    train, labels, new = clouds(3, 0.0, 1.0)
    rng = np.random.default_rng(0)
    constant = np.float32(1.0) + np.float32(1.2e-7) * rng.integers(0, 2, len(train))
    with_one = np.column_stack([train, constant]).astype(np.float32)
    head = Svm().fit(torch.from_numpy(with_one), torch.from_numpy(labels), 3)
    assert head is not None
    two = [np.column_stack([new, np.full(len(new), x)]) for x in (1.0, 1.0000004)]
    one, other = (head(torch.from_numpy(x.astype(np.float32))) for x in two)
    assert torch.allclose(one, other, atol=1e-5)


def test_all_support_vectors_of_a_linear_kernel_are_one_row_of_weights_a_pair() -> None:
    train, labels, _ = clouds(4, 0.0, 1.0)
    arguments = torch.from_numpy(train), torch.from_numpy(labels), 4
    rbf, linear = Svm().fit(*arguments), Svm(kernel="linear").fit(*arguments)
    assert rbf is not None
    assert linear is not None
    vectors = rbf.facts()["support_vectors"]
    assert rbf.state_dict()["support_vectors"].shape == (VALUES, vectors)
    assert linear.facts()["support_vectors"] > 6
    assert linear.state_dict()["weights"].shape == (VALUES, 6)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"c": 0.0}, "c: need more than 0, got 0.0"),
        ({"gamma": -1.0}, 'gamma: need "scale" or more than 0, got -1.0'),
        ({"gamma": float("nan")}, 'gamma: need "scale" or more than 0, got nan'),
        ({"pca": 0}, "pca: need at least 1, or leave it out, got 0"),
        ({"kernel": "poly"}, "kernel: need one of 'rbf', 'linear', got 'poly'"),
    ],
)
def test_a_setting_out_of_its_limits_is_refused(table: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        load(Svm, table)
