"""``harken classify``: files in, one answer each out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.runtime import tiny_model
from tests.runtime.printed import objects, said, table
from tests.runtime.wav_bytes import write_wav

from harken.cli.main import main

RATE = 8000
HARKEN = Path(sys.executable).with_name("harken")


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
    write_wav("silence.wav", np.zeros(RATE, np.float32))
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
    Path("table.csv").write_text("file,label\na.wav,fault\n")
    assert main(["classify", "tiny.onnx", "."]) == 0
    assert [line[0] for line in table(capsys)[1:]] == ["deep/a.wav", "quiet.wav"]


def test_hidden_files_of_a_folder_are_no_recordings(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("of.a", ".Trash", "deep").mkdir(parents=True)
    Path("loud.wav").rename("of.a/.Trash/deep/old.wav")
    Path("quiet.wav").rename("of.a/quiet.wav")
    for name in ("._quiet.wav", ".b.flac", ".Trash/deep/.c.hea", ".notes"):
        Path("of.a", name).write_bytes(b"\0\5\x16\7")
    assert main(["classify", "tiny.onnx", "of.a"]) == 0
    told = capsys.readouterr()
    assert [line.split()[0] for line in told.out.splitlines()[1:]] == ["of.a/quiet.wav"]
    assert told.err == ""
    assert main(["classify", "tiny.onnx", "of.a/.Trash"]) == 0, "it was named"
    assert "of.a/.Trash/deep/old.wav" in capsys.readouterr().out


def test_an_empty_folder_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert main(["classify", "tiny.onnx", "empty"]) == 66
    told = said(capsys)
    assert told.startswith("harken: empty: holds no .bw64, .hea, .npy, .rf64, .wav")
    assert "CSV as empty/*.csv" in told


def test_files_of_a_folder_that_are_not_read_are_counted_by_their_suffixes(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mixed").mkdir()
    Path("loud.wav").rename("mixed/loud.wav")
    for name in ("a.csv", "b.CSV", "notes", "100.hea", "100.dat", "100.atr", ".hidden"):
        Path("mixed", name).write_text("0\n")
    assert main(["classify", "tiny.onnx", "mixed", "--json"]) == 65
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1
    skipped, header = captured.err.splitlines()
    assert skipped.startswith("harken: mixed: skipped 3 files (2 .csv, 1 without a suffix)")
    assert "100.hea" in header


def test_sounds_that_a_device_cannot_read_are_told_of_a_folder(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mixed").mkdir()
    write_wav("mixed/a.wav", tiny_model.tone(0.5, 0.5))
    for name in ("b.flac", "c.FLAC"):
        Path("mixed", name).write_bytes(b"fLaC")
    assert main(["classify", "tiny.onnx", "mixed"]) == 0
    told = "harken: mixed: left out 2 sound files such as b.flac; convert them to WAV"
    assert said(capsys) == told


def test_a_wav_comes_by_stdin(here: Path) -> None:
    with Path("loud.wav").open("rb") as given:
        done = subprocess.run(
            [HARKEN, "classify", "tiny.onnx", "-", "--json"],
            stdin=given,
            capture_output=True,
            check=True,
        )
    assert json.loads(done.stdout)["answer"] == "fault"


def test_standard_input_is_called_so_in_every_error(here: Path) -> None:
    np.save("loud.npy", tiny_model.tone(0.5, 0.5))
    write_wav("fast.wav", tiny_model.tone(0.5, 0.5, rate=16000), rate=16000)
    for name, told in (("loud.npy", "does not say its rate"), ("fast.wav", "has 16000 Hz")):
        with Path(name).open("rb") as given:
            done = subprocess.run(
                [HARKEN, "classify", "tiny.onnx", "-"],
                stdin=given,
                capture_output=True,
                check=False,
                text=True,
            )
        assert done.returncode == 65
        assert done.stderr.startswith(f"harken: stdin: {told}")


def test_a_name_that_is_no_utf_8_is_shown_escaped(here: Path) -> None:
    Path("loud.wav").rename(os.fsdecode(b"lo\xffud\n.wav"))
    done = subprocess.run(
        [HARKEN, "classify", "tiny.onnx", "."],
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().splitlines()[1].split()[:2] == ["lo\\udcffud\\n.wav", "fault"]


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


def test_what_was_cut_off_before_it_was_resampled_is_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, level in (("loud", 3.0), ("well", 0.5)):
        cut = np.clip(tiny_model.tone(0.5, level, rate=16000), -1.0, 1.0)
        write_wav(f"{name}.wav", cut, rate=16000)
    assert main(["classify", "tiny.onnx", "loud.wav", "well.wav", "--resample", "--json"]) == 0
    loud, well = objects(capsys)
    resampled = "resampled from 16000 Hz to 8000 Hz"
    assert (loud["notes"], well["notes"]) == ([resampled, "clipped before that"], [resampled])


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


def test_what_a_table_leaves_open_can_be_said(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"0,{round(1e6 * value)}\n" for value in np.abs(tiny_model.tone(0.5, 0.5)))
    Path("open.csv").write_text(rows, encoding="utf-8")
    call = ["classify", "tiny.onnx", "open.csv", "--rate", "8000", "--json"]
    assert main([*call, "--column", "1"]) == 65
    told = said(capsys)
    assert "say --delimiter , (" in told
    assert "or --decimal , (" in told
    assert main([*call, "--decimal", ","]) == 0
    assert main([*call, "--delimiter", ",", "--column", "1"]) == 0
    one, two = objects(capsys)
    assert one["answer"] == "fault"
    assert two["decisions"] != one["decisions"], "microvolts are no fractions of a volt"


def test_a_file_shorter_than_a_window_is_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wav("short.wav", tiny_model.tone(0.01, 0.5)[:-1])
    assert main(["classify", "tiny.onnx", "short.wav"]) == 65
    assert "0.00988 s are too short, tiny.onnx decides on windows of 0.032 s" in said(capsys)


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
