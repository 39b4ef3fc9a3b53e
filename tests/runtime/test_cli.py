"""What a person at the device types, and what comes back."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runtime import tiny_model
from tests.runtime.wav_bytes import chunk, form, riff

from harken.cli.main import COMMANDS, main

RATE = 8000
ROOT = Path(__file__).resolve().parents[2]
LONGEST_HELP = 0.15  # seconds
HARKEN = [sys.executable, "-c", "import sys; from harken.cli.main import main; sys.exit(main())"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model and a few recordings, where the command is typed."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.onnx").write_bytes(tiny_model.build())
    write_wav("loud.wav", tiny_model.tone(0.5, 0.5))
    write_wav("quiet.wav", tiny_model.tone(0.5, 0.05))
    return tmp_path


def write_wav(path: str, samples: Any, rate: int = RATE, channels: int = 1) -> None:
    integers = np.repeat((samples * 32767).astype("<i2"), channels)
    described = form(rate=rate, channels=channels)
    Path(path).write_bytes(riff(described, chunk(b"data", integers.tobytes())))


def table(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """Words of the lines on stdout."""
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr."""
    [line] = capsys.readouterr().err.splitlines()
    return line


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


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
        ["bench", "m", "--frob"],
    ],
)
def test_a_wrong_call_leaves_by_64(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 64
    assert "--help" in said(capsys)


def test_classify_shows_one_line_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", "tiny.onnx", "loud.wav", "quiet.wav"]) == 0
    head, loud, quiet = table(capsys)
    assert head == ["file", "answer", "score", "share", "windows"]
    assert loud == ["loud.wav", "fault", "1.00", "100%", "30"]
    assert quiet[:2] == ["quiet.wav", "normal"]


def test_classify_gives_programs_all_windows(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["classify", "tiny.onnx", "--json", "loud.wav", "quiet.wav"]) == 0
    loud, quiet = objects(capsys)
    assert (loud["file"], loud["answer"], quiet["answer"]) == ("loud.wav", "fault", "normal")
    assert loud["seconds"] == 0.5
    assert loud["windows"] == len(loud["decisions"]) == 30
    assert loud["decisions"][1]["first"] == 128
    assert loud["scores"].keys() == {"normal", "fault"}


def test_classify_shows_windows_that_are_not_valid_with_their_reason(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stuck = tiny_model.tone(0.5, 0.5)
    stuck[1024:2048] = 0.1
    write_wav("stuck.wav", stuck)
    assert main(["classify", "tiny.onnx", "stuck.wav", "--windows"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "7 invalid (flat)" in lines[1]
    assert sum("invalid: flat" in line for line in lines[2:]) == 7
    assert lines[2].split() == ["0.000", "to", "0.032", "s", "1.00", "fault"]


def test_a_file_without_a_valid_window_has_no_answer(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wav("silence.wav", np.zeros(RATE))
    assert main(["classify", "tiny.onnx", "silence.wav"]) == 0
    assert table(capsys)[1][:4] == ["silence.wav", "none", "-", "-"]


def test_a_bad_file_is_told_and_the_others_go_on(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("broken.wav").write_bytes(b"RIFF")
    words = ["classify", "tiny.onnx", "--json", "absent.wav", "broken.wav", "loud.wav"]
    assert main(words) == 66
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1
    first, second = captured.err.splitlines()
    assert first == "harken: absent.wav: there is no such file"
    assert second.startswith("harken: broken.wav: ")


def test_a_folder_is_all_its_files_in_order(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("deep").mkdir()
    Path("loud.wav").rename("deep/a.wav")
    Path("ATTRIBUTION.txt").write_text("not samples")
    assert main(["classify", "tiny.onnx", "."]) == 0
    assert [line[0] for line in table(capsys)[1:]] == ["deep/a.wav", "quiet.wav"]


def test_an_empty_folder_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert main(["classify", "tiny.onnx", "empty"]) == 66
    assert said(capsys).startswith("harken: empty: holds no file that harken reads (.")


def test_a_wav_comes_by_stdin(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = io.BytesIO(Path("loud.wav").read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
    assert main(["classify", "tiny.onnx", "-", "--json"]) == 0
    assert objects(capsys)[0]["answer"] == "fault"


def test_another_rate_is_refused_unless_resampling_is_asked_for(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wav("fast.wav", tiny_model.tone(0.5, 0.5, rate=16000), rate=16000)
    assert main(["classify", "tiny.onnx", "fast.wav"]) == 65
    assert "has 16000 Hz, tiny.onnx listens at 8000 Hz" in said(capsys)
    assert main(["classify", "tiny.onnx", "fast.wav", "--resample", "--json"]) == 0
    [loud] = objects(capsys)
    assert loud["answer"] == "fault"
    assert "resampled from 16000 Hz to 8000 Hz" in loud["notes"]


def test_a_channel_must_be_chosen_of_several(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wav("two.wav", tiny_model.tone(0.5, 0.5), channels=2)
    assert main(["classify", "tiny.onnx", "two.wav"]) == 65
    assert "has 2 channels, tiny.onnx takes 1; choose one with --channel" in said(capsys)
    assert main(["classify", "tiny.onnx", "two.wav", "--channel", "1"]) == 0
    capsys.readouterr()
    assert main(["classify", "tiny.onnx", "two.wav", "--channel", "2"]) == 65
    assert "there is no channel 2" in said(capsys)


def test_files_that_do_not_say_their_rate_need_it_said(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save("loud.npy", tiny_model.tone(0.5, 0.5))
    np.savetxt("loud.csv", np.stack([np.zeros(4000), tiny_model.tone(0.5, 0.5)], 1), delimiter=",")
    Path("loud.bin").write_bytes((tiny_model.tone(0.5, 0.5) * 32767).astype("<i2").tobytes())
    assert main(["classify", "tiny.onnx", "loud.npy"]) == 65
    assert "loud.npy: does not say its rate; say it with --rate HERTZ" in said(capsys)
    rate = ["--rate", "8000", "--json"]
    assert main(["classify", "tiny.onnx", "loud.npy", *rate]) == 0
    assert main(["classify", "tiny.onnx", "loud.csv", "--column", "1", *rate]) == 0
    assert main(["classify", "tiny.onnx", "loud.bin", "--dtype", "s16le", *rate]) == 0
    assert [found["answer"] for found in objects(capsys)] == ["fault"] * 3


def test_a_file_shorter_than_a_window_is_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wav("short.wav", tiny_model.tone(0.01, 0.5))
    assert main(["classify", "tiny.onnx", "short.wav"]) == 65
    assert "0.01 s are too short, tiny.onnx decides on windows of 0.032 s" in said(capsys)


def test_a_picture_is_drawn(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", "tiny.onnx", "loud.wav", "--plot", "loud.png"]) == 0
    assert Path("loud.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["loud.wav", "--plot", "loud.wav"], "need a name that ends in .png, .svg, .pdf"),
        (["loud.wav", "quiet.wav", "--plot", "x.png"], "--plot draws one file, got 2"),
    ],
)
def test_a_picture_that_cannot_be_is_told_first(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert main(["classify", "tiny.onnx", *words]) == 64
    assert told in said(capsys)


def test_inspect_shows_the_contract(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "tiny.onnx"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "1 x 256 samples at 8000 Hz (0.032 s)",
        "62.5 decisions a second",
        "normal (no alarm), fault",
        "3 of the last 5 windows at 0.6 or more",
        "scores within 0.0001",
    ):
        assert words in shown
    assert main(["inspect", "tiny.onnx", "--json"]) == 0
    [facts] = objects(capsys)
    assert facts["contract"]["classes"] == ["normal", "fault"]
    assert len(facts["sha256"]) == 64


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
