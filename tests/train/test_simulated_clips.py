from __future__ import annotations

import csv
import wave
from pathlib import Path

import numpy as np
import pytest

from harken.errors import CreateError, UsageError
from harken_train.data import prepare
from harken_train.readers.simulated import Simulated
from harken_train.recipe_file import load_recipe
from harken_train.simulated_clips import write_clips, write_wav

SMALL = Simulated(bearings=4, seconds=0.25)


def test_clips_read_back_as_the_samples_in_g(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    write_clips(folder, SMALL, full_scale=20.0)
    prepared = prepare(load_recipe(str(folder / "recipe.toml")))
    wanted = {f"{one.name}": one for one in SMALL.recordings()}
    assert len(prepared.recordings) == len(wanted) == 16
    half_a_step = 0.5 * 20.0 / 32_768 * 1.01  # 1 % for float32
    for recording in prepared.recordings:
        original = wanted[Path(recording.name).stem]
        assert (recording.label, recording.group) == (original.label, original.group)
        np.testing.assert_allclose(recording.read(), original.read(), atol=half_a_step)


def test_the_table_tells_label_group_and_speed(tmp_path: Path) -> None:
    write_clips(tmp_path, SMALL)
    with (tmp_path / "table.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert rows[0]["file"] == "normal_00_0.wav"
    assert {row["label"] for row in rows} == {"normal", "ball", "inner_race", "outer_race"}
    assert all(1_700 < float(row["rpm"]) < 1_830 for row in rows)
    with wave.open(str(tmp_path / "normal_00_0.wav")) as file:
        assert (file.getframerate(), file.getnframes()) == (12_000, 3_000)


def test_what_does_not_fit_below_full_scale_is_refused(tmp_path: Path) -> None:
    loud = np.full((1, 10), 2.5, np.float32)
    with pytest.raises(UsageError, match=r"a.wav: reaches 2.5 g, full scale is 2 g; give a larger"):
        write_wav(tmp_path / "a.wav", loud, 12_000, 2.0)
    assert list(tmp_path.iterdir()) == []


def test_what_ends_early_leaves_nothing_and_can_be_done_again(tmp_path: Path) -> None:
    quiet = float(np.abs(SMALL.recordings()[0].read()).max()) * 1.01  # the first fits, others not
    with pytest.raises(UsageError, match="give a larger --full-scale"):
        write_clips(tmp_path / "new", SMALL, full_scale=quiet)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError):
        write_clips(tmp_path / "empty", SMALL, full_scale=quiet)
    assert list((tmp_path / "empty").iterdir()) == []
    assert len(write_clips(tmp_path / "empty", SMALL)) == 18


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CreateError, match="exists already and is not an empty folder"):
        write_clips(tmp_path, SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
