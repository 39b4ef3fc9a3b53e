"""Arrays that are too large for memory lie in nameless files, and are the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harken.errors import InputOutputError
from harken_train.mapped import BATCH_BYTES, Shelf, empty, free_memory, in_batches
from harken_train.recordings import Recording, whole
from harken_train.segments import AT_ONCE, cut


def test_only_what_is_too_large_lies_in_a_file_and_the_file_has_no_name(tmp_path: Path) -> None:
    small = empty((10, 3), "features", tmp_path, largest=120)
    large = empty((11, 3), "features", tmp_path, largest=120)
    assert not isinstance(small, np.memmap)
    assert isinstance(large, np.memmap)
    large[:] = 2.0
    assert large.sum() == 66.0
    assert list(tmp_path.iterdir()) == []


def test_what_fits_on_no_disk_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(
        InputOutputError, match=r"MB of windows do not fit there, .*; free some space"
    ):
        empty((2**40, 2**20), "windows", tmp_path)


def test_a_shelf_keeps_in_memory_what_there_is_room_for_and_the_rest_in_a_file(
    tmp_path: Path,
) -> None:
    shelf = Shelf("recordings", tmp_path, largest=100)
    arrays = [np.full((2, n), n, np.float32) for n in (5, 6, 7, 1)]
    kept = [shelf.keep(one) for one in arrays]
    assert [isinstance(one, np.memmap) for one in kept] == [False, False, True, False]
    for one, array in zip(kept, arrays, strict=True):
        np.testing.assert_array_equal(one, array)
        assert not one.flags.writeable
    assert list(tmp_path.iterdir()) == []


def test_batches_are_of_all_rows_in_order_and_a_few_megabytes_each() -> None:
    assert [(s.start, s.stop) for s in in_batches(5, 1, 2)] == [(0, 2), (2, 4), (4, 5)]
    half = BATCH_BYTES // 8
    assert [(s.start, s.stop) for s in in_batches(5, half, 99)] == [(0, 2), (2, 4), (4, 5)]
    assert len(list(in_batches(3, 10 * BATCH_BYTES, 99))) == 3
    assert list(in_batches(0, 1, 1)) == []


def test_there_is_free_memory_and_not_more_than_there_can_be() -> None:
    assert 0 < free_memory() < 2**50


def test_windows_of_a_long_recording_are_cut_in_pieces_and_none_is_lost() -> None:
    samples = np.arange(2 * AT_ONCE + 3, dtype=np.float32)[None]
    long = Recording(
        name="a", label="x", group="a", rate=1, frames=samples.shape[1], read=lambda: samples
    )
    found = cut([long], whole([long]), ("x",), window=AT_ONCE // 4, hop=AT_ONCE // 8 - 1)
    assert list(np.diff(found.first)) == [AT_ONCE // 8 - 1] * (len(found) - 1)
    assert found.first[-1] + AT_ONCE // 4 + AT_ONCE // 8 - 1 > samples.shape[1]
    np.testing.assert_array_equal(found.samples[:, 0, 0], found.first)
    np.testing.assert_array_equal(
        found.samples[-1, 0], samples[0, found.first[-1] :][: AT_ONCE // 4]
    )
