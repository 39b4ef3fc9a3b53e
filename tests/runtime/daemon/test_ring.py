from __future__ import annotations

import threading

import numpy as np
import pytest
from tests.runtime.daemon.heard_pieces import cut, end, heard

from harken.daemon.heard import Heard
from harken.daemon.ring import Ring
from harken.testing import DEADLINE


def _taken(ring: Ring) -> list[Heard]:
    ring.end()
    return list(iter(ring.take, None))


def test_a_ring_gives_back_what_was_put_in_order() -> None:
    ring = Ring(capacity=100, hop=10, live=True)
    for piece in cut(90, 7):
        ring.put(piece)
    got = np.concatenate([piece.block.samples for piece in _taken(ring)], axis=1)
    np.testing.assert_array_equal(got[0], np.arange(90))
    assert ring.dropped_hops == 0


@pytest.mark.parametrize("length", [1, 7, 10, 33, 250])
def test_a_full_ring_drops_the_oldest_whole_hops_and_counts_them(length: int) -> None:
    ring = Ring(capacity=95, hop=10, live=True)
    for piece in cut(1000, length):
        ring.put(piece)
        assert ring.held <= 95
    blocks = [piece.block for piece in _taken(ring)]
    first = blocks[0].first
    assert first == 10 * ring.dropped_hops, "positions jump by exactly what was dropped"
    got = np.concatenate([block.samples for block in blocks], axis=1)[0]
    np.testing.assert_array_equal(got, np.arange(first, 1000), "the newest are kept")
    assert 1000 - first > 95 - 10, "no more is dropped than has to be"


def test_a_block_that_is_cut_keeps_the_positions_of_what_is_left() -> None:
    ring = Ring(capacity=20, hop=8, live=True)
    ring.put(heard(0, 20))
    ring.put(heard(20, 21))
    oldest = ring.take()
    assert oldest is not None
    assert oldest.block.first == 8
    assert oldest.block.samples[0, 0] == 8.0


def test_a_source_that_is_not_live_waits_for_room_and_loses_nothing() -> None:
    ring = Ring(capacity=20, hop=10, live=False)

    def fill() -> None:
        for piece in cut(1000, 13):
            ring.put(piece)
        ring.end()

    filler = threading.Thread(target=fill)
    filler.start()
    got = [piece.block for piece in iter(ring.take, None)]
    filler.join(DEADLINE)
    assert [block.first for block in got] == list(range(0, 1000, 13))
    assert ring.dropped_hops == 0


def test_ending_a_ring_frees_a_source_that_waits_for_room() -> None:
    ring = Ring(capacity=20, hop=10, live=False)
    ring.put(heard(0, 20))
    waiting = threading.Thread(target=ring.put, args=(heard(20, 40),))
    waiting.start()
    ring.end()
    waiting.join(DEADLINE)
    assert not waiting.is_alive()
    assert len(_taken(ring)) == 1


def test_a_block_longer_than_the_ring_goes_through_when_the_source_waits() -> None:
    ring = Ring(capacity=20, hop=10, live=False)
    ring.put(heard(0, 50))
    assert _taken(ring)[0].block.last == 50


def test_that_an_input_ended_is_kept_when_its_samples_are_dropped() -> None:
    ring = Ring(capacity=20, hop=10, live=True)
    for first in range(0, 100, 10):  # many short inputs, one after the other
        ring.put(heard(first, first + 10))
        ring.put(end(first + 10))
    told = [(piece.ended, piece.block.first) for piece in _taken(ring)]
    ends = [(True, 70), (True, 80)]  # of the dropped ones no more than these two
    assert told == [*ends, (False, 80), (True, 90), (False, 90), (True, 100)]
    assert ring.dropped_hops == 8


def test_an_end_is_given_between_what_came_before_and_after_it() -> None:
    ring = Ring(capacity=25, hop=10, live=True)
    for piece in (heard(0, 5), end(5), heard(6, 20), heard(20, 32)):
        ring.put(piece)
    told = [(piece.ended, piece.block.first, piece.block.last) for piece in _taken(ring)]
    assert told == [(True, 5, 5), (False, 11, 20), (False, 20, 32)]
