from __future__ import annotations

from harken.decision import Decision, Windows
from harken.passing import Passing, passing

NORMAL = ("N",)
RECORD = Decision(
    first=0,
    last=90,
    valid=True,
    label="N",
    score=0.6,
    record=True,
    windows=Windows(valid=8, invalid={}),
)


def window(first: int, label: str | None, score: float = 0.8, *, unsure: bool = False) -> Decision:
    return Decision(
        first=first,
        last=first + 30,
        valid=label is not None,
        label=label,
        score=None if label is None else score,
        unsure=unsure,
    )


def held(*decisions: Decision, answer: str | None = "N") -> list[Passing]:
    return passing([*decisions, RECORD], answer, NORMAL)


def test_each_class_is_told_with_its_windows_and_the_first_of_the_surest() -> None:
    found = held(
        window(0, "O", 0.7),
        window(10, "A", 0.9),
        window(20, "N"),
        window(30, None),
        window(40, "A", 0.9),
        window(50, "O", 0.8),
        window(60, "A", 0.5),
    )
    assert found == [
        Passing(label="A", windows=3, first=10, last=40, score=0.9),
        Passing(label="O", windows=2, first=50, last=80, score=0.8),
    ]


def test_the_answer_what_is_normal_and_what_is_unsure_are_not_told() -> None:
    assert held(window(0, "A"), window(10, "N"), window(20, "O", unsure=True), answer="A") == []
    assert [one.label for one in held(window(0, "A"), answer=None)] == ["A"]


def test_of_a_recording_that_was_decided_at_once_there_is_nothing_to_tell() -> None:
    at_once = Decision(first=0, last=60, valid=True, label="N", score=0.6, record=True)
    assert passing([window(0, "A"), at_once], "N", NORMAL) == []
