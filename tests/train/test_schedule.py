from __future__ import annotations

import pytest

from harken_train.recipe import Training
from harken_train.schedule import (
    LOWEST,
    PLATEAU_EPOCHS,
    best_epoch,
    is_kept,
    is_over,
    kept_epoch,
    kept_in_words,
    learning_rate,
)


def test_the_rate_climbs_then_falls_along_a_cosine() -> None:
    training = Training(epochs=10, learning_rate=1.0, warmup_epochs=2)
    assert learning_rate(training, 0.5, []) == pytest.approx(0.25)
    assert learning_rate(training, 2.0, []) == pytest.approx(1.0)
    assert learning_rate(training, 6.0, []) == pytest.approx((1 + LOWEST) / 2)
    assert learning_rate(training, 10.0, []) == pytest.approx(LOWEST)


def test_warming_up_takes_half_of_a_short_training_at_the_most() -> None:
    training = Training(epochs=1, learning_rate=1.0, warmup_epochs=5)
    assert learning_rate(training, 0.25, []) == pytest.approx(0.5)
    assert learning_rate(training, 0.5, []) == pytest.approx(1.0)


def test_a_constant_rate_stays() -> None:
    training = Training(schedule="constant", learning_rate=0.1, warmup_epochs=0)
    assert {learning_rate(training, position, []) for position in (0.01, 5.0, 29.9)} == {0.1}


def test_the_rate_is_halved_on_every_plateau() -> None:
    training = Training(schedule="plateau", learning_rate=1.0, warmup_epochs=0)
    falling = [3.0, 2.0, 1.0]
    flat = [1.0] * PLATEAU_EPOCHS
    assert learning_rate(training, 3.0, falling) == 1.0
    assert learning_rate(training, 8.0, falling + flat) == 0.5
    assert learning_rate(training, 13.0, falling + flat + flat) == 0.25
    assert learning_rate(training, 9.0, [*falling, *flat, 0.5]) == 0.5


def test_the_best_epoch_is_the_first_with_the_lowest_loss() -> None:
    assert best_epoch([]) == 0
    assert best_epoch([0.3, 0.1, 0.2, 0.1]) == 2


def kept_of(training: Training, losses: list[float]) -> list[int]:
    """The epochs that are called kept while the training goes on."""
    return [n for n in range(1, len(losses) + 1) if is_kept(training, losses[:n])]


def test_of_a_training_that_keeps_the_last_epoch_only_the_last_is_called_kept() -> None:
    losses = [0.5, 0.3, 0.4, 0.2, 0.6]
    best, last = (Training(epochs=5, keep=keep) for keep in ("best", "last"))
    assert kept_of(best, losses) == [1, 2, 4]
    assert kept_of(last, losses) == [5]
    assert kept_of(Training(epochs=9, keep="last", patience=1), losses[:3]) == [3]
    assert (kept_epoch(best, losses), kept_epoch(last, losses)) == (4, 5)
    assert kept_in_words(best, 4, 5) == "kept epoch 4 of 5 (the lowest validation loss)"
    assert kept_in_words(last, 5, 5) == "kept epoch 5 of 5 (the last)"


def test_a_training_is_over_after_its_epochs_or_its_patience() -> None:
    patient = Training(epochs=5, patience=2)
    assert not is_over(patient, [])
    assert not is_over(patient, [1.0, 0.5, 0.6])
    assert is_over(patient, [1.0, 0.5, 0.6, 0.7])
    assert is_over(patient, [5.0, 4.0, 3.0, 2.0, 1.0])
    assert not is_over(Training(epochs=5), [1.0, 2.0, 3.0, 4.0])
