"""``harken-train init`` where some of the files cannot be read."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app
from harken_train.readers.folder import Folder
from harken_train.recipe_file import load_recipe

RATE = 8000


def run(*words: str) -> int:
    return outcome.run(app, PROGRAM, list(words))


def pumps(folder: Path) -> list[Path]:
    """Four pumps, each recorded twice in both states."""
    paths = [
        folder / label / f"pump{machine}_{take}.wav"
        for label in ("good", "worn")
        for machine in range(4)
        for take in range(2)
    ]
    for seed, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(seed).standard_normal(RATE)
        soundfile.write(path, noise / 40.0, RATE)
    return paths


def test_a_recipe_of_folders_leaves_out_what_cannot_be_read_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "Öl Pumpen"
    pumps(folder)
    (folder / "good" / "pump8 leer.wav").write_bytes(b"")
    (folder / "worn" / "pump9_broken.wav").write_bytes(b"RIFF")
    path = tmp_path / "a.toml"
    assert run("init", str(folder), "-o", str(path)) == 0
    assert "mind: left out by data.leave_out: " in capsys.readouterr().out
    data = load_recipe(str(path)).data
    assert isinstance(data, Folder)
    assert data.leave_out == ("good/pump8 leer.wav", "worn/pump9_broken.wav")
    assert re.search(r'^    # \w.*\n    "worn/pump9_broken.wav",$', path.read_text(), re.MULTILINE)
    assert run("data", "describe", str(path)) == 0
    assert "unreadable" not in capsys.readouterr().out


def test_what_a_table_names_and_cannot_be_read_is_not_said_to_be_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "clips"
    paths = [path.relative_to(folder) for path in pumps(folder)]
    lines = [f"{path},{path.parts[0]},{path.stem[:5]}" for path in paths]
    (folder / "clips.csv").write_text("\n".join(["file,label,group", *lines]))
    (folder / paths[-1]).write_bytes(b"")
    assert run("init", str(folder), "-o", str(tmp_path / "a.toml")) == 0
    told = capsys.readouterr().out
    assert "mind: stops a training, take its line out: " in told
    assert "left out" not in told
