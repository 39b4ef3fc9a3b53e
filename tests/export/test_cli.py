"""``harken-export``: what it prints, and how it leaves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import harken
from harken_export.cli import PROGRAM, app
from harken_train.cli import outcome

COMMAND = Path(sys.executable).with_name("harken-export")
ROOM = 32  # KiB that a file may grow to before the disk is full; the model needs more


def leave(*arguments: object) -> int:
    return outcome.run(app, PROGRAM, [str(argument) for argument in arguments])


def test_an_export_tells_its_stages_its_parity_and_what_to_type_next(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bearing.onnx"
    assert leave("export", trained, "-o", file) == 0
    shown = capsys.readouterr()
    assert [line.split()[0] for line in shown.err.splitlines()] == [
        *("compose", "parity", "contract", "open")
    ]
    assert re.search(r"^features +\d\.\de-\d\d +5\.0e-05 ", shown.out, re.MULTILINE)
    assert "split: honest: groups apart" in shown.out
    assert shown.out.rstrip().endswith(f"next: harken classify {file} CLIP.wav")
    assert file.stat().st_mode & 0o777 == 0o644

    assert leave("parity", file, trained) == 0
    assert "decisions equal on 100.00%" in capsys.readouterr().out

    assert leave("export", trained, "-o", file) == 73
    assert capsys.readouterr().err.startswith(f"harken-export: {file}: exists already")


def test_quiet_prints_the_file_alone(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "quiet.onnx"
    assert leave("export", trained, "-o", file, "-q") == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == (f"{file}\n", "")


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (["export"], 64, "missing argument 'RUN'; see harken-export export --help"),
        (["export", "x", "--precision", "int4"], 64, "invalid value for '--precision'"),
        (["export", "nowhere"], 66, "harken-export: nowhere: is not a run"),
        (["export", "."], 66, "is not a run, it holds no run.json"),
        (["parity", "nothing.onnx", "nowhere"], 66, "harken-export: nothing.onnx: there is no"),
        (["exprot"], 64, "no such command 'exprot'"),
    ],
)
def test_a_mistake_is_one_line_and_its_own_status(
    arguments: list[str], status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave(*arguments) == status
    told = capsys.readouterr().err
    assert line in told
    assert len(told.splitlines()) == 1


def test_a_run_beside_that_is_not_there_is_refused_before_the_work(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave("export", trained, "-o", tmp_path / "x.onnx", "--beside", "nope") == 66
    assert capsys.readouterr().err == ("harken-export: nope: is not a run, it holds no run.json\n")


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("--version") == 0
    assert capsys.readouterr().out == f"harken-export {harken.__version__}\n"


def test_the_list_of_commands_cuts_no_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("--help") == 0
    assert "..." not in capsys.readouterr().out.replace("[ARGS]...", "")


def test_ctrl_c_in_the_demo_is_one_line(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "harken_export.demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "\n"
        assert process.stderr.readline()  # its first command has spoken: it is there to be ended
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()
    assert process.returncode == 130
    assert told.splitlines()[-1] == "demo: interrupted; the next one starts anew"
    assert "Traceback" not in told


@pytest.mark.parametrize("command", [["--help"], ["export", "--help"], ["parity", "--help"]])
def test_help_teaches_by_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(*command) == 0
    assert re.search(
        r"^ +harken-export (export|parity) .*\.onnx", capsys.readouterr().out, re.MULTILINE
    )


def test_a_full_disk_is_told_and_leaves_nothing(trained: Path, tmp_path: Path) -> None:
    file = tmp_path / "full.onnx"
    done = subprocess.run(
        [
            "bash",
            "-c",
            f'ulimit -f {ROOM}; "$0" "$@"',
            COMMAND,
            "export",
            trained,
            "-o",
            file,
            "-q",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 74, done.stderr
    assert "full.onnx: writing failed, File too large; nothing was left behind" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_nothing_and_says_so_in_one_line(trained: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [COMMAND, "export", trained, "-o", tmp_path / "cut.onnx"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("compose")
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130, rest
    assert rest.splitlines()[-1] == "harken-export: interrupted"
    assert "Traceback" not in rest
    assert list(tmp_path.iterdir()) == []
