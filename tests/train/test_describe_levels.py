"""``data describe`` notices recordings that are in another unit than the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harken.settings import load
from harken_train.describe import describe
from harken_train.problems import FEWEST_LEVELS, of_levels
from harken_train.recipe import Recipe


def levels(**others: float) -> list[tuple[str, float]]:
    """Twenty that vary by up to 6 dB, and some beside them."""
    return [(f"{k}", 2.0 ** (k / 19)) for k in range(20)] + list(others.items())


def test_recordings_that_vary_as_such_do_have_no_problem() -> None:
    assert of_levels(levels()) == []
    assert of_levels(levels(loud=20.0, soft=0.1, flat=0.0)) == []


def test_a_recording_in_another_unit_is_named_with_how_much() -> None:
    assert [problem.what for problem in of_levels(levels(micro=1500.0, volts=0.0014))] == [
        "micro: level 1000 times that of the others: another unit?",
        "volts: level 1/1000 of that of the others: another unit?",
    ]


@pytest.mark.parametrize("count", range(FEWEST_LEVELS))
def test_of_few_recordings_none_is_unlike_the_others(count: int) -> None:
    assert of_levels([(str(k), 1000.0**k) for k in range(count)]) == []


def test_describe_tells_it_and_a_training_goes_on(tmp_path: Path) -> None:
    for label, first in (("good", 0), ("bad", 100)):
        (tmp_path / label).mkdir()
        for k in range(6):
            noise = np.random.default_rng(first + k).standard_normal(2000)
            np.save(tmp_path / label / f"m{k}.npy", noise * (1000.0 if first + k == 102 else 1.0))
    table = {
        "name": "own",
        "data": {"kind": "folder", "path": tmp_path, "rate": 1000},
        "signal": {"rate": 1000, "window": 256, "hop": 256},
        "split": {"kind": "group"},
        "frontend": {"kind": "raw"},
        "network": {"kind": "edge"},
    }
    found = describe(load(Recipe, table))
    (problem,) = found.problems
    assert problem.what.startswith("bad/m2.npy: level 1000 times that of the others")
    assert found.trainable
