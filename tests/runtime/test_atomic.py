from __future__ import annotations

from pathlib import Path

import pytest

from harken.atomic import write_bytes, write_text, written_beside
from harken.errors import CreateError, InputOutputError


def test_a_file_takes_its_name_with_all_of_its_content(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    write_text(path, "größer")
    assert path.read_bytes() == "größer".encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"old")
    with written_beside(path) as beside:
        beside.write_bytes(b"half")
        assert path.read_bytes() == b"old"
        assert beside.parent == tmp_path
        beside.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"


@pytest.mark.parametrize("end", [KeyboardInterrupt, ValueError])
def test_whatever_ends_it_early_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, end: type[BaseException]
) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"old")
    with pytest.raises(end):
        _write_half_and_end(path, end)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(InputOutputError, match="nothing was left behind") as told:
        _write_to_a_full_disk(path)
    assert "No space left on device" in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    write_bytes(tmp_path / "file", b"")
    with pytest.raises(CreateError, match="cannot be created, "):
        write_bytes(tmp_path / "file" / "below", b"")


def test_a_name_that_is_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputOutputError, match="writing failed"):
        write_bytes(tmp_path / "folder", b"content")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def _write_half_and_end(path: Path, end: type[BaseException]) -> None:
    with written_beside(path) as beside:
        beside.write_bytes(b"half")
        raise end


def _write_to_a_full_disk(path: Path) -> None:
    with written_beside(path) as beside:
        beside.unlink()
        beside.symlink_to("/dev/full")
        beside.write_bytes(b"more than fits")
