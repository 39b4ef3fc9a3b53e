from __future__ import annotations

from harken.decision import Decision, Windows
from harken.mean_scores import MeanScores

CLASSES = ("normal", "fault")


def valid(*quality: str, fault: float = 0.75) -> Decision:
    return Decision(first=0, last=1, valid=True, scores=(1 - fault, fault), quality=quality)


def spoilt(reason: str) -> Decision:
    return Decision(first=0, last=1, valid=False, reason=reason, quality=("offset",))


def said(*windows: Decision) -> Decision:
    mean = MeanScores()
    for window in windows:
        mean.add(window)
    return mean.decision(3, 9, CLASSES, unsure_below=0.0, stream=2)


def test_the_mean_of_the_valid_windows_is_the_recordings_answer() -> None:
    assert said(valid(fault=0.5), spoilt("nan"), valid(fault=1.0)) == Decision(
        first=3,
        last=9,
        valid=True,
        label="fault",
        score=0.75,
        scores=(0.25, 0.75),
        stream=2,
        record=True,
        windows=Windows(valid=2, invalid={"nan": 1}),
    )


def test_half_of_the_windows_are_enough_and_less_are_not() -> None:
    assert said(valid(), spoilt("flat")).valid
    assert not said(valid(), spoilt("flat"), spoilt("flat")).valid


def test_what_is_not_valid_has_the_reason_of_most_windows() -> None:
    reasons = [spoilt(word) for word in ("nan", "flat", "flat", "clipped")]
    decision = said(*reasons)
    assert (decision.reason, decision.label, decision.scores) == ("flat", None, ())
    assert decision.windows is not None
    assert list(decision.windows.invalid.items()) == [("clipped", 1), ("flat", 2), ("nan", 1)]


def test_notes_are_told_once_and_in_order() -> None:
    notes = ("unit", "offset", "low_level", "flat_part", "clipped")
    told = said(*(valid(note) for note in notes), valid(*notes), spoilt("flat"))
    assert told.quality == ("clipped", "flat_part", "low_level", "offset", "unit")
