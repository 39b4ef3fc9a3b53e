from __future__ import annotations

from pathlib import Path

import pytest
from tests.train.tiny_recipe import TINY

from harken.errors import UsageError
from harken_train.augmentation_pictures import Chosen, draw_augmentations, grid
from harken_train.augmentations import augmentations
from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app
from harken_train.data import prepare
from harken_train.recipe_file import load_recipe

TWO = 'augmentations=[{kind="time_mask"}, {kind="noise", decibels=10.0}]'
RAW = ['frontend={kind="raw"}', *[one for one in TINY if not one.startswith("frontend")]]


def test_the_grid_has_a_row_for_each_and_one_for_all_together() -> None:
    recipe = load_recipe("bearing_simulated", [*TINY, TWO])
    chosen = Chosen(recipe, prepare(recipe), 3)
    rows = chosen.rows(recipe.augmentations)
    assert [row.name for row in rows] == ["as it is", "noise", "time_mask", "all, as in epoch 1"]
    plain, noise, mask = rows[:3]
    assert (noise.waves != plain.waves).any(axis=(1, 2)).all()
    assert (mask.waves == plain.waves).all()
    assert (mask.features != plain.features).any(axis=(1, 2, 3)).all()
    figure = grid(recipe, chosen, rows)
    cells = [axes for axes in figure.axes if axes.images or axes.lines]
    assert len(cells) == 4 * 3 * 2
    assert [axes.get_title(loc="left").partition(":")[0] for axes in cells[:6:2]] == [
        *("ball", "inner_race", "normal")
    ]
    assert cells[0].get_ylabel() == "as it is"


def test_without_any_every_kind_is_drawn_but_those_it_cannot_have(tmp_path: Path) -> None:
    path = tmp_path / "raw.png"
    (sentence,) = draw_augmentations(load_recipe("bearing_simulated", RAW), path, 1)
    assert sentence.startswith("frequency_mask: the recipe's front-end gives no axis of frequency")
    recipe = load_recipe("bearing_simulated", TINY)
    found, left_out = Chosen(recipe, prepare(recipe), 1).all_kinds()
    assert [augmentations.kind_of(one) for one in found] == augmentations.kinds()
    assert left_out == []


@pytest.mark.parametrize("name", ["a.png", "a.svg"])
def test_the_same_recipe_gives_the_same_picture(tmp_path: Path, name: str) -> None:
    recipe = load_recipe("bearing_simulated", [*TINY, TWO])
    for folder in ("one", "two"):
        draw_augmentations(recipe, tmp_path / folder / name, 1)
    first = (tmp_path / "one" / name).read_bytes()
    assert len(first) > 10_000
    assert first == (tmp_path / "two" / name).read_bytes()


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    recipe = load_recipe("bearing_simulated", TINY)
    with pytest.raises(UsageError, match=r"need a name that ends in .png, .svg, .pdf"):
        draw_augmentations(recipe, tmp_path / "a.gif")
    with pytest.raises(UsageError, match="--segments: need at least 1, got 0"):
        draw_augmentations(recipe, tmp_path / "a.png", 0)


def test_the_command_draws_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "drawn.png"
    words = [word for setting in (*TINY, TWO) for word in ("--set", setting)]
    command = ["augmentations", "bearing_simulated", *words, "--segments", "1", "-o", str(path)]
    assert outcome.run(app, PROGRAM, command) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert path.stat().st_size > 10_000
