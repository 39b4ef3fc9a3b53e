"""All trials of a search have one test part, and none trains or is judged on any of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.train.sweep.tiny_sweep import results, run, written
from tests.train.tiny_recipe import TINY

from harken.errors import SettingsError
from harken_train.recipe_file import load_recipe
from harken_train.sweep.settings import load_sweep
from harken_train.sweep.untouched import refuse_another_test_part

FRAMES = 3000  # of a recording of 0.25 s at 12 kHz


@pytest.mark.parametrize(
    ("parameter", "setting"),
    [
        ('name = "seed"\nchoices = [1, 2]', "seed"),
        ('name = "seed"\nlow = 1\nhigh = 4', "seed"),
        ('name = "split.test"\nchoices = [0.2, 0.4]', "split"),
        ('name = "data.bearings"\nlow = 4\nhigh = 8', "data"),
        ('name = "normal"\nchoices = [["normal"], ["ball"]]', "normal"),
        ('name = "made_by.data.path"\nchoices = ["a", "b"]', "made_by"),
        ('name = "a"\n[parameters.choices.x]\ntraining = { epochs = 1 }\nseed = 2', "seed"),
        ('name = "a"\n[parameters.choices.x]\nsplit = { kind = "time" }', "split"),
    ],
)
def test_what_decides_who_is_for_test_cannot_be_varied(
    tmp_path: Path, parameter: str, setting: str
) -> None:
    path = written(tmp_path / "mine.toml", f"[[parameters]]\n{parameter}")
    with pytest.raises(SettingsError) as told:
        load_sweep(str(path))
    assert f": {setting} decides which recordings are for test, which all trials must have" in (
        str(told.value)
    )
    assert str(told.value).endswith(f"; set {setting} in [settings] or in the recipe")


@pytest.mark.parametrize(
    ("split", "window", "refused"),
    [
        ("group", FRAMES // 2, False),
        ("time", 128, False),
        ("time", FRAMES // 2, True),  # too long for a guard on both sides: nothing is for test
        ("leaky", 128, True),  # draws other windows
    ],
)
def test_a_window_may_be_another_while_the_test_part_is_the_same(
    split: str, window: int, *, refused: bool
) -> None:
    base = load_recipe("bearing_simulated", [*TINY, f"split.kind={split}"])
    recipe = load_recipe(
        "bearing_simulated", [*TINY, f"split.kind={split}", f"signal.window={window}"]
    )
    recordings = recipe.data.recordings()
    refuse_another_test_part(base, base, recordings)
    if not refused:
        refuse_another_test_part(base, recipe, recordings)
        return
    with pytest.raises(
        SettingsError,
        match=rf"^signal: with a window of {window} the test part would be another than the "
        r"recipe's, it differs in .* more; vary signal less, or split by group$",
    ):
        refuse_another_test_part(base, recipe, recordings)


def test_a_trial_with_another_test_part_is_ended_with_the_reason(tmp_path: Path) -> None:
    text = """
[search]
sampler = "grid"
[[parameters]]
name = "signal.window"
choices = [128, 256]
"""
    path = written(tmp_path / "window.toml", text)
    words = ["--set", "split.kind=leaky", "--out", str(tmp_path), "-q"]
    assert run("sweep", str(path), *words) == 0
    found = results(tmp_path / "tiny-window")
    assert [state for state, _, _ in found.values()] == ["ended early", "done"]
