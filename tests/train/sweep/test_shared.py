"""Killed, and shared by two processes: each trial is done once and ends as if undisturbed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.train.sweep.postgres import database
from tests.train.sweep.tiny_sweep import GRID, TRIAL, results, run, written

COMMAND = [sys.executable, "-m", "harken_train.cli", "sweep"]
TWICE = """
[[parameters]]
name = "time"
[parameters.choices.first]
training = { epochs = 2 }
[parameters.choices.second]
training = { epochs = 2 }
"""
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_killed_in_a_trial_it_ends_as_an_undisturbed_one(searched: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "grid.toml", GRID)
    command = [*COMMAND, str(path), "--out", str(tmp_path), "-q"]
    folder = tmp_path / "tiny-grid"
    process = subprocess.Popen(command, cwd=ROOT)
    while len(list(folder.glob("trials/*/last.pt"))) < 3 and process.poll() is None:
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert len(list(folder.glob("trials/*"))) in (3, 4)
    assert run("sweep", str(path), "--out", str(tmp_path), "-q") == 0
    assert results(folder) == results(searched)


def shared(words: Sequence[str], path: Path, folders: Sequence[Path]) -> list[str]:
    """What two processes said that were started at once."""
    both = [
        subprocess.Popen(
            [*COMMAND, str(path), "--out", str(folder), *words],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for folder in folders
    ]
    said = [process.communicate(timeout=200)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    return said


@pytest.mark.slow
def test_two_processes_share_a_journal_and_lose_no_trial_where_they_want_the_same_run(
    searched: Path, tmp_path: Path
) -> None:
    """Every point of the grid stands there twice, one behind the other, and is trained once."""
    path = written(tmp_path / "grid.toml", GRID, TWICE)
    said = shared([], path, [tmp_path, tmp_path])
    done = [TRIAL.findall(one) for one in said]
    numbers = [str(number) for number in range(1, 11)]
    assert Counter(number for one in done for number in one) == dict.fromkeys(numbers, 1)
    once = results(searched)
    for number, (state, value, _) in results(tmp_path / "tiny-grid").items():
        assert (state, value) == once[(number + 1) // 2][:2]
    assert len(list((tmp_path / "tiny-grid" / "trials").iterdir())) == 4


@pytest.mark.slow
def test_two_processes_share_a_study_in_postgresql_each_with_a_folder_of_its_own(
    searched: Path, tmp_path: Path
) -> None:
    """As on two machines; skipped where there is no PostgreSQL server."""
    path = written(tmp_path / "grid.toml", GRID)
    with database() as url:
        said = shared(["--storage", url], path, [tmp_path / "one", tmp_path / "two"])
        done = [TRIAL.findall(one) for one in said]
        assert Counter(number for one in done for number in one) == dict.fromkeys("12345", 1)
        again = ["sweep", str(path), "--out", str(tmp_path / "one"), "--storage", url, "-q"]
        assert run(*again) == 0
    assert results(tmp_path / "one" / "tiny-grid") == results(searched)
