"""Recordings longer than a model decides at once: windows, the end, and the mean of them all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.runtime.tiny_whole import HOP, MOST, WINDOW, file, noise, spans

from harken.decision import Decision, Windows
from harken.model import Model
from harken.summary import summarise

FLOAT64_ROUNDING = 1e-12  # relative; a score is a sum of a dozen


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(file())


def means(windows: list[Decision]) -> list[float]:
    found: list[float] = np.mean([one.scores for one in windows if one.valid], axis=0).tolist()
    return found


def test_it_is_decided_in_windows_up_to_its_end_and_then_by_their_mean(model: Model) -> None:
    *windows, record = model.classify(noise(400))
    starts = [*range(0, 400 - WINDOW + 1, HOP)]
    assert spans(windows) == [(first, first + WINDOW, False) for first in starts]
    assert spans([record]) == [(0, 400, True)]
    assert record.windows == Windows(valid=len(starts), invalid={})
    assert record.scores == pytest.approx(means(windows), rel=FLOAT64_ROUNDING)
    assert record.score == max(record.scores)
    assert record.label == model.contract.classes[record.scores.index(record.score)]


@pytest.mark.parametrize("beyond", [1, HOP - 1])
def test_an_end_that_no_window_has_reached_is_one_more(model: Model, beyond: int) -> None:
    signal = 0.01 * noise(400 + beyond)
    signal[:, -beyond:] = 9.0
    *windows, end, record = model.classify(signal)
    assert spans([windows[-1], end]) == [
        (336, 400, False),
        (336 + beyond, 400 + beyond, False),
    ]
    assert {window.label for window in windows} == {"normal"}
    assert end.label == "fault", "what stands at the very end is heard"
    assert record.windows == Windows(valid=len(windows) + 1, invalid={})
    assert record.scores == pytest.approx(means([*windows, end]), rel=FLOAT64_ROUNDING)


def test_one_sample_more_than_is_decided_at_once_is_long(model: Model) -> None:
    at_once, long = (model.classify(noise(n))[-1] for n in (MOST, MOST + 1))
    assert (at_once.windows, long.windows) == (None, Windows(valid=6, invalid={}))


def test_windows_that_are_not_valid_have_no_say(model: Model) -> None:
    signal = noise(400)
    signal[0, 200] = np.nan
    *windows, record = model.classify(signal)
    spoilt = sum(not window.valid for window in windows)
    assert record.windows == Windows(valid=len(windows) - spoilt, invalid={"nan": spoilt})
    assert 0 < spoilt < len(windows) / 2
    assert record.scores == pytest.approx(means(windows), rel=FLOAT64_ROUNDING)


@pytest.mark.parametrize(("still", "valid"), [(199, True), (240, False)])
def test_of_which_half_cannot_be_heard_is_not_valid(model: Model, still: int, valid: bool) -> None:
    signal = noise(400)
    signal[0, :still] = 0.01
    *windows, record = model.classify(signal)
    told = [window.valid for window in windows]
    assert (sum(told) >= len(told) / 2) == valid
    assert record.valid == valid
    assert record.reason == (None if valid else "flat")
    summary = summarise([*windows, record], model.contract.classes)
    assert (summary.answer is not None, summary.valid) == (valid, sum(told))
    assert summary.invalid == {"flat": told.count(False)}


def test_its_summary_says_what_its_record_decision_says_to_the_bit(model: Model) -> None:
    decisions = model.classify(noise(1000))
    summary = summarise(decisions, model.contract.classes)
    record = decisions[-1]
    assert (summary.answer, summary.score) == (record.label, record.score)
    assert tuple(summary.scores.values()) == record.scores
    same = [decision.label == record.label for decision in decisions[:-1]]
    share = sum(same) / len(same)
    assert (summary.whole, summary.share) == (False, share)
    by_windows = summarise(decisions[:-1], model.contract.classes)
    assert by_windows == summary, "the mean is the same whoever takes it"


def test_its_notes_are_those_of_its_valid_windows(model: Model) -> None:
    signal = noise(400)
    signal[0, :WINDOW] = signal[0, :WINDOW].clip(-0.01, 0.01) + 0.9
    *windows, record = model.classify(signal)
    notes = {note for window in windows if window.valid for note in window.quality}
    assert notes
    assert record.quality == tuple(sorted(notes))


def test_below_the_score_at_which_to_abstain_it_is_unsure() -> None:
    signal = np.concatenate([0.01 * noise(400), 3.0 * noise(400)], axis=1)
    contents = file(abstain={"0.2": 0.9})
    sure, unsure = (Model(contents, abstain=share).classify(signal)[-1] for share in (None, 0.2))
    assert (sure.unsure, unsure.unsure) == (False, True)
    assert replace(unsure, unsure=False) == sure


def test_a_gap_begins_another(model: Model) -> None:
    signal = noise(600)
    stream = model.stream()
    stream.push(5.0 * signal[:, :200])
    stream.push(signal[:, 300:], first=300)
    *_, record = stream.end()
    alone = model.classify(signal[:, 300:])[-1]
    assert spans([record]) == [(300, 600, True)]
    assert (record.scores, record.windows) == (alone.scores, alone.windows)


def test_what_follows_an_end_is_another(model: Model) -> None:
    first, short, second = noise(300, 1), 9.0 * noise(100), 3.0 * noise(300, 2)
    stream = model.stream()
    for signal in (first, second, short, first):
        stream.push(signal)
        assert stream.end()[-1].scores == model.classify(signal)[-1].scores


def test_recordings_heard_in_step_have_their_own_means(model: Model) -> None:
    signals = np.stack([noise(300, seed)[0] * (1 + seed) for seed in range(3)])
    signals[1, 250] = np.nan
    stream = model.stream(streams=3)
    stream.push(signals)
    ends = stream.end()
    assert [(end.stream, end.record) for end in ends] == [
        *((k, False) for k in range(3)),
        *((k, True) for k in range(3)),
    ]
    for k, decision in enumerate(ends[3:]):
        alone = model.classify(signals[k])[-1]
        assert decision.windows == alone.windows
        assert decision.scores == pytest.approx(alone.scores, abs=1e-6)  # float32 of a batch


def test_the_same_model_read_again_goes_on_with_the_mean(model: Model) -> None:
    signal = noise(400)
    stream = model.stream()
    stream.push(signal[:, :200])
    stream.answer_by(Model(file()))
    stream.push(signal[:, 200:])
    assert stream.end()[-1] == model.classify(signal)[-1]


def test_a_model_of_other_classes_has_a_mean_of_its_own(model: Model) -> None:
    signal, other = noise(400), Model(file(classes=("well", "worn")))
    stream = model.stream()
    stream.push(signal[:, :200])
    stream.answer_by(other)
    heard = stream.push(signal[:, 200:])
    *_, record = stream.end()
    assert spans([record]) == [(0, 400, True)]
    assert record.label in ("well", "worn")
    assert record.scores == pytest.approx(means(heard), rel=FLOAT64_ROUNDING)
    assert record.windows == Windows(valid=len(heard), invalid={})


def test_a_model_that_has_heard_no_window_decides_the_end(model: Model) -> None:
    signal = noise(400)
    stream = model.stream()
    stream.push(signal)
    stream.answer_by(Model(file(classes=("well", "worn"))))
    end, record = stream.end()
    assert spans([end, record]) == [(400 - WINDOW, 400, False), (0, 400, True)]
    assert record.scores == end.scores


def test_memory_does_not_grow_with_the_stream(model: Model) -> None:
    stream = model.stream()
    assert stream._whole is not None
    for _ in range(500):
        stream.push(noise(7))
        assert sum(piece.size for piece in stream._whole._pieces) <= 2 * MOST
        assert len(stream._whole._pieces) <= 64
    assert sum(piece.size for piece in stream._whole._pieces) <= 2 * WINDOW
    stream.push(noise(100_000))
    assert sum(piece.size for piece in stream._whole._pieces) <= 2 * WINDOW
    assert all(piece.base is None for piece in stream._whole._pieces)
