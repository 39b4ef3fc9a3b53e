"""``harken status`` before something that is no harkend."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from tests.runtime.printed import said

from harken.cli.main import main
from harken.testing import DEADLINE


@pytest.mark.parametrize("answer", [b"", b"hello\n", b'{"type":"hea', b"[]\n", b'{"state":"ok"}\n'])
def test_an_answer_that_is_none_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    path = tmp_path / "harkend.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen(1)
        listening.settimeout(DEADLINE)

        def serve() -> None:
            caller, _ = listening.accept()
            with caller:
                caller.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        status = main(["status", "--socket", str(path)])
        serving.join(DEADLINE)
    assert status == 74
    assert said(capsys).startswith(f"harken: {path}: the answer is no state of a harkend")


def test_where_nobody_listens_it_says_how_to_start_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "harkend.sock"
    assert main(["status", "--socket", str(path)]) == 66
    assert f"start one with harkend --socket {path}" in said(capsys)
