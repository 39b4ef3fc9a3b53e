from __future__ import annotations

import numpy as np
import pytest
import scipy.special

from harken.errors import DataError
from harken_train.metrics import Floats, Numbers
from harken_train.temperature import best_temperature, cross_fitted, each_part, loss_at, tempered

# Labels are drawn from the scores at the true temperature. Of 20,000 of them the best temperature
# strays by a per cent or so (one standard deviation, over 20 seeds: 1.1 %).
STRAYS = 0.04
COUNT = 20_000


def drawn(temperature: float, seed: int = 0, classes: int = 4) -> tuple[Floats, Numbers]:
    """Logits that are ``temperature`` times too sure, and labels."""
    rng = np.random.default_rng(seed)
    honest = 1.5 * rng.standard_normal((COUNT, classes))
    chances = scipy.special.softmax(honest, axis=1).cumsum(axis=1)
    labels = (rng.random((COUNT, 1)) > chances).sum(axis=1).clip(0, classes - 1)
    return temperature * honest, labels.astype(np.int64)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5, 7.0])
@pytest.mark.parametrize("classes", [2, 4])
def test_a_known_temperature_is_found(temperature: float, classes: int) -> None:
    logits, labels = drawn(temperature, classes=classes)
    assert best_temperature(logits, labels) == pytest.approx(temperature, rel=STRAYS)


def test_no_other_temperature_has_a_smaller_loss() -> None:
    logits, labels = drawn(1.7)
    found = best_temperature(logits, labels)
    least = loss_at(logits, labels, found)
    others = found * np.array([0.5, 0.9, 0.999, 1.001, 1.1, 2.0])
    assert all(loss_at(logits, labels, float(other)) > least for other in others)


def test_the_loss_is_the_mean_of_minus_the_logarithm_of_the_true_score() -> None:
    logits, labels = drawn(1.0)
    scores = tempered(logits, 3.0)
    assert scores.sum(axis=1) == pytest.approx(1.0)
    expected = -np.log(scores[np.arange(COUNT), labels]).mean()
    assert loss_at(logits, labels, 3.0) == pytest.approx(expected)


def test_decisions_stay_what_they_are() -> None:
    logits, _ = drawn(1.0)
    for temperature in (0.1, 1.0, 9.0):
        assert (tempered(logits, temperature).argmax(axis=1) == logits.argmax(axis=1)).all()


def test_answers_that_are_all_right_tell_no_temperature() -> None:
    logits, _ = drawn(1.0)
    with pytest.raises(DataError, match=r"^0 of 20000 held-out answers are wrong, so nothing"):
        best_temperature(logits, logits.argmax(axis=1))


def test_a_mistake_that_is_as_good_as_a_tie_tells_no_temperature() -> None:
    logits, _ = drawn(1.0)
    labels = logits.argmax(axis=1)
    logits[0], labels[0] = [0.0, 1e-6, -1.0, -1.0], 0
    with pytest.raises(DataError, match=r"^1 of 20000 held-out answers are wrong, .* clearly, so"):
        best_temperature(logits, labels)


def test_answers_that_are_surer_where_they_are_wrong_have_no_temperature() -> None:
    logits, _ = drawn(1.0)
    with pytest.raises(DataError, match=r"^0 of 20000 held-out answers are right, and how sure"):
        best_temperature(logits, logits.argmin(axis=1))


def test_each_part_has_the_temperature_of_the_others() -> None:
    halves = [drawn(1.0, seed=1), drawn(3.0, seed=2)]
    logits, labels = (np.concatenate(both) for both in zip(*halves, strict=True))
    part_of = np.repeat([0, 1], COUNT)
    found = cross_fitted(logits, labels, np.arange(2 * COUNT), part_of)
    assert found[:COUNT] == pytest.approx(3.0, rel=STRAYS)
    assert found[COUNT:] == pytest.approx(1.0, rel=STRAYS)


def test_no_group_has_a_say_in_its_own_temperature() -> None:
    # Two models, each answered on half of the groups, and both on group 0.
    group_of, part_of = np.array([0, 1, 2, 0, 3, 4]), np.array([0, 0, 0, 1, 1, 1])
    (own, others), (last_own, last_others) = each_part(group_of, part_of)
    assert (own == (part_of == 0)).all()
    assert np.flatnonzero(others).tolist() == [4, 5]
    assert (last_own == (part_of == 1)).all()
    assert np.flatnonzero(last_others).tolist() == [1, 2]
    # Where both answered on all there is, the other's answers have to do.
    ((_, whole), _) = each_part(np.array([0, 0]), np.array([0, 1]))
    assert np.flatnonzero(whole).tolist() == [1]
