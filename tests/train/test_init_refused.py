"""Folders of which ``harken-train init`` can make no recipe: one line says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app


def flat(folder: Path) -> None:
    folder.mkdir(parents=True)
    soundfile.write(folder / "a.wav", np.zeros(8000), 8000)


def unlabelled(folder: Path) -> None:
    folder.mkdir(parents=True)
    soundfile.write(folder / "a.wav", np.zeros(8000), 8000)
    (folder / "t.csv").write_text("file,weather\na.wav,rain\n")


def phone(folder: Path) -> None:
    (folder / "good").mkdir(parents=True)
    (folder / "good" / "a.m4a").write_bytes(b"x")


def without_rate(folder: Path) -> None:
    (folder / "good").mkdir(parents=True)
    np.save(folder / "good" / "a.npy", np.zeros(1000, np.float32))


def challenge(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("A00001.mat", "A00001.hea", "REFERENCE.csv"):
        (folder / name).write_bytes(b"A00001,N\n")


def wfdb(folder: Path) -> None:
    (folder / "more").mkdir(parents=True)
    (folder / "more" / "100.hea").write_text("100 1 360 1000\n")


def nothing(folder: Path) -> None:
    folder.mkdir(parents=True)


@pytest.mark.parametrize(
    ("make", "status", "said"),
    [
        (flat, 65, "1 recordings lie beside each other and nothing tells what they are; put them"),
        (unlabelled, 65, "t.csv: no column is called label, class, state, category or the like"),
        (phone, 65, "files of kinds that harken does not read, 1 of .m4a; convert them"),
        (without_rate, 65, "--rate gives it"),
        (nothing, 66, "no recordings in its folders"),
        (challenge, 65, "clips: looks like the ECG challenge of 2017, for which there is a recipe"),
        (wfdb, 65, 'clips: holds 1 WFDB records; begin with the recipe ecg, with data.kind = "wfd'),
    ],
)
def test_a_folder_that_cannot_be_used_is_one_line(
    make: Callable[[Path], None],
    status: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make(tmp_path / "clips")
    assert (
        outcome.run(app, PROGRAM, ["init", str(tmp_path / "clips"), "-o", str(tmp_path / "a.toml")])
        == status
    )
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "a.toml").exists()
