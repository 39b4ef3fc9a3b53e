from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.runtime.daemon.heard_pieces import BEGAN, cut, end, heard

from harken.alarm import AlarmLogic, AlarmSettings
from harken.contract import ModelInput
from harken.daemon.events import AlarmEvent, DecisionEvent, Lasting, RecordEvent
from harken.daemon.heard import Heard, Origin
from harken.daemon.pipeline import Pipeline
from harken.testing import FakeModel

QUICK = AlarmSettings(votes=1, of=1, hold=0.0)


def _pipeline(*script: str, hop: int = 4) -> Pipeline:
    model = FakeModel(script, hop=hop, alarm=QUICK)
    alarms = AlarmLogic(QUICK, classes=model.contract.classes, normal=("normal",), rate=4)
    return Pipeline(model.stream(), alarms, classes=model.contract.classes, rate=4)


def _events(pipeline: Pipeline, pieces: list[Heard]) -> list[DecisionEvent | Lasting]:
    return [event for piece in pieces for event in pipeline.push(piece)]


@pytest.mark.parametrize("length", [1, 3, 4, 17])
def test_events_are_the_same_however_the_signal_is_cut(length: int) -> None:
    script = ("normal", "fault", "fault", "normal", "normal")
    whole = _events(_pipeline(*script), [heard(0, 20)])
    assert _events(_pipeline(*script), list(cut(20, length))) == whole
    assert len(whole) == 7, "five decisions, an alarm raised, an alarm cleared"


def test_an_alarm_follows_the_decision_that_made_it() -> None:
    events = _events(_pipeline("normal", "fault", "normal"), [heard(0, 12)])
    told = [
        event.alarm.state if isinstance(event, AlarmEvent) else event.decision.label
        for event in events
    ]
    assert told == ["normal", "fault", "raised", "normal", "cleared"]


def test_time_comes_from_the_position_and_the_opening_of_the_source() -> None:
    event = _pipeline("normal").push(heard(0, 4))[0]
    assert event.time == BEGAN + timedelta(seconds=1)
    assert event.seconds == 1.0


def test_a_source_that_opened_again_has_its_own_time() -> None:
    pipeline = _pipeline("normal")
    pipeline.push(heard(0, 4))
    later = datetime(2031, 5, 1, tzinfo=UTC)
    events = pipeline.push(heard(400, 404, Origin(400, later)))
    assert [event.time for event in events] == [later, later + timedelta(seconds=1)]


def test_a_gap_is_told_as_an_invalid_decision_and_windows_start_anew() -> None:
    pipeline = _pipeline("normal")
    events = [*pipeline.push(heard(0, 6)), *pipeline.push(heard(10, 14))]
    decisions = [event.decision for event in events if isinstance(event, DecisionEvent)]
    assert [(d.first, d.last, d.reason) for d in decisions] == [
        (0, 4, None),
        (4, 10, "gap"),
        (10, 14, None),
    ]


def test_the_tally_counts_samples_decisions_invalid_ones_and_alarms() -> None:
    pipeline = _pipeline("fault", "nan", "nan")
    pipeline.push(heard(0, 13))
    tally = pipeline.tally
    assert (tally.samples, tally.decisions, tally.invalid, tally.alarms) == (13, 3, 2, 1)
    assert (tally.unfit, tally.unfit_samples, tally.unfit_reason) == (2, 8, "nan")


def test_a_valid_window_ends_a_stretch_of_invalid_ones() -> None:
    pipeline = _pipeline("nan", "normal")
    pipeline.push(heard(0, 8))
    assert pipeline.tally.unfit_reason is None
    assert pipeline.tally.unfit == 0


def test_another_model_answers_from_the_next_window_on_and_none_is_lost() -> None:
    model = FakeModel(("normal",), input=ModelInput(rate=4, window=4))
    stream = model.stream()
    logic = AlarmLogic(QUICK, classes=("normal", "fault"), normal=("normal",), rate=4)
    pipeline = Pipeline(stream, logic, classes=model.contract.classes, rate=4)
    before = pipeline.push(heard(0, 6))
    stream.answer_by(FakeModel(("fault",)))
    pipeline.answer_by(stream, None, ("normal", "fault"))
    after = pipeline.push(heard(6, 8))
    labels = [e.decision.label for e in [*before, *after] if isinstance(e, DecisionEvent)]
    assert labels == ["normal", "fault"]


def _of_records(*script: str) -> Pipeline:
    """Windows of 4, recordings of 6 to 12 samples; an end takes a word of the script as well."""
    heard = ModelInput(rate=4, window=6, shortest=6, longest=12)
    model = FakeModel(script, input=heard, hop=6, alarm=QUICK)
    alarms = AlarmLogic(QUICK, classes=model.contract.classes, normal=("normal",), rate=4)
    words = {"fault": "worn out"}
    return Pipeline(model.stream(), alarms, classes=("normal", "fault"), rate=4, words=words)


def test_an_input_that_ends_is_answered_as_a_whole_and_raises_no_alarm() -> None:
    pipeline = _of_records("normal", "fault")
    events = [*pipeline.push(heard(0, 8)), *pipeline.push(end(8))]
    assert [type(event) for event in events] == [DecisionEvent, RecordEvent]
    record = events[1]
    assert isinstance(record, RecordEvent)
    assert (record.time, record.seconds) == (BEGAN + timedelta(seconds=2), 2.0)
    assert record.body() == {
        "type": "record",
        "time": "2030-01-01T00:00:02.000000Z",
        "first": 0,
        "last": 8,
        "seconds": 2.0,
        "valid": True,
        "label": "fault",
        "score": 0.9,
        "scores": {"normal": 0.1, "fault": 0.9},
        "unsure": False,
        "reason": None,
        "quality": [],
        "words": "worn out",
        "windows": None,
    }
    tally = pipeline.tally
    assert (tally.records, tally.decisions, tally.alarms, tally.invalid) == (1, 1, 0, 0)


def test_a_longer_one_is_told_to_its_end_whose_window_casts_no_vote() -> None:
    pipeline = _of_records("normal", "normal", "fault")
    events = [*pipeline.push(heard(0, 15)), *pipeline.push(end(15))]
    assert [type(event) for event in events] == [DecisionEvent] * 3 + [RecordEvent]
    last, record = events[2:]
    assert isinstance(last, DecisionEvent)
    assert (last.decision.first, last.decision.last, last.decision.label) == (9, 15, "fault")
    assert (last.seconds, last.time) == (3.75, BEGAN + timedelta(seconds=3.75))
    assert isinstance(record, RecordEvent)
    body = record.body()
    assert (body["first"], body["last"], body["label"]) == (0, 15, "normal")
    assert body["windows"] == {"valid": 3, "invalid": {}}
    tally = pipeline.tally
    assert (tally.records, tally.decisions, tally.alarms) == (1, 3, 0)


def test_a_recording_that_is_not_valid_has_no_words() -> None:
    pipeline = _of_records("normal", "flat")
    pipeline.push(heard(0, 8))
    [event] = pipeline.push(end(8))
    assert isinstance(event, RecordEvent)
    body = event.body()
    assert (body["valid"], body["reason"], body["words"]) == (False, "flat", None)
    assert pipeline.tally.unfit == 0, "the windows of it were told already"


def test_what_was_dropped_at_the_end_of_an_input_leaves_the_rest_a_recording() -> None:
    pipeline = _of_records("normal")
    pipeline.push(heard(0, 8))
    [event] = pipeline.push(end(20))
    assert isinstance(event, RecordEvent)
    assert (event.decision.first, event.decision.last) == (0, 8)


def test_the_end_of_an_input_is_nothing_to_a_model_of_windows() -> None:
    pipeline = _pipeline("fault")
    pipeline.push(heard(0, 3))
    assert pipeline.push(end(3)) == []
