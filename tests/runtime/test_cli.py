"""What a person at the device types, and what comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.runtime import tiny_model
from tests.runtime.printed import objects, said, table

from harken.cli.main import COMMANDS, main
from harken.measure import FIRST_DECISION

ROOT = Path(__file__).resolve().parents[2]
LONGEST_HELP = 0.15  # seconds
HARKEN = [sys.executable, "-c", "import sys; from harken.cli.main import main; sys.exit(main())"]


def test_help_comes_at_once_and_without_numpy() -> None:
    script = "import sys; from harken.cli.main import main\ntry: main(['--help'])\nfinally: "
    check = "assert not {'numpy', 'onnxruntime'} & set(sys.modules), 'imported too much'"
    times = []
    for _ in range(5):
        before = time.perf_counter()
        subprocess.run([sys.executable, "-c", script + check], check=True, capture_output=True)
        times.append(time.perf_counter() - before)
    assert min(times) < LONGEST_HELP


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_its_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"harken {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["frobnicate"],
        ["classify"],
        ["classify", "model.onnx"],
        ["inspect", "a", "b"],
        ["classify", "m", "f", "--rate", "fast"],
        ["classify", "m", "f", "--rate", "-5"],
        ["classify", "m", "f", "--rate", "0"],
        ["bench", "m", "--frob"],
    ],
)
def test_a_wrong_call_leaves_by_64(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 64
    assert "--help" in said(capsys)


def test_inspect_shows_the_contract(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "tiny.onnx"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "1 x 256 samples at 8000 Hz (0.032 s)",
        "62.5 decisions a second",
        "normal (no alarm), fault",
        "3 of the last 5 windows at 0.6 or more",
        "scores within 0.0001",
        "(--all: every setting and every figure)",
    ):
        assert words in shown
    assert main(["inspect", "tiny.onnx", "--json"]) == 0
    [facts] = objects(capsys)
    assert facts["contract"]["classes"] == ["normal", "fault"]
    assert len(facts["sha256"]) == 64


def test_inspect_shows_the_lengths_and_the_words_of_whole_recordings(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = tiny_model.build(
        rate=300,
        window=9000,
        hop=3000,
        lengths=(2700, 18600),
        classes=("N", "A"),
        words={"A": "atrial fibrillation", "N": "normal rhythm"},
        abstain={"0.1": 0.6, "0.05": 0.5},
    )
    Path("whole.onnx").write_bytes(content)
    assert main(["inspect", "whole.onnx"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "1 x 2700 to 18600 samples at 300 Hz (9 to 62 s, decided whole)",
        "3000 samples: 0.1 decisions a second; on a stream 30 s at a time",
        "N (normal rhythm; no alarm), A (atrial fibrillation)",
        "share of recordings left unsure: 5% below 0.50, 10% below 0.60",
        "power [1, any]",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("content", "status"), [(None, 66), (b"no onnx", 65), (tiny_model.build()[:900], 65)]
)
@pytest.mark.parametrize("command", ["inspect", "selftest", "bench", "classify"])
def test_a_bad_model_is_one_line(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    content: bytes | None,
    status: int,
) -> None:
    if content is not None:
        Path("bad.onnx").write_bytes(content)
    files = ["loud.wav"] if command == "classify" else []
    assert main([command, "bad.onnx", *files]) == status
    assert said(capsys).startswith("harken: bad.onnx: ")


def test_selftest_passes_a_good_model(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest", "tiny.onnx"]) == 0
    assert table(capsys)[1][0::3] == ["scores", "pass"]


def test_selftest_refuses_one_that_answers_otherwise(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("other.onnx").write_bytes(tiny_model.build(honest=False))
    assert main(["selftest", "other.onnx"]) == 77
    captured = capsys.readouterr()
    assert "FAIL" in captured.out
    assert captured.err == "harken: other.onnx: fails its probe on this machine\n"
    assert main(["selftest", "other.onnx", "--json"]) == 77
    assert objects(capsys)[0]["passed"] is False


def test_bench_measures(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "tiny.onnx", "--decisions", "20", "--starts", "1"]
    assert main(words) == 0
    assert "peak memory" in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    [found] = objects(capsys)
    milliseconds = found["milliseconds"]
    assert 0 < milliseconds["p50"] <= milliseconds["p95"] <= milliseconds["p99"]
    assert 0 < found["real_time_factor"] < 1
    assert found["start_seconds"] > 0
    assert found["peak_memory_bytes"] > 2**20
    assert main(["bench", "tiny.onnx", "--decisions", "0"]) == 64


def test_a_reader_that_has_seen_enough_is_no_error(here: Path) -> None:
    process = subprocess.Popen(
        [*HARKEN, "classify", "tiny.onnx", "--json", *["loud.wav"] * 50],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


def test_a_full_disk_behind_stdout_is_one_line(here: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*HARKEN, "inspect", "tiny.onnx", "--json"],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 74
    assert done.stderr == b"harken: the output cannot be written, the disk is full\n"


def test_ctrl_c_is_one_line_and_130(here: Path) -> None:
    os.mkfifo("never.wav")
    process = subprocess.Popen(
        [*HARKEN, "classify", "tiny.onnx", "loud.wav", "never.wav"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    while b"loud.wav" not in process.stdout.readline():
        pass  # it decides the first file, then waits for the second
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()
    assert process.returncode == 130
    assert told == b"harken: interrupted\n"


def test_ctrl_c_at_a_terminal_ends_bench_and_its_children_in_one_line(here: Path) -> None:
    process = subprocess.Popen(
        [*HARKEN, "bench", "tiny.onnx", "--starts", "100000"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        process_group=0,
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while not children.read_text():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of the group
    _, told = process.communicate()
    assert process.returncode == 130
    assert told == b"harken: interrupted\n"


def test_a_fresh_process_that_nobody_waits_for_any_more_ends_in_silence(here: Path) -> None:
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", FIRST_DECISION, "tiny.onnx"], stdout=writing, stderr=subprocess.PIPE
    ) as process:  # as of a bench that was interrupted while it started this one
        os.close(writing)
        os.close(reading)
        _, told = process.communicate()
    assert told == b""
    assert process.returncode == -signal.SIGPIPE


@pytest.mark.parametrize("command", ["train", "export"])
def test_a_missing_extra_is_one_sentence_that_names_it(command: str) -> None:
    folders = [str(ROOT / folder) for folder in ("runtime", "train", "export")]
    done = subprocess.run(
        [
            *(sys.executable, "-S", "-c"),  # -S: nothing that is installed can be imported
            f"import sys; from harken.cli.toolchain import {command}; sys.exit({command}())",
        ],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(folders)},
    )
    assert done.returncode == 69
    [line] = done.stderr.splitlines()
    assert line.startswith(f"harken-{command}: needs torch, ")
    assert f"pip install 'harken[{command}]'" in line
