"""In what a recording is decided that may be too long to be decided whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runtime.tiny_whole import LEAST, MOST, WINDOW, file, noise
from tests.train.tiny_records import RATE, noisy

from harken.model import Model
from harken_train.problems import of_decisions
from harken_train.recipe import Signal
from harken_train.recordings import Recording
from harken_train.segments import pieces_of


@given(st.integers(0, 600), st.integers(1, 90))
def test_a_recording_is_decided_in_training_as_by_the_stream_of_a_device(
    samples: int, hop: int
) -> None:
    model = Model(file(hop=hop))
    stream = model.stream()
    decisions = [*stream.push(noise(samples)), *stream.end()]
    at_once = [one for one in decisions if one.record and one.windows is None and one.valid]
    told = at_once or [one for one in decisions if not one.record and samples > MOST]
    pieces = pieces_of(samples, window=WINDOW, hop=hop, lengths=(LEAST, MOST))
    assert pieces == [(one.first, one.last) for one in told]


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (1199, "are less than signal.shortest, 1200; it is never used"),
        (1501, "are more than signal.longest, 1500; it is decided by the mean of its 2 windows"),
        (2700, "are more than signal.longest, 1500; it is decided by the mean of its 4 windows"),
        (3000, "are more than signal.longest, 1500; it is decided by the mean of its 4 windows"),
    ],
)
def test_what_is_not_decided_whole_is_said_as_it_is(samples: int, said: str) -> None:
    signal = Signal(rate=RATE, window=1200, hop=600, shortest=1200, longest=1500, scale=100.0)
    wave = noisy("slow", samples, np.random.default_rng(0))[None]
    one = Recording(name="a", label="slow", group="a", rate=RATE, frames=samples, read=lambda: wave)
    (problem,) = of_decisions(one, wave, signal)
    assert problem.what.startswith(f"a: {samples} samples {said}")
