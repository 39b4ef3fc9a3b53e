"""The real harkend with a model that decides whole recordings."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from tests.runtime import tiny_model
from tests.runtime.daemon.process import Daemon
from tests.runtime.printed import objects
from tests.runtime.wav_bytes import write_wav

from harken.cli.main import main
from harken.daemon.events import SCORE_DIGITS
from harken.formats import read
from harken.model import Model

LEAST, WINDOW, MOST, RATE = 2000, 4000, 8000, 8000
ABSTAIN = {"0.05": 0.7, "0.1": 0.8}
DOUBTFUL = 0.205  # level of a tone that is a fault at 0.55


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Recordings of 0.25 to 1 s; windows of half a second."""
    path = tmp_path / "whole.onnx"
    content = tiny_model.build(
        window=WINDOW,
        hop=WINDOW,
        rate=RATE,
        lengths=(LEAST, MOST),
        words={"fault": "worn out"},
        abstain=ABSTAIN,
    )
    path.write_bytes(content)
    return path


def clip(folder: Path, seconds: float, level: float = 0.5) -> Path:
    path = folder / f"{seconds}.wav"
    write_wav(str(path), tiny_model.tone(seconds, level))
    return path


def test_a_recording_shorter_than_a_window_is_decided_when_it_ends(
    tmp_path: Path, model: Path
) -> None:
    with Daemon(model, clip(tmp_path, 0.3), "--device", "pump") as daemon:
        assert daemon.ended() == 0
        assert [line["type"] for line in daemon.lines] == ["record", "end"]
        record = daemon.lines[0]
        assert (record["first"], record["last"], record["seconds"]) == (0, 2400, 0.3)
        assert (record["label"], record["words"], record["unsure"]) == ("fault", "worn out", False)
        assert record["id"].startswith("pump:")
        assert not any("fewer than" in line for line in daemon.log)


@pytest.mark.parametrize("seconds", [0.3, 1.0, 1.2, 2.2])
def test_library_command_and_daemon_say_the_same_of_a_recording(
    tmp_path: Path, model: Path, seconds: float, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"{seconds}.wav"
    tone = tiny_model.tone(seconds, DOUBTFUL)
    slope = np.linspace(0.9, 1.1, tone.shape[-1], dtype=np.float32)  # no two windows alike
    write_wav(str(path), tone * slope)
    samples = read(path).samples
    decided = Model(model).classify(samples)
    assert main(["classify", str(model), str(path), "--json"]) == 0
    [told] = objects(capsys)
    assert told["decisions"] == json.loads(json.dumps([asdict(one) for one in decided]))
    with Daemon(model, path) as daemon:
        assert daemon.ended() == 0
        record = daemon.lines[-2]
        assert (record["first"], record["last"]) == (decided[-1].first, decided[-1].last)
        windows = decided[-1].windows
        assert record["windows"] == (None if windows is None else asdict(windows))
        assert told["windows"] == (0 if windows is None else windows.valid)
        assert record["label"] == decided[-1].label == told["answer"]
        told_of = dict(zip(("normal", "fault"), decided[-1].scores, strict=True))
        assert told["scores"] == told_of, "the command's answer is the record's, to the bit"
        rounded = {name: round(score, SCORE_DIGITS) for name, score in told_of.items()}
        assert record["scores"] == rounded


def test_of_a_longer_one_the_windows_come_first(tmp_path: Path, model: Path) -> None:
    with Daemon(model, clip(tmp_path, 1.2)) as daemon:
        assert daemon.ended() == 0
        told = [(line["type"], line.get("first")) for line in daemon.lines]
        spans = [("decision", 0), ("decision", 4000), ("decision", 5600), ("record", 0)]
        assert told == [*spans, ("end", None)]


def test_one_that_is_too_short_is_told_of(tmp_path: Path, model: Path) -> None:
    with Daemon(model, clip(tmp_path, 0.2)) as daemon:
        assert daemon.ended() == 0
        assert [line["type"] for line in daemon.lines] == ["record", "end"]
        record = daemon.lines[0]
        assert (record["valid"], record["reason"]) == (False, "too_short")
        assert (record["first"], record["last"], record["label"]) == (0, 1600, None)
        told = "1600 samples are fewer than the shortest recording of 2000; no decision"
        assert any(told in line for line in daemon.log)


def test_it_abstains_at_the_share_it_is_told_and_no_other(tmp_path: Path, model: Path) -> None:
    for level, unsure in ((DOUBTFUL, True), (0.5, False)):
        with Daemon(model, clip(tmp_path, 0.3, level), "--set", "abstain=0.05") as daemon:
            assert daemon.ended() == 0
            assert (daemon.lines[0]["label"], daemon.lines[0]["unsure"]) == ("fault", unsure)
    with Daemon(model, clip(tmp_path, 0.3), "--set", "abstain=0.2") as daemon:
        assert daemon.ended() == 78
        assert "a share of 0.2 of recordings; there are: 0.05, 0.1" in daemon.log[-1]


def test_a_slow_sensor_in_real_time_is_not_called_silent(tmp_path: Path) -> None:
    slow = tmp_path / "slow.onnx"
    slow.write_bytes(tiny_model.build(window=2000, hop=1000, rate=100, lengths=(200, 3000)))
    write_wav(str(tmp_path / "slow.wav"), tiny_model.tone(4.0, 0.5, rate=100), rate=100)
    with Daemon(slow, tmp_path / "slow.wav", "--realtime") as daemon:
        assert daemon.ended() == 0
        assert [line["type"] for line in daemon.lines] == ["record", "end"]
