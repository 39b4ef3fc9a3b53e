"""What a sweep's file says, and the recipes that its choices make."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.train.sweep.tiny_sweep import GRID, TPE, written

from harken.errors import HarkenError, MissingInputError, SettingsError, UsageError
from harken_train.augmentations import Material
from harken_train.augmenter import steps_of
from harken_train.build import build_classifier
from harken_train.frontends import frontends
from harken_train.heads import heads
from harken_train.networks import networks
from harken_train.recipe import Recipe
from harken_train.recordings import Span, classes_of
from harken_train.sweep.settings import Parameter, Sweep, load_sweep, spaces
from harken_train.sweep.space import base_table, points, recipe_of

WINDOW = 1024
SMALL = ["data.bearings=2", f"signal.window={WINDOW}", "data.seconds=0.2"]


def test_a_grid_has_every_combination_and_conditions_cut_it() -> None:
    parameters = (
        Parameter(name="a", choices=("x", "y")),
        Parameter(name="b", choices=(1, 2, 3), when={"a": "x"}),
        Parameter(name="c", choices=(True, [4, 4])),
        Parameter(name="d", choices=(0.5,), when={"b": [2, 3]}),
    )
    found = points(parameters)
    expected = [
        {"a": "x", "b": b, "c": c, **({"d": "0.5"} if b != "1" else {})}
        for b, c in product("123", ("true", "[4, 4]"))
    ] + [{"a": "y", "c": c} for c in ("true", "[4, 4]")]
    assert found == expected


def test_the_sources_grid_has_72_points_and_each_is_a_training_that_can_be_had() -> None:
    grid = load_sweep("bearing_simulated", "ecg_grid")
    found = points(grid.parameters)
    assert len(found) == 2 * 6 * (2 * 2 + 1 + 1)
    assert len({tuple(sorted(point.items())) for point in found}) == len(found)
    assert Counter(point["transform"] for point in found) == {
        "none": 12, "wavelet": 48, "fourier": 12,
    }  # fmt: skip
    base = base_table(grid, SMALL, None)
    material = material_of(recipe_of(grid, base, {}))
    networks_built: dict[str, str] = {}
    for point in found:
        recipe = recipe_of(grid, base, point)
        head = heads.kind_of(recipe.head)
        assert (head == "svm") == (point["model"] == "cnn_svm")
        steps = steps_of(recipe, material)
        assert len(steps) == {"all": 4, "none": 0}.get(point["augmentation"], 1)
        if point["transform"] == "wavelet":
            assert vars(recipe.frontend)["wavelet"] == point["frontend.wavelet"]
            assert str(vars(recipe.frontend)["level"]) == point["frontend.level"]
        module = repr((recipe.frontend, recipe.network, recipe.head))
        if module not in networks_built:  # augmentations are no part of it
            classifier = build_classifier(recipe, 4).eval()
            features = classifier.frontend(torch.zeros(2, 1, WINDOW))
            embedding, logits = classifier.network(features)
            assert embedding.shape == (2, 50 if head == "svm" else 128)
            assert logits.shape == (2, 4)
            networks_built[module] = networks.kind_of(recipe.network)
    assert list(networks_built.values()) == ["wavelet_cnn"] * 2 * (2 * 2 + 1 + 1)


def material_of(recipe: Recipe) -> Material:
    """What its augmentations may use: two recordings, all of them for training."""
    recordings = recipe.data.recordings()[:2]
    return Material(
        rate=recipe.signal.rate,
        window=WINDOW,
        channels=1,
        classes=classes_of(recordings),
        recordings=recordings,
        train=[Span(i, 0, one.frames) for i, one in enumerate(recordings)],
        axes=recipe.frontend.axes(rate=recipe.signal.rate, window=WINDOW),
    )


@pytest.mark.parametrize("name", spaces())
def test_every_sweep_that_comes_with_harken_says_what_it_is_for(name: str) -> None:
    sweep = load_sweep("bearing_simulated", name)
    assert len(sweep.description.split()) > 4
    assert sweep.name == name


def test_a_choice_may_be_a_value_or_a_table_that_is_laid_over(tmp_path: Path) -> None:
    text = """
[[parameters]]
name = "sight"
[parameters.choices.fine]
frontend = { n_fft = 64 }
[parameters.choices.raw]
frontend = { kind = "raw" }
network = { kind = "cnn1d" }
[[parameters]]
name = "network.kernel"
choices = [3, 5]
when = { sight = "fine" }
"""
    sweep = load_sweep(str(written(tmp_path / "mine.toml", text)))
    base = base_table(sweep, (), None)
    fine = recipe_of(sweep, base, {"sight": "fine", "network.kernel": "5"})
    assert vars(fine.frontend)["n_fft"] == 64
    assert vars(fine.frontend)["hop_length"] == 16, "what the choice does not say stays"
    assert vars(fine.network)["kernel"] == 5
    raw = recipe_of(sweep, base, {"sight": "raw"})
    assert (frontends.kind_of(raw.frontend), networks.kind_of(raw.network)) == ("raw", "cnn1d")
    assert fine.training.epochs == raw.training.epochs == 2


def test_a_recipe_beside_the_sweep_is_found_from_anywhere(tmp_path: Path) -> None:
    recipe = tmp_path / "own" / "pump.toml"
    recipe.parent.mkdir()
    recipe.write_text(spaces_of_recipe())
    sweep = tmp_path / "own" / "sweep.toml"
    sweep.write_text(f'recipe = "pump.toml"\n{TPE}')
    found = load_sweep(str(sweep))
    assert recipe_of(found, base_table(found, (), None), {}).name == "pump"


def spaces_of_recipe() -> str:
    return """
name = "pump"
[data]
kind = "simulated"
[signal]
rate = 12000
[split]
kind = "group"
[frontend]
kind = "raw"
[network]
kind = "cnn1d"
"""


def test_settings_that_do_not_go_together_are_an_error_of_that_trial(tmp_path: Path) -> None:
    sweep = load_sweep(str(written(tmp_path / "mine.toml", GRID)))
    base = base_table(sweep, (), None)
    with pytest.raises(SettingsError, match="n_fft"):
        build_classifier(recipe_of(sweep, base, {"frontend.n_fft": "1000"}), 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "parameters: missing"),
        ('[[parameters]]\nname = "a"', "a: need choices, or low and high"),
        ('[[parameters]]\nname = "a"\nlow = 1', "a: need low < high, got low 1 and high None"),
        ('[[parameters]]\nname = "a"\nlow = 2\nhigh = 1', "a: need low < high"),
        ('[[parameters]]\nname = "a"\nlow = 0\nhigh = 1\nlog = true', "log needs low above 0"),
        ('[[parameters]]\nname = "a"\nchoices = [1, 1]', "a: every choice stands once, got 1, 1"),
        ('[[parameters]]\nname = "a."\nchoices = [1]', "name: need a word, or a dotted setting"),
        ('[[parameters]]\nname = "a"\nchoices = [1]\nwhen = {b = 1}', "no parameter 'b' before it"),
        (
            (
                '[[parameters]]\nname = "a"\nchoices = ["on"]\n[[parameters]]\nname = "b"\n'
                'choices = [1]\nwhen = {a = "off"}'
            ),
            "b: when: a is never 'off'; it is one of: on",
        ),
        (
            '[search]\nsampler = "grid"\n[[parameters]]\nname = "a"\nlow = 1\nhigh = 2',
            "a: a grid needs choices",
        ),
        ("[search]\nfolds = 1\n[[parameters]]\nname = 'a'\nchoices = [1]", "folds 0 or at least 2"),
        (
            "[search]\nobjectives = ['speed']\n[[parameters]]\nname = 'a'\nchoices = [1]",
            "need one of 'macro_f1', 'scored_f1', 'accuracy', 'loss', 'latency', 'size'",
        ),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused_in_one_line(
    tmp_path: Path, text: str, said: str
) -> None:
    path = written(tmp_path / "mine.toml", text)
    with pytest.raises(SettingsError) as told:
        load_sweep("bearing_simulated", str(path))
    assert str(told.value).startswith(f"{path}: ")
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        (
            {"name": "network.chanels", "choices": ([8],)},
            "network.chanels, did you mean 'channels'?",
        ),
        ({"name": "trainig.epochs", "low": 1, "high": 3}, "trainig, did you mean 'training'?"),
        (
            {"name": "size", "choices": {"small": {"frontend": {"kind": "raw", "nfft": 3}}}},
            "size: no recipe has a setting frontend.nfft, did you mean 'n_fft'?",
        ),
    ],
)
def test_a_parameter_that_no_recipe_has_is_refused_before_any_trial(
    parameter: dict[str, Any], said: str
) -> None:
    sweep = Sweep(name="s", recipe="bearing_simulated", parameters=(Parameter(**parameter),))
    with pytest.raises(SettingsError, match=re.escape(said)):
        base_table(sweep, [], None)


@pytest.mark.parametrize(
    ("asked", "search", "error", "said"),
    [
        ("ecg_grid", None, UsageError, "needs a recipe: harken-train sweep RECIPE --search"),
        ("bearing", "ecg_gird", MissingInputError, "did you mean 'ecg_grid'?"),
        ("bearing", "nowhere.toml", MissingInputError, "there are: ecg_grid, learning"),
    ],
)
def test_a_sweep_that_is_not_there_is_told(
    asked: str, search: str | None, error: type[HarkenError], said: str
) -> None:
    with pytest.raises(error) as told:
        load_sweep(asked, search)
    assert said in str(told.value)


def test_a_recipe_alone_is_searched_for_how_it_learns() -> None:
    found = load_sweep("bearing_simulated")
    assert isinstance(found, Sweep)
    assert [parameter.name for parameter in found.parameters] == [
        "training.learning_rate",
        "training.weight_decay",
        "training.batch_size",
        "training.label_smoothing",
    ]
