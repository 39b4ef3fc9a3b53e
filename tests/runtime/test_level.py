"""How large a signal is, and how far that is from all of training."""

from __future__ import annotations

import numpy as np
import pytest

from harken.level import level_of, remark, times_off
from harken.stream import Samples


def seconds(*heights: float) -> Samples:
    """Stretches of 100 samples, each a triangle of its own height."""
    one = np.concatenate([np.linspace(0, 1, 50), np.linspace(1, 0, 50)])
    return np.concatenate([height * one for height in heights])[None].astype(np.float32)


def test_the_level_is_the_median_height_of_whole_stretches() -> None:
    assert level_of(seconds(1.0, 2.0, 3.0), 100) == 2.0
    assert level_of(seconds(1.0, 2.0, 3.0)[:, :250], 100) == 1.5


def test_one_knock_and_an_offset_have_no_say() -> None:
    quiet = seconds(1.0, 1.0, 1.0, 1.0, 1.0)
    knocked = quiet + 4.0
    knocked[0, 130] = 1000.0
    assert level_of(knocked, 100) == level_of(quiet, 100) == 1.0


def test_fewer_samples_than_a_stretch_are_one() -> None:
    assert level_of(seconds(1.0, 3.0), 10_000) == 3.0
    assert level_of(np.ones((1, 1), np.float32), 100) == 0.0


def test_of_several_channels_all_stretches_are_judged_together() -> None:
    both = np.concatenate([seconds(1.0, 1.0, 1.0), seconds(5.0, 5.0, 5.0)])
    assert level_of(both, 100) == 3.0


def test_the_largest_floats_have_a_level_and_what_is_no_number_has_none() -> None:
    assert level_of(np.array([[-3e38, 3e38]], np.float32), 2) == pytest.approx(6e38, rel=1e-6)
    for odd in (np.nan, np.inf):
        samples = np.array([[0.0, odd, 1.0, odd]], np.float32)
        assert times_off(level_of(samples, 4), (1.0, 2.0)) is None


@pytest.mark.parametrize("level", [0.0, 0.06, 1.0, 4.0, 79.0])
def test_nothing_is_said_of_a_level_that_is_near_enough_or_of_none(level: float) -> None:
    assert times_off(level, (1.0, 4.0)) is None


def test_far_from_all_of_training_is_told_in_times_of_the_usual() -> None:
    assert times_off(2000.0, (1.0, 4.0)) == pytest.approx(1000.0)
    assert times_off(0.002, (1.0, 4.0)) == pytest.approx(0.001)
    assert times_off(2000.0, (0.0, 4.0)) == pytest.approx(500.0)  # trained on flat lines too
    assert times_off(1e9, None) is None


@pytest.mark.parametrize(
    ("times", "told"),
    [(1130.0, "level 1000 times"), (24.0, "level 20 times"), (0.00091, "level 1/1000 of")],
)
def test_the_remark_is_a_round_number(times: float, told: str) -> None:
    assert remark(times).startswith(f"{told} that of training: another unit?")
