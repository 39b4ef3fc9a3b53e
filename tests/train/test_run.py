"""A run is opened on the very split that it was trained on, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from harken.errors import DataError, MissingInputError
from harken.settings import load
from harken_train.data import prepare
from harken_train.recipe import Recipe
from harken_train.run import Run

ROWS = [(f"{label}{day}", label, day) for label in ("bad", "good") for day in (0, 1, 2, 3)]


def write_table(folder: Path, days: dict[str, int]) -> None:
    rows = [f"{name}.npy,{label},{name},8000,{days.get(name, day)}" for name, label, day in ROWS]
    (folder / "table.csv").write_text("\n".join(["file,label,group,rate,day", *rows]))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Recordings of four days, of which day 3 is for test and day 2 for validation."""
    for seed, (name, _, _) in enumerate(ROWS):
        noise = np.random.default_rng(seed).standard_normal(600).astype(np.float32)
        np.save(tmp_path / f"{name}.npy", noise)
    write_table(tmp_path, {})
    table = {
        "name": "days",
        "data": {"kind": "table", "path": tmp_path},
        "signal": {"rate": 8000, "window": 256, "hop": 256},
        "split": {"kind": "attribute", "name": "day", "test": [3], "validation": [2]},
        "frontend": {"kind": "raw"},
        "network": {"kind": "edge"},
    }
    recipe = load(Recipe, table)
    return Run.create(tmp_path / "run", recipe, prepare(recipe))


def test_the_split_that_was_trained_on_is_the_one_that_is_opened(run: Run) -> None:
    assert Run.open(run.path).split == run.split


def test_an_attribute_that_moves_nobody_does_not_matter(run: Run) -> None:
    write_table(run.path.parent, {"bad1": 9})
    assert Run.open(run.path).split == run.split


@pytest.mark.parametrize(
    ("days", "moved"),
    [
        ({"good3": 0, "good0": 3}, "good3.npy from 0 to 600 was not in train"),
        ({"bad1": 2}, "bad1.npy from 0 to 600 was not in validation"),
    ],
)
def test_a_recording_that_went_to_another_part_is_refused_in_one_line(
    run: Run, days: dict[str, int], moved: str
) -> None:
    write_table(run.path.parent, days)
    with pytest.raises(DataError, match=r"split.json: is not the split .* give now") as told:
        Run.open(run.path).segments("test")
    assert moved in str(told.value)
    assert "\n" not in str(told.value)


def test_a_recording_of_another_name_is_refused(run: Run) -> None:
    folder = run.path.parent
    (folder / "bad0.npy").rename(folder / "bad00.npy")
    table = folder / "table.csv"
    table.write_text(table.read_text().replace("bad0.npy", "bad00.npy"))
    with pytest.raises(DataError, match=r"bad00.npy from 0 to 600 was not in train"):
        Run.open(run.path).segments("test")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"spans": 3}', '{"spans": {}}'])
def test_a_split_that_is_broken_is_one_line(run: Run, text: str) -> None:
    (run.path / "split.json").write_text(text)
    with pytest.raises(DataError, match=r"split.json: is "):
        Run.open(run.path).segments("test")


def test_a_split_that_lacks_a_stretch_is_refused(run: Run) -> None:
    path = run.path / "split.json"
    table = json.loads(path.read_text())
    table["spans"]["train"].append(["more.npy", 0, 600])
    path.write_text(json.dumps(table))
    with pytest.raises(DataError, match="a stretch is missing"):
        Run.open(run.path).segments("test")
    path.unlink()
    with pytest.raises(MissingInputError, match=r"split.json: cannot be read"):
        Run.open(run.path).segments("test")
