from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.alarm import Alarm, AlarmLogic, AlarmSettings
from harken.decision import Decision
from harken.errors import SettingsError
from harken.settings import dump, load

CLASSES = ("normal", "ball", "inner")
RATE, WINDOW = 1000, 100
PROMPT = AlarmSettings(votes=2, of=3, on=0.6, off=0.4, hold=0.0)

NORMAL, BALL, INNER, DOUBT = (0.9, 0.05, 0.05), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8), (0.5, 0.3, 0.2)


def window(k: int, heard: tuple[float, ...] | str, stream: int = 0) -> Decision:
    """The k-th window: its scores, or the reason why it is invalid."""
    first, last = k * WINDOW, (k + 1) * WINDOW
    if isinstance(heard, str):
        return Decision(first=first, last=last, valid=False, reason=heard, stream=stream)
    best = max(range(len(heard)), key=lambda i: heard[i])
    return Decision(
        first=first,
        last=last,
        valid=True,
        label=CLASSES[best],
        score=heard[best],
        scores=heard,
        stream=stream,
    )


def logic(settings: AlarmSettings = PROMPT, normal: tuple[str, ...] = ("normal",)) -> AlarmLogic:
    return AlarmLogic(settings, classes=CLASSES, normal=normal, rate=RATE)


def changes(
    heard: Sequence[tuple[float, ...] | str],
    settings: AlarmSettings = PROMPT,
    normal: tuple[str, ...] = ("normal",),
) -> list[Alarm]:
    alarms = logic(settings, normal)
    return [alarm for k, one in enumerate(heard) for alarm in alarms.push(window(k, one))]


def words(found: list[Alarm]) -> list[tuple[str, str, str]]:
    return [(alarm.state, alarm.label, alarm.reason) for alarm in found]


def test_an_alarm_is_raised_by_its_last_vote_and_starts_at_its_first() -> None:
    assert changes([NORMAL, BALL, NORMAL, BALL]) == [
        Alarm(state="raised", label="ball", first=100, last=400, score=0.9, reason="votes")
    ]


def test_one_vote_too_few_raises_nothing() -> None:
    assert changes([BALL, NORMAL, NORMAL, BALL, NORMAL, NORMAL]) == []


def test_the_alarming_score_is_what_the_normal_classes_leave() -> None:
    split_between_faults = (0.35, 0.33, 0.32)  # normal is the label, and yet 0.65 says fault
    found = changes([split_between_faults] * 2)
    assert words(found) == [("raised", "ball", "votes")]
    assert found[0].score == pytest.approx(0.65)


def test_scores_between_off_and_on_neither_raise_nor_clear() -> None:
    assert changes([DOUBT] * 20) == []
    assert words(changes([BALL, BALL, *[DOUBT] * 20])) == [("raised", "ball", "votes")]


def test_an_alarm_clears_by_votes_below_off_and_spans_all_of_it() -> None:
    found = changes([BALL, BALL, INNER, NORMAL, NORMAL, NORMAL])
    assert words(found) == [("raised", "ball", "votes"), ("cleared", "ball", "quiet")]
    assert (found[1].first, found[1].last) == (0, 500)


def test_hold_keeps_an_alarm_for_as_long_as_it_says() -> None:
    held = AlarmSettings(votes=1, of=1, hold=0.5)
    found = changes([BALL, *[NORMAL] * 10], held)
    assert found[1].last == WINDOW + 500
    interrupted = changes([BALL, *[NORMAL] * 3, BALL, *[NORMAL] * 10], held)
    assert [alarm.state for alarm in interrupted] == ["raised", "cleared"]
    assert interrupted[1].last == 5 * WINDOW + 500


@pytest.mark.parametrize("reason", ["gap", "nan", "inf", "no_answer"])
def test_a_break_in_the_signal_forgets_the_votes(reason: str) -> None:
    assert changes([BALL, reason, BALL, NORMAL]) == []


@pytest.mark.parametrize("reason", ["flat", "clipped"])
def test_a_window_that_cannot_be_judged_takes_a_place_but_keeps_the_votes(reason: str) -> None:
    assert words(changes([BALL, reason, BALL])) == [("raised", "ball", "votes")]
    assert changes([BALL, reason, reason, BALL]) == []


@pytest.mark.parametrize("reason", ["gap", "nan", "inf", "no_answer", "flat", "clipped"])
def test_invalid_windows_alone_never_clear_an_alarm(reason: str) -> None:
    assert words(changes([BALL, BALL, *[reason] * 50])) == [("raised", "ball", "votes")]


def test_the_time_of_an_invalid_window_is_not_quiet_time() -> None:
    held = AlarmSettings(votes=1, of=1, hold=0.3)
    found = changes([BALL, NORMAL, NORMAL, "flat", NORMAL, NORMAL, NORMAL, NORMAL], held)
    assert found[1].last == 4 * WINDOW + 300


def test_fault_classes_that_take_turns_are_one_alarm() -> None:
    settings = AlarmSettings(votes=3, of=5, hold=0.0)
    assert words(changes([BALL, INNER] * 20, settings)) == [("raised", "ball", "votes")]


def test_another_fault_for_good_takes_the_alarm_over() -> None:
    settings = AlarmSettings(votes=3, of=5, hold=0.0)
    found = changes([BALL] * 5 + [INNER] * 8, settings)
    assert words(found) == [
        ("raised", "ball", "votes"),
        ("cleared", "ball", "relabelled"),
        ("raised", "inner", "votes"),
    ]
    assert found[1].last == found[2].last
    assert found[2].first == 5 * WINDOW


def test_without_a_normal_class_the_label_itself_raises_the_alarm() -> None:
    assert words(changes([DOUBT] * 3, normal=())) == []
    assert words(changes([NORMAL] * 3, normal=())) == [("raised", "normal", "votes")]


def test_with_only_normal_classes_nothing_is_ever_raised() -> None:
    assert changes([BALL] * 20, normal=CLASSES) == []


def test_each_stream_has_its_own_votes() -> None:
    alarms = logic()
    pushed = [alarms.push(window(k, BALL, stream=k % 2)) for k in range(4)]
    assert [[alarm.stream for alarm in found] for found in pushed] == [[], [], [0], [1]]
    assert [alarm.stream for alarm in alarms.standing()] == [0, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"votes": 0},
        {"votes": 6, "of": 5},
        {"of": 10**6},
        {"on": 0.3, "off": 0.4},
        {"off": 0.0},
        {"on": 1.1},
        {"hold": -1.0},
        {"hold": float("inf")},
        {"on": float("nan")},
    ],
)
def test_settings_out_of_their_limits_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        load(AlarmSettings, wrong, "alarm")


def test_a_normal_class_that_is_none_of_the_classes_is_refused() -> None:
    with pytest.raises(SettingsError, match="not in classes"):
        AlarmLogic(PROMPT, classes=CLASSES, normal=("healthy",), rate=RATE)


settings_of_all_kinds = st.builds(
    lambda votes, more, off, gap, hold: AlarmSettings(
        votes=votes, of=votes + more, off=off, on=min(1.0, off + gap), hold=hold
    ),
    st.integers(1, 6),
    st.integers(0, 6),
    st.floats(0.05, 0.9),
    st.floats(0.0, 0.5),
    st.floats(0.0, 2.0),
)
anything_heard = st.lists(
    st.one_of(
        st.sampled_from([NORMAL, BALL, INNER, DOUBT]),
        st.sampled_from(["gap", "nan", "inf", "flat", "clipped", "no_answer"]),
    ),
    max_size=60,
)


@given(settings_of_all_kinds)
def test_settings_survive_the_way_through_a_contract(settings: AlarmSettings) -> None:
    assert load(AlarmSettings, dump(settings), "alarm") == settings


@given(settings_of_all_kinds, anything_heard)
def test_raised_and_cleared_take_turns_and_name_the_same_alarm(
    settings: AlarmSettings, heard: list[tuple[float, ...] | str]
) -> None:
    found = changes(heard, settings)
    assert [alarm.state for alarm in found] == ["raised", "cleared"] * (len(found) // 2) + [
        "raised"
    ] * (len(found) % 2)
    for raised, cleared in zip(found[::2], found[1::2], strict=False):
        assert (raised.label, raised.first) == (cleared.label, cleared.first)
        assert raised.last < cleared.last
        assert raised.score <= cleared.score


@given(settings_of_all_kinds, anything_heard)
def test_every_change_is_voted_for_in_the_last_windows(
    settings: AlarmSettings, heard: list[tuple[float, ...] | str]
) -> None:
    for alarm in changes(heard, settings):
        last = heard[max(0, alarm.last // WINDOW - settings.of) : alarm.last // WINDOW]
        scores = [1.0 - one[0] for one in last if not isinstance(one, str)]
        if alarm.reason == "quiet":
            assert sum(score < settings.off for score in scores) >= settings.votes
        else:
            assert sum(score >= settings.on for score in scores) >= settings.votes


@given(settings_of_all_kinds, st.lists(st.sampled_from([NORMAL, "gap", "nan", "flat"])))
def test_a_healthy_machine_with_a_bad_cable_raises_no_alarm(
    settings: AlarmSettings, heard: list[tuple[float, ...] | str]
) -> None:
    if settings.on > 0.1:
        assert changes(heard, settings) == []


def test_a_decision_on_a_whole_recording_does_not_vote() -> None:
    alarms = logic(AlarmSettings(votes=2, of=2, hold=0.0))
    said = (
        alarms.push(replace(window(k, BALL), record=record))
        for k, record in enumerate([False, True])
    )
    assert not any(said)
    assert alarms.push(window(2, BALL)), "the second window to vote is the one that raises it"
