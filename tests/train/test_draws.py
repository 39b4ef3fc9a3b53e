from __future__ import annotations

import numpy as np
import pytest

from harken_train.draws import Draws

MANY = np.arange(40_000)
ERROR = 5.0 / np.sqrt(len(MANY))  # five standard errors of a mean of values of deviation 1


def test_a_segment_draws_the_same_in_any_company() -> None:
    together = Draws((7, 3), np.arange(10))
    alone = Draws((7, 3), np.array([6]))
    for _ in range(2):
        assert together.uniform(0.0, 1.0)[6] == alone.uniform(0.0, 1.0)[0]
        assert np.array_equal(together.normal(2, 5)[6], alone.normal(2, 5)[0])
        assert together.generators()[6].random() == alone.generators()[0].random()


def test_the_chosen_rows_go_on_as_if_all_had() -> None:
    draws = Draws((1,), np.arange(8))
    draws.uniform(0.0, 1.0)
    chosen = np.arange(8) % 3 == 0
    some = draws.of(chosen)
    assert np.array_equal(some.uniform(0.0, 1.0), draws.uniform(0.0, 1.0)[chosen])


@pytest.mark.parametrize("other", [(7, 4), (8, 3), (7, 3, 1)])
def test_another_key_draws_something_else(other: tuple[int, ...]) -> None:
    one, two = (Draws(key, MANY).uniform(0.0, 1.0) for key in ((7, 3), other))
    assert not (one == two).any()
    assert abs(np.corrcoef(one, two)[0, 1]) < ERROR


def test_uniform_numbers_fill_their_range_evenly() -> None:
    found = Draws((1,), MANY).uniform(-2.0, 4.0)
    assert -2.0 <= found.min() < -1.99
    assert 3.99 < found.max() < 4.0
    counts = np.histogram(found, 20, (-2.0, 4.0))[0]
    assert np.abs(counts / len(MANY) - 0.05).max() < 5.0 * np.sqrt(0.05 * 0.95 / len(MANY))


def test_neighbours_calls_and_places_are_not_related() -> None:
    draws = Draws((1,), MANY)
    first, second = draws.uniforms(0.0, 1.0, 3), draws.uniforms(0.0, 1.0, 3)
    pairs = [(first[1:, 0], first[:-1, 0]), (first[:, 0], first[:, 1]), (first[:, 0], second[:, 0])]
    for one, two in pairs:
        assert abs(np.corrcoef(one, two)[0, 1]) < ERROR


def test_whole_numbers_include_both_ends() -> None:
    found = Draws((1,), MANY).whole(-3, np.full(len(MANY), 2))
    assert sorted(set(found.tolist())) == [-3, -2, -1, 0, 1, 2]
    assert np.abs(np.bincount(found + 3) / len(MANY) - 1 / 6).max() < 0.01


def test_normal_numbers_are_normal() -> None:
    found = Draws((1,), MANY).normal(3)
    assert found.dtype == np.float32
    assert found.shape == (len(MANY), 3)
    assert bool(np.isfinite(found).all())
    assert abs(found[:, 2].mean()) < ERROR
    assert abs(found.std() - 1.0) < ERROR
    assert abs((found**4).mean() - 3.0) < 10.0 * ERROR  # the fourth moment's deviation is near 10
    assert abs(np.corrcoef(found[:, 0], found[:, 2])[0, 1]) < ERROR  # radius shared, angle not
