"""Fetching public recordings, against a server on this machine that answers badly in many ways."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harken.errors import DataError, InputOutputError, UsageError
from harken_train.cli import outcome
from harken_train.cli.data import app
from harken_train.fetch import Plan, PublicFile, fetch, plan, sha256_of

CONTENT = bytes(i * i % 251 for i in range(200_000))
BREAK = 65_536  # bytes, as many as are taken from the connection at once


class BadServer(ThreadingHTTPServer):
    """Answers each path by its first segment; counts requests and remembers their ranges."""

    daemon_threads = True
    ranges: list[str | None]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.ranges = []

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that the test broke on purpose is not worth a traceback."""


class Answer(BaseHTTPRequestHandler):
    server: BadServer
    first: int

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        self.first = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        getattr(self, f"_{self.path.split('/')[1]}")()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""

    def _send(self, body: bytes, status: int = 200, length: int | None = None, **more: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _rest(self, last: int | None) -> None:
        first = self.first
        body = CONTENT[first:last]
        said = f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}"
        self._send(body, 206 if first else 200, len(CONTENT) - first, Content_Range=said)

    def _good(self) -> None:
        self._rest(None)

    def _breaks(self) -> None:
        """Every answer ends after a piece more, and the connection with it."""
        self._rest(self.first + BREAK)
        self.close_connection = True

    def _stubborn(self) -> None:
        """Breaks once, then sends all of it, whatever part is asked for."""
        if len(self.server.ranges) == 1:
            self._send(CONTENT[:BREAK], length=len(CONTENT))
            self.close_connection = True
        else:
            self._send(CONTENT)

    def _wrong(self) -> None:
        self._send(bytes(len(CONTENT)))

    def _short(self) -> None:
        self._send(b"<html>please log in</html>")

    def _long(self) -> None:
        self._send(CONTENT + b"more")

    def _missing(self) -> None:
        self._send(b"no", 404)

    def _busy(self) -> None:
        if len(self.server.ranges) < 3:
            self._send(b"later", 503)
        else:
            self._good()


@pytest.fixture
def server() -> Iterator[BadServer]:
    with BadServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def at_once(seconds: float) -> None:
    """Do not wait between two tries."""
    assert seconds > 0.0


def wanted(server: BadServer, kind: str, folder: Path) -> Plan:
    file = PublicFile(
        name="105.mat",
        url=f"http://127.0.0.1:{server.server_port}/{kind}/105.mat",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        bytes=len(CONTENT),
    )
    return Plan(folder=folder, missing=(file,), present=())


def test_a_good_answer_is_kept_under_its_name(server: BadServer, tmp_path: Path) -> None:
    counted: list[int] = []
    fetch(wanted(server, "good", tmp_path), counted.append)
    assert [path.name for path in tmp_path.iterdir()] == ["105.mat"]
    assert (tmp_path / "105.mat").read_bytes() == CONTENT
    assert sum(counted) == len(CONTENT)


def test_a_broken_connection_goes_on_where_it_stopped(server: BadServer, tmp_path: Path) -> None:
    waits: list[float] = []
    counted: list[int] = []
    fetch(wanted(server, "breaks", tmp_path), counted.append, waits.append)
    assert (tmp_path / "105.mat").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=65536-", "bytes=131072-", "bytes=196608-"]
    assert waits == [1.0, 2.0, 4.0]
    assert sum(counted) == len(CONTENT)


def test_a_server_that_cannot_resume_is_read_from_the_start(
    server: BadServer, tmp_path: Path
) -> None:
    fetch(wanted(server, "stubborn", tmp_path), sleep=at_once)
    assert (tmp_path / "105.mat").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=65536-"]


def test_what_an_earlier_call_left_is_gone_on_with(server: BadServer, tmp_path: Path) -> None:
    (tmp_path / ".105.mat.part").write_bytes(CONTENT[:150_000])
    fetch(wanted(server, "good", tmp_path))
    assert server.ranges == ["bytes=150000-"]
    assert [path.name for path in tmp_path.iterdir()] == ["105.mat"]


def test_a_wrong_part_of_an_earlier_call_is_thrown_away_and_all_of_it_fetched(
    server: BadServer, tmp_path: Path
) -> None:
    (tmp_path / ".105.mat.part").write_bytes(bytes(150_000))
    fetch(wanted(server, "good", tmp_path), sleep=at_once)
    assert server.ranges == ["bytes=150000-", None]
    assert (tmp_path / "105.mat").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("wrong", "not what was published"),
        ("missing", "the server answers 404 Not Found"),
        ("short", "gives 26 bytes where 200000 were published"),
        ("long", "gives more than 200000 bytes"),
    ],
)
def test_a_wrong_answer_is_refused_at_once_and_leaves_nothing(
    server: BadServer, tmp_path: Path, kind: str, words: str
) -> None:
    with pytest.raises(DataError, match=words) as caught:
        fetch(wanted(server, kind, tmp_path))
    assert "--base-url" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert len(server.ranges) == 1


def test_a_busy_server_is_asked_again(server: BadServer, tmp_path: Path) -> None:
    fetch(wanted(server, "busy", tmp_path), sleep=at_once)
    assert len(server.ranges) == 3
    assert (tmp_path / "105.mat").read_bytes() == CONTENT


def test_a_server_that_is_not_there_is_one_line_after_five_tries(tmp_path: Path) -> None:
    with BadServer() as gone:
        nowhere = wanted(gone, "good", tmp_path)
    waits: list[float] = []
    with pytest.raises(InputOutputError, match="connection broke, or cannot be made"):
        fetch(nowhere, sleep=waits.append)
    assert waits == [1.0, 2.0, 4.0, 8.0]
    assert not (tmp_path / "105.mat").exists()


def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    huge = PublicFile(name="a", url="http://127.0.0.1/a", sha256="0", bytes=10**18)
    with pytest.raises(InputOutputError, match="make room"):
        fetch(Plan(folder=tmp_path, missing=(huge,), present=()))


def test_a_mirror_that_is_no_web_address_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a web address"):
        fetch(plan("cwru", tmp_path, "somewhere"))


def test_the_plan_says_how_much_is_missing(tmp_path: Path) -> None:
    wanted = plan("cwru", tmp_path / "absent", "http://mirror/cwru/")
    assert len(wanted.missing) == 45
    assert wanted.bytes == sum(file.bytes for file in wanted.missing) > 100_000_000
    assert wanted.missing[0].url == "http://mirror/cwru/97.mat"
    assert not (tmp_path / "absent").exists()


def test_an_unknown_set_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'cwru'"):
        plan("cwr", tmp_path)


def test_the_command_says_how_much_and_asks_before_it_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fetch", "cwru", "--to", str(tmp_path / "cwru")]
    assert outcome.run(app, "harken-train data", arguments) == 64
    told = capsys.readouterr()
    assert told.out.startswith("45 files, 117.1 MB, from https://engineering.case.edu/sites/")
    assert told.err == (
        "harken-train data: nobody is there to be asked; say --yes to fetch all of it\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.data
def test_the_published_hashes_are_those_of_the_originals(cwru: Path) -> None:
    wanted = plan("cwru", cwru)
    assert wanted.missing == ()
    assert len(wanted.present) == 45
    assert wanted.present[0].sha256 == sha256_of(cwru / "normal_0_97.mat")
