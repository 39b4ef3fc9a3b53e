"""CWRU's original files, and small ones made like them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from harken.errors import DataError, MissingInputError
from harken_train.cwru_numbering import FACTS, number_of
from harken_train.readers.cwru import Cwru
from harken_train.recordings import Recording


def original(path: Path, number: int, **more: float) -> None:
    """A file as CWRU made them: several columns of doubles, and the speed."""
    ramp = np.arange(500.0)[:, None]
    scipy.io.savemat(
        path,
        {
            f"X{number:03d}_DE_time": ramp,
            f"X{number:03d}_FE_time": -ramp[:400],
            f"X{number:03d}RPM": 1772.0,
            **more,
        },
    )


@pytest.mark.data
def test_all_45_originals_are_told_by_files_csv_and_by_number_alike(cwru: Path) -> None:
    recordings = Cwru(path=cwru).recordings()
    assert len(recordings) == 45
    assert Counter(one.label for one in recordings) == {
        "ball": 16,
        "inner_race": 16,
        "outer_race": 12,
        "normal": 1,
    }
    for one in recordings:
        facts = FACTS[number_of(one.name) or 0]
        assert (one.label, one.rate) == (facts.label, facts.rate)
        assert one.attributes.get("size_mil") == facts.size_mil
        assert one.attributes["load"] == facts.load


@pytest.mark.data
def test_the_normal_recording_is_at_48_khz_and_28_mil_have_no_speed(cwru: Path) -> None:
    recordings = {number_of(one.name): one for one in Cwru(path=cwru).recordings()}
    assert recordings[97].rate == 48_000
    assert {one.rate for number, one in recordings.items() if number != 97} == {12_000}
    assert [n for n, one in recordings.items() if "rpm" not in one.attributes] == [
        *range(3001, 3009)
    ]
    assert recordings[3005].read().shape == (1, 120_801)  # its variable is X048_DE_time
    assert recordings[105].attributes["rpm"] == 1797


@pytest.mark.data
def test_one_bearing_is_one_group_whatever_its_load(cwru: Path) -> None:
    recordings = Cwru(path=cwru).recordings()
    groups = Counter(one.group for one in recordings)
    assert len(groups) == 12
    assert groups["outer_race 21 mil"] == 4
    assert groups["normal"] == 1


@pytest.mark.data
def test_sizes_loads_and_labels_keep_some(cwru: Path) -> None:
    assert len(Cwru(path=cwru, sizes=(7, 14, 21)).recordings()) == 37
    assert len(Cwru(path=cwru, loads=(1, 2, 3)).recordings()) == 33
    assert len(Cwru(path=cwru, labels=("ball", "normal")).recordings()) == 17
    assert len(Cwru(path=cwru, rates=(12_000,)).recordings()) == 45
    fan_end = Cwru(path=cwru, sizes=(7, 14, 21), position="FE").recordings()
    assert len(fan_end) == 37


def test_a_numbered_file_needs_no_list(tmp_path: Path) -> None:
    original(tmp_path / "175.mat", 175)
    (one,) = Cwru(path=tmp_path).recordings()
    assert (one.label, one.group, one.rate) == ("inner_race", "inner_race 14 mil", 48_000)
    assert one.attributes == {"load": 1, "size_mil": 14, "rpm": 1772}
    np.testing.assert_array_equal(one.read(), np.arange(500, dtype=np.float32)[None])


def test_of_two_recordings_in_a_file_its_own_number_is_taken(tmp_path: Path) -> None:
    original(tmp_path / "99.mat", 99, X098_DE_time=np.zeros((700, 1)))  # type: ignore[arg-type]  # an array
    (one,) = Cwru(path=tmp_path).recordings()
    assert one.frames == 500


def test_a_missing_folder_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"no such folder; 'harken-train data fetch cwru'"):
        Cwru(path=tmp_path / "absent").recordings()


def test_an_empty_folder_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"holds no .mat files; 'harken-train data fetch"):
        Cwru(path=tmp_path).recordings()


@pytest.mark.parametrize("content", [b"", b"text", b"MATLAB 5.0 MAT-file" + bytes(300)])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "105.mat").write_bytes(content)
    with pytest.raises(DataError, match=r"105.mat: not a MATLAB file that can be read"):
        Cwru(path=tmp_path).recordings()


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    original(tmp_path / "whole.mat", 105)
    (tmp_path / "105.mat").write_bytes((tmp_path / "whole.mat").read_bytes()[:3000])
    (tmp_path / "whole.mat").unlink()
    (one,) = Cwru(path=tmp_path).recordings()  # what its first variable is, can still be read
    with pytest.raises(DataError, match=r"105.mat: not a MATLAB file"):
        one.read()


def test_a_file_without_the_sensor_lists_what_it_has(tmp_path: Path) -> None:
    original(tmp_path / "105.mat", 105)
    with pytest.raises(DataError, match="no variable ends in _BA_time; there are: X105_DE_time"):
        Cwru(path=tmp_path, position="BA").recordings()


def test_a_number_that_is_not_cwrus_is_refused(tmp_path: Path) -> None:
    original(tmp_path / "5.mat", 5)
    with pytest.raises(DataError, match=r"5.mat: not a CWRU file by its number"):
        Cwru(path=tmp_path).recordings()


def test_a_survey_goes_on_after_a_bad_file(tmp_path: Path) -> None:
    original(tmp_path / "105.mat", 105)
    (tmp_path / "106.mat").write_bytes(b"")
    found = Cwru(path=tmp_path).survey()
    assert [isinstance(one, Recording) for one in found] == [True, False]
