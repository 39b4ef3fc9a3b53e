"""Several sets of recordings as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harken.errors import HarkenError, SettingsError
from harken.settings import dump, load
from harken_train.readers.folder import Folder
from harken_train.readers.joined import Joined
from harken_train.readers.simulated import Simulated
from harken_train.splits.group import Group


def small(seed: int) -> Simulated:
    return Simulated(bearings=2, recordings_each=1, seconds=0.2, seed=seed)


def test_groups_and_names_of_different_parts_stay_apart() -> None:
    recordings = Joined(parts=(small(1), small(2))).recordings()
    assert len({recording.name for recording in recordings}) == len(recordings) == 16
    assert len({recording.group for recording in recordings}) == 16
    assert [recording.attributes["part"] for recording in recordings] == [
        *["simulated_0"] * 8,
        *["simulated_1"] * 8,
    ]


def test_its_settings_come_back_from_a_table() -> None:
    joined = Joined(parts=(small(1), small(2)))
    assert load(Joined, dump(joined)) == joined


def test_no_part_is_refused() -> None:
    with pytest.raises(SettingsError, match="parts: need at least one"):
        Joined(parts=())


def test_a_look_goes_on_after_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "broken.npy").write_bytes(b"nothing")
    np.save(tmp_path / "a" / "whole.npy", np.zeros(100, np.float32))
    found = Joined(parts=(small(1), Folder(path=tmp_path, rate=12000))).survey()
    assert [isinstance(item, HarkenError) for item in found] == [False] * 8 + [True, False]


def test_one_group_of_a_class_may_be_cut_in_time_and_the_others_held_apart() -> None:
    recordings = Joined(parts=(small(1), small(2))).recordings()
    timed = "simulated_0/normal_00"
    split = Group(by_time=(timed,)).split(recordings, 256, np.random.default_rng(0))
    parts = [
        {recordings[span.recording].group for span in spans} for spans in split.parts().values()
    ]
    assert parts[0] & parts[2] == {timed}
