"""A recipe on a folder of spectrogram files: prepared, described, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.train.tiny_spectrograms import BANDS, COLUMNS, reader, values

from harken.errors import DataError
from harken.settings import dump, load
from harken_train.data import prepare
from harken_train.describe import describe
from harken_train.readers.spectrograms import Spectrograms
from harken_train.recipe import Recipe
from harken_train.spectrograms import examples, grid


def two_classes(folder: Path, **settings: Any) -> Spectrograms:
    """Four clips of each of two classes, three slices each."""
    lines = ["file,label,group"]
    for i in range(24):
        np.save(folder / f"{i}.npy", values(i))
        lines.append(f"{i}.npy,{'ab'[i % 2]},clip {i % 8}")
    return reader(folder, "\n".join(lines), **settings)


def recipe(folder: Path, **tables: Any) -> Recipe:
    table: dict[str, Any] = {
        "name": "own",
        "data": {"kind": "spectrograms", "path": folder},
        "signal": {
            "input": "spectrogram",
            "rate": 1,
            "window": COLUMNS,
            "hop": COLUMNS,
            "channels": BANDS,
            "unit": "dB",
        },
        "split": {"kind": "group"},
        "frontend": {"kind": "image", "bands": BANDS},
        "network": {"kind": "edge"},
    }
    return load(Recipe, table | tables)


def test_a_set_is_prepared_without_being_kept(tmp_path: Path) -> None:
    two_classes(tmp_path)
    found = prepare(recipe(tmp_path))
    assert found.audit.stamp == "honest: groups apart"
    assert all(one.mapped for one in found.recordings)
    assert all(isinstance(one.read().base, np.memmap) for one in found.recordings)


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"data": {"rate": 50}}, "0.npy: has 50 columns a second, but signal.rate is 1; set both"),
        (
            {"signal": {"channels": 5}},
            "0.npy: has 6 bands, but signal.channels is 5; set signal.ch",
        ),
    ],
)
def test_spectrograms_are_never_resampled_nor_cut_to_fit(
    tmp_path: Path, tables: dict[str, dict[str, Any]], words: str
) -> None:
    two_classes(tmp_path)
    table: dict[str, Any] = dump(recipe(tmp_path))
    for name, changes in tables.items():
        table[name] |= changes
    wrong = load(Recipe, table)
    with pytest.raises(DataError, match=words):
        prepare(wrong)
    found = describe(wrong)
    assert not found.trainable
    assert words[:20] in "\n".join(problem.what for problem in found.problems)


def test_a_value_that_is_no_number_names_file_and_column(tmp_path: Path) -> None:
    two_classes(tmp_path)
    broken = values(3)
    broken[2, 4] = np.nan
    np.save(tmp_path / "3.npy", broken)
    with pytest.raises(DataError, match=r"3.npy: column 4 is not a number; make that file anew"):
        prepare(recipe(tmp_path))
    (problem,) = (one for one in describe(recipe(tmp_path)).problems if one.stops)
    assert "3.npy: 1 values are NaN or infinite, the first in column 4" in problem.what


def test_describe_finds_what_a_spectrogram_can_have_wrong_and_nothing_else(tmp_path: Path) -> None:
    two_classes(tmp_path)
    found = describe(recipe(tmp_path))
    assert found.problems == ()
    assert {cue.name for cue in found.cues} == {"length", "level", "band limit", "step"}
    assert not [cue.name for cue in found.cues if cue.giveaway.tells]
    np.save(tmp_path / "5.npy", np.full((BANDS, COLUMNS), -80.0, np.float32))
    np.save(tmp_path / "6.npy", values(6, columns=COLUMNS - 1))
    np.save(tmp_path / "7.npy", values(15))
    kinds = {one.kind: one.what for one in describe(recipe(tmp_path)).problems}
    assert set(kinds) == {"silence", "too short", "duplicate"}
    assert "9 columns are less than a window of 10" in kinds["too short"]


def test_describe_hears_what_gives_the_class_of_spectrograms_away(tmp_path: Path) -> None:
    two_classes(tmp_path)
    for i in range(0, 24, 2):  # of class a: louder, rounded, and cut off above band 3
        louder = np.round(values(i) / 4 - 5)
        louder[4:] = -80.0
        np.save(tmp_path / f"{i}.npy", louder)
    found = describe(recipe(tmp_path))
    assert {c.name for c in found.cues if c.giveaway.tells} == {"level", "band limit", "step"}


def test_examples_are_drawn_by_band_and_column(tmp_path: Path) -> None:
    two_classes(tmp_path)
    chosen = recipe(tmp_path)
    figure = grid(chosen, examples(chosen, 2))
    cells = [axes for axes in figure.axes if axes.images]
    assert len(cells) == 4
    assert cells[0].get_ylabel() == "a\nband"
    assert cells[0].get_title() == "0.npy, column 0"
    assert cells[-1].get_xlabel() == "column"
