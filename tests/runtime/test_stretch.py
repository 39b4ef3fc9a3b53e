"""Which part of a recording speaks most for its answer."""

from __future__ import annotations

import numpy as np
import pytest
from tests.runtime import tiny_model

from harken.model import Model
from harken.stream import Samples
from harken.stretch import Stretch, deciding_stretch

RATE, LEAST, WINDOW, MOST = 40, 50, 100, 160


@pytest.fixture(scope="module")
def model() -> Model:
    content = tiny_model.build(rate=RATE, window=WINDOW, hop=WINDOW, lengths=(LEAST, MOST))
    return Model(content)


def wave(n: int, *loud: tuple[int, int]) -> Samples:
    """A quiet wave, loud from the one sample to the other."""
    signal = 0.01 * np.sin(np.arange(n) * 1.3)
    for first, last in loud:
        signal[first:last] *= 50.0
    found: Samples = signal.astype(np.float32)[None]
    return found


def stretch_of(model: Model, signal: Samples, answer: str | None) -> Stretch | None:
    return deciding_stretch(model, signal, model.classify(signal), answer)


def test_it_is_the_stretch_on_which_the_answer_scores_highest(model: Model) -> None:
    signal = wave(150, (85, 125))
    found = stretch_of(model, signal, "fault")
    assert found is not None
    assert (found.first, found.last) == (80, 130), "stretches begin a second apart"
    assert found.score == model.classify(signal[:, 80:130])[0].scores[1]
    other = stretch_of(model, signal, "normal")
    assert other is not None
    assert (other.first, other.score) == (0, model.classify(signal[:, :50])[0].scores[0])


def test_a_stretch_that_cannot_be_judged_decides_nothing(model: Model) -> None:
    signal = wave(150, (85, 125))
    signal[0, :LEAST] = 0.0
    found = stretch_of(model, signal, "normal")
    assert found is not None
    assert found.first == 40


def test_of_a_long_recording_the_window_that_decided_is_asked_again(model: Model) -> None:
    found = stretch_of(model, wave(1000, (545, 590)), "fault")
    assert found is not None
    assert (found.first, found.last) == (540, 590)


def test_there_is_none_where_there_is_nothing_to_say(model: Model) -> None:
    signal = wave(150, (85, 125))
    assert stretch_of(model, signal, None) is None
    windows = Model(tiny_model.build(rate=RATE, window=WINDOW, hop=WINDOW))
    assert stretch_of(windows, signal, "fault") is None
