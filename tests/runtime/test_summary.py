from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.decision import Decision, Windows
from harken.summary import summarise

CLASSES = ("normal", "fault")
SUM_ROUNDING = 1e-9  # of a score; a few hundred float64 additions


def heard(fault: float, *quality: str) -> Decision:
    label = "fault" if fault > 0.5 else "normal"
    return Decision(
        first=0,
        last=1,
        valid=True,
        label=label,
        score=max(fault, 1 - fault),
        scores=(1 - fault, fault),
        quality=quality,
    )


def unheard(reason: str) -> Decision:
    return Decision(first=0, last=1, valid=False, reason=reason, quality=("offset",))


def test_a_sure_window_weighs_more_than_two_doubtful_ones() -> None:
    summary = summarise([heard(0.99), heard(0.4), heard(0.4)], CLASSES)
    assert summary.answer == "fault"
    assert summary.score == pytest.approx(0.597, abs=1e-3)
    assert summary.share == pytest.approx(1 / 3)


def test_invalid_windows_are_counted_and_have_no_say() -> None:
    summary = summarise([heard(0.9), unheard("flat"), unheard("nan"), unheard("flat")], CLASSES)
    assert (summary.answer, summary.share) == ("fault", 1.0)
    assert (summary.windows, summary.valid) == (4, 1)
    assert summary.invalid == {"flat": 2, "nan": 1}
    assert summary.quality == {}


def test_without_a_valid_window_there_is_no_answer() -> None:
    for decisions in ([], [unheard("gap")]):
        summary = summarise(decisions, CLASSES)
        assert (summary.answer, summary.score, summary.share, summary.valid) == (None,) * 3 + (0,)
        assert summary.scores == {}


def test_notes_on_valid_windows_are_counted() -> None:
    assert summarise([heard(0.9, "clipped", "offset"), heard(0.9, "offset")], CLASSES).quality == {
        "clipped": 1,
        "offset": 2,
    }


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=50))
def test_the_answer_is_the_class_of_the_largest_mean(faults: list[float]) -> None:
    summary = summarise([heard(fault) for fault in faults], CLASSES)
    mean = sum(faults) / len(faults)
    assert summary.scores["fault"] == pytest.approx(mean, abs=SUM_ROUNDING)
    if abs(mean - 0.5) > SUM_ROUNDING:
        assert summary.answer == ("fault" if mean > 0.5 else "normal")


def record(fault: float) -> Decision:
    return replace(heard(fault), last=2, record=True)


def test_a_recording_that_was_decided_whole_has_that_answer() -> None:
    for windows in ([], [heard(0.9), heard(0.8)]):
        summary = summarise([*windows, record(0.3)], CLASSES)
        assert (summary.answer, summary.score, summary.share) == ("normal", 0.7, None)
        assert (summary.whole, summary.windows, summary.valid) == (True, len(windows), 1)


def test_a_recording_too_long_to_be_decided_whole_has_the_answer_of_its_windows() -> None:
    together = replace(record(0.85), windows=Windows(valid=2, invalid={}))
    summary = summarise([heard(0.9), heard(0.8), together], CLASSES)
    assert summary.answer == "fault"
    assert summary.score == pytest.approx(0.85)
    assert (summary.whole, summary.windows, summary.valid) == (False, 2, 2)


def test_a_whole_that_cannot_be_judged_is_no_answer_whatever_its_windows_say() -> None:
    whole = replace(unheard("flat"), record=True, last=2)
    summary = summarise([heard(0.9), whole], CLASSES)
    assert (summary.answer, summary.invalid, summary.unsure) == (None, {"flat": 1}, False)


@pytest.mark.parametrize(("below", "unsure"), [(0.0, False), (0.8, False), (0.81, True)])
def test_a_mean_score_below_the_threshold_is_unsure(below: float, unsure: bool) -> None:
    summary = summarise([heard(0.75), heard(0.85)], CLASSES, unsure_below=below)
    assert summary.unsure == unsure
