"""In what pieces a recording is decided that may be too long to be decided whole."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.train.tiny_records import RATE, noisy

from harken_train.problems import of_decisions
from harken_train.recipe import Signal
from harken_train.recordings import Recording
from harken_train.segments import pieces_of


@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 400))
def test_pieces_are_long_enough_short_enough_and_side_by_side(
    shortest: int, more: int, samples: int
) -> None:
    longest = shortest + more
    pieces = pieces_of(samples, (shortest, longest))
    assert bool(pieces) == (samples >= shortest)
    assert all(shortest <= last - first <= longest for first, last in pieces)
    assert all(last == first for (_, last), (first, _) in itertools.pairwise(pieces))
    if pieces:
        assert pieces[0][0] == 0
        assert samples - pieces[-1][1] < shortest  # nothing that could be decided is left
    if shortest <= samples <= longest:
        assert pieces == [(0, samples)]


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (1199, "are less than signal.shortest, 1200; it is never used"),
        (1501, "are more than signal.longest, 1500; its first 1500 are decided whole"),
        (2700, "are more than signal.longest, 1500; it is decided in 2 pieces"),
        (4600, "are more than signal.longest, 1500; its first 4500 are decided in 3"),
    ],
)
def test_what_is_not_decided_whole_is_said_as_it_is(samples: int, said: str) -> None:
    signal = Signal(rate=RATE, window=1200, shortest=1200, longest=1500, scale=100.0)
    wave = noisy("slow", samples, np.random.default_rng(0))[None]
    one = Recording(name="a", label="slow", group="a", rate=RATE, frames=samples, read=lambda: wave)
    (problem,) = of_decisions(one, wave, signal)
    assert problem.what.startswith(f"a: {samples} samples {said}")
