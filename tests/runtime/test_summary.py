from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.decision import Decision
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
