from __future__ import annotations

import errno
import json
import os
import resource
import socket
import threading
from pathlib import Path

import pytest

from harken.daemon.events import Committed
from harken.errors import CreateError
from harken.sinks.lines import Lines
from harken.sinks.unix import Unix


def _alarm(number: int) -> Committed:
    return Committed(id=f"pump:1:{number}", body={"state": "raised"})


def _ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def test_lines_are_added_at_the_end_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lines.jsonl"
    for number in (1, 2):
        sink = Lines(path=str(path)).open()
        sink.write(_alarm(number))
        sink.close()
    assert _ids(path) == ["pump:1:1", "pump:1:2"]


def test_a_line_that_was_torn_by_a_power_cut_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"type":"alarm","id":"pump:1:0"}\n{"type":"ala')
    sink = Lines(path=str(path)).open()
    sink.write(_alarm(1))
    sink.close()
    assert _ids(path) == ["pump:1:0", "pump:1:1"]


@pytest.mark.parametrize(
    "theirs",
    [
        "remember the milk",
        '{"mine": "and all I have"}',
        '{"mine": "half of wh',
        '{"type":"mine","whole":true}',
        "x" * 65536 + '{"type":"within a long line',
    ],
    ids=["text", "object", "half an object", "whole", "long"],
)
def test_a_last_line_that_is_not_ours_stays(tmp_path: Path, theirs: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(theirs)
    sink = Lines(path=str(path)).open()
    sink.write(_alarm(1))
    sink.close()
    first, second = path.read_text().splitlines()
    assert first == theirs
    assert json.loads(second)["id"] == "pump:1:1"


@pytest.mark.parametrize("how", ["moved", "deleted"])
def test_a_file_that_was_rotated_is_opened_anew(tmp_path: Path, how: str) -> None:
    path = tmp_path / "lines.jsonl"
    sink = Lines(path=str(path)).open()
    sink.write(_alarm(1))
    if how == "moved":
        path.rename(tmp_path / "lines.jsonl.1")
    else:
        path.unlink()
    sink.write(_alarm(2))
    sink.close()
    assert _ids(path) == ["pump:1:2"]


def test_a_file_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CreateError, match="cannot be written"):
        Lines(path=str(tmp_path)).open()


def test_a_full_disk_leaves_no_half_line_and_the_next_try_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    sink = Lines(path=str(path)).open()
    sink.write(_alarm(1))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 5, before[1]))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            sink.write(_alarm(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert _ids(path) == ["pump:1:1"]
    sink.write(_alarm(2))
    sink.close()
    assert _ids(path) == ["pump:1:1", "pump:1:2"]


def test_a_receiver_on_a_unix_socket_may_come_later_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "out.sock"
    sink = Unix(path=path).open()
    with pytest.raises(FileNotFoundError):
        sink.write(_alarm(1))
    got = []
    for number in (1, 2):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
            listening.bind(str(path))
            listening.listen(1)
            writing = threading.Thread(target=sink.write, args=(_alarm(number),))
            writing.start()
            caller, _ = listening.accept()
            with caller, caller.makefile("rb") as lines:
                got.append(json.loads(next(lines))["id"])
            writing.join()
        path.unlink()
        with pytest.raises(OSError, match=r"Broken pipe|No such file|Connection"):
            sink.write(_alarm(3))
    sink.close()
    assert got == ["pump:1:1", "pump:1:2"]
