from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from harken.daemon.health import Facts, Health, reasons
from harken.daemon.outbox import OutboxReport
from harken.daemon.pipeline import Tally
from harken.daemon.watchdog import Progress, Watchdog
from harken.testing import FakeClock

BOX = OutboxReport(name="a", state="ok", queued=0, delivered=0, dropped=0, busy_since=None)
WELL = Facts(
    now=100.0, silent=0.0, no_input=2.0, overloaded=None, rate=10, tally=Tally(), outboxes=(BOX,)
)


def test_nothing_wrong_is_ok() -> None:
    assert reasons(WELL) == {}


def test_silence_longer_than_allowed_is_a_fault() -> None:
    assert reasons(replace(WELL, silent=2.0)) == {}
    assert reasons(replace(WELL, silent=2.1)) == {"no_input": "fault"}


def test_every_trouble_has_its_word() -> None:
    cases = {
        "storage": replace(WELL, storage_failed=True),
        "format": replace(WELL, bad_input=True),
        "overload": replace(WELL, overloaded=99.0),
        "reload_refused": replace(WELL, reload_refused=True),
        "sink_down:a": replace(WELL, outboxes=(replace(BOX, state="down"),)),
        "sink_gone:a": replace(WELL, outboxes=(replace(BOX, state="gone"),)),
        "sink_blocked:a": replace(WELL, outboxes=(replace(BOX, busy_since=98.0),)),
        "flat_input": replace(WELL, tally=Tally(unfit=9, unfit_samples=51, unfit_reason="flat")),
        "inference": replace(WELL, tally=Tally(unfit=10, unfit_reason="no_answer")),
    }
    assert {name: list(reasons(facts)) for name, facts in cases.items()} == {
        name: [name] for name in cases
    }


def test_the_worst_reason_is_the_condition_and_a_transition_is_told_once() -> None:
    health = Health(FakeClock())
    assert not health.update(WELL)
    assert health.update(replace(WELL, reload_refused=True))
    assert not health.update(replace(WELL, reload_refused=True))
    assert health.update(replace(WELL, reload_refused=True, silent=9.0))
    assert (health.condition.state, health.condition.reason) == ("fault", "no_input")
    assert health.wrong == ("reload_refused", "no_input")


def test_since_and_count_tell_when_and_how_often() -> None:
    clock = FakeClock(datetime(2030, 1, 1, tzinfo=UTC))
    health = Health(clock)
    for _ in range(3):
        clock.advance(10.0)
        health.update(replace(WELL, silent=9.0))
        since = clock.utc()
        clock.advance(1.0)
        assert not health.update(replace(WELL, silent=10.0))
        assert health.condition.since == since
        if health.condition.count < 3:
            health.update(WELL)
    assert health.condition.count == 3


def test_a_step_of_the_wall_clock_changes_no_condition() -> None:
    clock = FakeClock()
    health = Health(clock)
    for year in (1970, 2080, 2030):
        clock.set_utc(datetime(year, 1, 1, tzinfo=UTC))
        assert not health.update(WELL)


def _progress(now: float, samples: int, decisions: int, waiting: int = 0) -> Progress:
    return Progress(now=now, samples=samples, decisions=decisions, waiting=waiting)


def test_the_watchdog_is_fed_while_decisions_follow_the_signal() -> None:
    watchdog = Watchdog(span=100, patience=5.0)
    assert all(watchdog.alive(_progress(t, 100 * t, t)) for t in range(20))


def test_the_watchdog_is_not_fed_when_signal_comes_and_no_decision_does() -> None:
    watchdog = Watchdog(span=100, patience=5.0)
    fed = [watchdog.alive(_progress(t, 100 * t, 1)) for t in range(6)]
    assert fed == [True, True, True, False, False, False]


def test_the_watchdog_is_not_fed_when_samples_wait_and_nothing_moves() -> None:
    watchdog = Watchdog(span=100, patience=5.0)
    fed = [watchdog.alive(_progress(t, 50, 1, waiting=10)) for t in range(8)]
    assert fed == [True] * 6 + [False] * 2


def test_a_silent_source_does_not_starve_the_watchdog() -> None:
    watchdog = Watchdog(span=100, patience=5.0)
    assert all(watchdog.alive(_progress(t, 50, 0)) for t in range(1000))
