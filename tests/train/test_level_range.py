"""How loud the recordings of a training are, as the contract tells it."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from harken.stream import Samples
from harken_train.level import level_range
from harken_train.recordings import Recording, Span, whole


def recording(*heights: float) -> Recording:
    """Stretches of 100 samples, each of its own height."""
    rows = np.repeat(np.asarray(heights, np.float32), 100)[None] * np.tile(
        [0, 1], 50 * len(heights)
    )

    def read(samples: Samples) -> Samples:
        return samples

    return Recording(
        name="r",
        label="x",
        group="g",
        rate=100,
        frames=rows.shape[1],
        read=partial(read, rows.astype(np.float32)),
    )


def test_one_recording_in_a_thousand_may_be_louder_and_one_quieter() -> None:
    many = [recording(1.0) for _ in range(3000)]
    many[0], many[1] = recording(500.0), recording(1e-4)
    assert level_range(many, whole(many), 100) == (1.0, 1.0)


def test_only_the_stretches_that_are_trained_on_are_heard() -> None:
    one = [recording(1.0, 1.0, 8.0, 8.0)]
    assert level_range(one, [Span(0, 0, 200)], 100) == (1.0, 1.0)
    assert level_range(one, [Span(0, 0, 200), Span(0, 200, 400)], 100) == pytest.approx(
        (1.007, 7.993)
    )


def test_of_recordings_in_which_nothing_moves_nothing_is_told() -> None:
    flat = [recording(0.0)]
    assert level_range(flat, whole(flat), 100) is None
    assert level_range(flat, [], 100) is None
