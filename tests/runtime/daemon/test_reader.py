"""When and where samples were heard, told from when their pieces come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from tests.runtime.daemon.heard_pieces import BEGAN, ramp

from harken.daemon.heard import Heard
from harken.daemon.reader import Reader
from harken.daemon.ring import Ring
from harken.errors import DataError
from harken.stream import Samples
from harken.testing import FakeClock, ListSource
from harken.transport.stop import Stop

RATE = 100


class LateSource(ListSource):
    """Inputs of pieces of one second, the first of each so many seconds after it was opened."""

    def __init__(self, clock: FakeClock, *late: float) -> None:
        super().__init__(listens=True)
        self._clock, self._late = clock, late

    def inputs(self, _: Stop) -> Iterator[Iterator[Samples]]:
        for late in self._late:
            yield self._pieces(late)

    def _pieces(self, late: float) -> Iterator[Samples]:
        for seconds in (late, 1.0):
            self._clock.advance(seconds)
            yield ramp(0, RATE)


def _heard(*late: float, live: bool) -> list[Heard]:
    return [heard for heard in _all(*late, live=live) if not heard.ended]


def _all(*late: float, live: bool) -> list[Heard]:
    clock, stop = FakeClock(BEGAN), Stop()
    ring = Ring(capacity=1000 * RATE, hop=RATE, live=live)
    Reader(LateSource(clock, *late), ring, rate=RATE, clock=clock, stop=stop).run()
    ring.end()
    stop.close()
    return list(iter(ring.take, None))


def _time(heard: Heard) -> datetime:
    return heard.origin.time_of(heard.block.first, RATE)


@pytest.mark.parametrize("live", [True, False])
def test_a_first_sample_that_comes_late_is_stamped_late(*, live: bool) -> None:
    first, second = _heard(100.0, live=live)
    assert (first.block.first, second.block.first) == (0, RATE)
    assert _time(first) == BEGAN + timedelta(seconds=99)
    assert _time(second) == BEGAN + timedelta(seconds=100)


@pytest.mark.parametrize("live", [True, False])
def test_silence_between_connecting_and_the_first_sample_is_part_of_the_jump(*, live: bool) -> None:
    _, before, after, _ = _heard(1.0, 61.0, live=live)
    assert after.block.first - before.block.last == 60 * RATE
    assert _time(after) - _time(before) == timedelta(seconds=61)


def test_a_recording_that_is_there_at_once_begins_when_it_was_opened() -> None:
    assert _time(_heard(0.0, live=False)[0]) == BEGAN


def test_a_live_piece_that_is_there_at_once_was_heard_before() -> None:
    assert _time(_heard(0.0, live=True)[0]) == BEGAN - timedelta(seconds=1)


def test_every_input_ends_where_its_last_sample_was() -> None:
    told = _all(1.0, 61.0, live=True)
    assert [heard.ended for heard in told] == [False, False, True] * 2
    for before, end in ((told[1], told[2]), (told[4], told[5])):
        assert (end.block.first, end.block.last) == (before.block.last, before.block.last)
        assert end.origin is before.origin


class Breaking(ListSource):
    """One input without a sample, one that breaks after its first piece."""

    def inputs(self, _: Stop) -> Iterator[Iterator[Samples]]:
        yield iter(())
        yield self._broken()

    def _broken(self) -> Iterator[Samples]:
        yield ramp(0, RATE)
        raise DataError("broken")


def test_an_input_that_breaks_has_ended_and_one_without_a_sample_never_began() -> None:
    clock, stop, ring = FakeClock(BEGAN), Stop(), Ring(capacity=1000, hop=10, live=True)
    Reader(Breaking(listens=True), ring, rate=RATE, clock=clock, stop=stop).run()
    ring.end()
    stop.close()
    told = list(iter(ring.take, None))
    assert [(heard.ended, heard.block.last) for heard in told] == [(False, RATE), (True, RATE)]
