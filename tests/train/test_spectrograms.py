from __future__ import annotations

from pathlib import Path

import pytest
from tests.train.tiny_recipe import TINY

from harken.errors import DataError, UsageError
from harken_train.recipe_file import load_recipe
from harken_train.spectrograms import draw_spectrograms, examples, grid

RAW = ('frontend={kind="raw"}',)
TINY_RAW = [setting for setting in TINY if not setting.startswith("frontend")]


def test_the_grid_has_a_row_a_class_with_axes_in_seconds_and_hertz() -> None:
    recipe = load_recipe("bearing_simulated", TINY)
    found = examples(recipe, 3)
    assert list(found) == ["ball", "inner_race", "normal", "outer_race"]
    assert all(len({one.recording.group for one in row}) == 3 for row in found.values())
    figure = grid(recipe, found)
    cells = [axes for axes in figure.axes if axes.images]
    assert len(cells) == 12
    written = cells[0].xaxis.get_major_formatter(), cells[0].yaxis.get_major_formatter()
    assert [[write(place, 0) for place in (-1, 0, 16)] for write in written] == [
        ["", "0", "0.0213"],
        ["", "0", "6000"],
    ]
    assert cells[0].get_ylabel() == "ball\nHz"
    assert cells[-1].get_xlabel() == "seconds"


def test_raw_is_drawn_as_waves() -> None:
    recipe = load_recipe("bearing_simulated", [*TINY_RAW, *RAW])
    figure = grid(recipe, examples(recipe, 2))
    assert [len(axes.lines) for axes in figure.axes] == [1] * 8
    assert figure.axes[0].get_ylabel() == "ball\ndeviations"


@pytest.mark.parametrize("name", ["a.png", "a.svg"])
def test_the_same_recipe_gives_the_same_picture(tmp_path: Path, name: str) -> None:
    recipe = load_recipe("bearing_simulated", TINY)
    draw_spectrograms(recipe, tmp_path / "one" / name, 1)
    draw_spectrograms(recipe, tmp_path / "two" / name, 1)
    first = (tmp_path / "one" / name).read_bytes()
    assert len(first) > 10_000
    assert first == (tmp_path / "two" / name).read_bytes()


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    recipe = load_recipe("bearing_simulated", TINY)
    with pytest.raises(UsageError, match=r"need a name that ends in .png, .svg, .pdf"):
        draw_spectrograms(recipe, tmp_path / "a.gif")
    with pytest.raises(UsageError, match="--per-class: need at least 1, got 0"):
        draw_spectrograms(recipe, tmp_path / "a.png", 0)
    short = load_recipe("bearing_simulated", [*TINY, "data.seconds=0.01"])
    with pytest.raises(DataError, match="has 1 channels and 120 samples"):
        examples(short, 1)
