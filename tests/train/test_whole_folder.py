"""A folder has its name when it is whole, and what was left half-made goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from harken.errors import CreateError
from harken_train.whole_folder import HALF, whole_folder


def test_a_folder_has_its_name_only_at_the_end(tmp_path: Path) -> None:
    wanted = tmp_path / "deep" / "set"
    with whole_folder(wanted) as beside:
        (beside / "a").write_text("1")
        assert not wanted.exists()
    assert (wanted / "a").read_text() == "1"
    assert [path.name for path in wanted.parent.iterdir()] == ["set"]


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "set"):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (f".set.x1{HALF}", f".other.x1{HALF}", ".set.notes"):
        (tmp_path / name).mkdir()
    with whole_folder(tmp_path / "set"):
        pass
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"set", f".other.x1{HALF}", ".set.notes"}


def test_what_a_living_process_fills_is_let_be(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "set") as first:
        (first / "a").write_text("1")
        with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "set"):
            raise ZeroDivisionError
        assert first.exists()
    assert (tmp_path / "set" / "a").exists()


def test_a_name_that_is_taken_is_told(tmp_path: Path) -> None:
    (tmp_path / "set").write_text("a file")
    with pytest.raises(CreateError, match="set: cannot be created"), whole_folder(tmp_path / "set"):
        pass
