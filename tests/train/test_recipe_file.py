from __future__ import annotations

from pathlib import Path

import pytest

from harken.errors import HarkenError, MissingInputError, SettingsError, UsageError
from harken.settings import dump, read_toml
from harken_train.frontends.raw import Raw
from harken_train.networks.cnn1d import Cnn1d
from harken_train.networks.cnn2d import Cnn2d
from harken_train.networks.edge import Edge
from harken_train.readers.cwru import Cwru
from harken_train.readers.joined import Joined
from harken_train.recipe_file import (
    built_in,
    description_of,
    differences,
    digest,
    laid_over,
    load_recipe,
    resolved,
    to_toml,
)

EVERY_VARIANT = [
    (name, variant)
    for name, path in built_in().items()
    for variant in [None, *read_toml(path).get("variants", {})]
]


@pytest.mark.parametrize(("name", "variant"), EVERY_VARIANT)
def test_every_variant_of_every_built_in_recipe_loads(name: str, variant: str | None) -> None:
    recipe = load_recipe(name, model=variant)
    assert recipe.name == name
    assert recipe.normal  # or else every class would raise an alarm
    assert description_of(built_in()[name]) == recipe.description


def test_a_complete_recipe_is_read_back_to_an_equal_one(tmp_path: Path) -> None:
    recipe = load_recipe("bearing", ["training.learning_rate=3e-4"], "cnn2d")
    path = tmp_path / "recipe.toml"
    path.write_text(to_toml(recipe))
    again = resolved(read_toml(path), where="recipe.toml")
    assert again == recipe
    assert digest(again) == digest(recipe)
    assert "variants" not in dump(recipe)


def test_the_digest_changes_with_any_setting_and_with_nothing_else() -> None:
    recipe = load_recipe("bearing")
    assert digest(recipe) == digest(load_recipe("bearing", ["training.epochs=20"]))
    assert digest(recipe) != digest(load_recipe("bearing", ["training.epochs=21"]))


def test_a_variant_replaces_a_table_of_another_kind_and_merges_one_of_the_same() -> None:
    recipe = load_recipe("bearing", model="cnn1d")
    assert dump(recipe)["frontend"] == {"kind": "raw", **dump(Raw())}
    assert dump(recipe)["network"] == {"kind": "cnn1d", **dump(Cnn1d())}
    merged = laid_over(
        {"frontend": {"kind": "a", "x": 1, "y": 2}}, {"frontend": {"kind": "a", "x": 3}}
    )
    assert merged == {"frontend": {"kind": "a", "x": 3, "y": 2}}


def test_a_network_without_a_variant_comes_with_its_defaults(tmp_path: Path) -> None:
    table = read_toml(built_in()["bearing_simulated"])
    del table["variants"]
    recipe = resolved(table, model="cnn2d", where="own.toml")
    assert dump(recipe)["network"] == {"kind": "cnn2d", **dump(Cnn2d())}


def test_flags_and_overrides_reach_every_table_and_the_last_one_wins() -> None:
    recipe = load_recipe(
        "bearing", ["training.epochs=3", "network.channels=[16]", "training.epochs=4"]
    )
    assert recipe.training.epochs == 4
    assert isinstance(recipe.network, Edge)
    assert recipe.network.channels == (16,)


def test_an_override_of_a_kind_drops_what_was_set_for_the_other_kind() -> None:
    recipe = load_recipe("bearing", ["frontend.differences=beside", "frontend.kind=raw"])
    assert isinstance(recipe.frontend, Raw)
    assert recipe.frontend.differences == "beside"


@pytest.mark.parametrize(
    ("name", "overrides", "model", "error", "words"),
    [
        ("bering", [], None, MissingInputError, "did you mean 'bearing'?"),
        ("bering", [], None, MissingInputError, "bearing_simulated"),
        ("my/own.toml", [], None, MissingInputError, "there is no such recipe file"),
        ("bearing", ["training.epoch=3"], None, SettingsError, "did you mean 'epochs'?"),
        ("bearing", ["training.epochs=many"], None, SettingsError, "training.epochs: need a whole"),
        (
            "bearing",
            ['scored=["ball", "ball"]'],
            None,
            SettingsError,
            "scored: need each class once",
        ),
        ("bearing", ['words={ball=""}'], None, SettingsError, "words: need printable words"),
        ("bearing", ["training.epochs"], None, SettingsError, "section.key=value"),
        ("bearing", ["network.kind=egde"], None, SettingsError, "did you mean 'edge'?"),
        ("bearing", [], "cnn3d", UsageError, "did you mean 'cnn"),
        (
            "bearing",
            [],
            "cnn3d",
            UsageError,
            "variants of this recipe: cnn2d, cnn1d, envelope; networks: ",
        ),
    ],
)
def test_a_wrong_word_is_told_with_what_there_is(
    name: str, overrides: list[str], model: str | None, error: type[HarkenError], words: str
) -> None:
    with pytest.raises(error, match=r"^") as told:
        load_recipe(name, overrides, model)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("broken", "overrides", "model", "said"),
    [
        ("", ["name=x", "trainig.epochs=1"], None, r"^--set trainig.epochs=1: trainig: unknown"),
        ("", ["training.epochs"], None, r"^--set training.epochs: 'training.epochs': an override"),
        ("", ["trainig.epochs=1", "sead=3"], None, r"^--set: \w+: unknown key"),
        ("sead = 3\n", ["name=x"], None, r"own.toml: sead: unknown key"),
        ("", ["name=x"], "cnn9d", r"own.toml: no model 'cnn9d'"),
    ],
)
def test_what_is_wrong_is_blamed_on_where_it_was_said(
    broken: str, overrides: list[str], model: str | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(broken + built_in()["bearing_simulated"].read_text())
    with pytest.raises(HarkenError, match=said):
        load_recipe(str(path), overrides, model)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("seed=-1", "--set seed=-1: seed: need at least 0, got -1"),
        ("signal.scale=nan", "signal: scale: need more than 0, got nan"),
        ("signal.scale=inf", "signal: scale: need more than 0, got inf"),
        ("training.learning_rate=nan", "training: learning_rate: need more than 0, got nan"),
        ("training.weight_decay=-1", "training: weight_decay: need at least 0, got -1.0"),
        ("training.weight_decay=nan", "training: weight_decay: need at least 0, got nan"),
        (
            "training.label_smoothing=2",
            "training: label_smoothing: need at least 0 and less than 1, got 2.0",
        ),
        ("training.label_smoothing=-0.1", "at least 0 and less than 1, got -0.1"),
        ("training.warmup_epochs=-1", "training: warmup_epochs: need at least 0, got -1"),
        ("training.patience=-1", "training: patience: need at least 0, got -1"),
        ("training.threads=-1", "training: threads: need from 0 to 1024, got -1"),
        ("training.threads=10000000000", "threads: need from 0 to 1024"),
        ("export.largest_auc_loss=nan", "export: largest_auc_loss: need at least -1, got nan"),
    ],
)
def test_a_number_beyond_its_limits_is_told_with_them(override: str, words: str) -> None:
    with pytest.raises(SettingsError) as told:
        load_recipe("bearing", [override])
    assert words in str(told.value)


def test_the_paths_of_a_recipe_file_count_from_its_folder(tmp_path: Path) -> None:
    text = built_in()["bearing"].read_text()
    path = tmp_path / "own.toml"
    path.write_text(text)
    own, known = load_recipe(str(path)).data, load_recipe("bearing").data
    assert isinstance(own, Cwru)
    assert isinstance(known, Cwru)
    assert own.path == tmp_path / "data/cwru"
    assert known.path == Path("data/cwru")


def test_the_paths_of_joined_sets_count_from_the_recipes_folder_too(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(built_in()["bearing"].read_text())
    data = load_recipe(
        str(path), ['data={kind="joined", parts=[{kind="cwru", path="a"}, {kind="simulated"}]}']
    ).data
    assert isinstance(data, Joined)
    first = data.parts[0]
    assert isinstance(first, Cwru)
    assert first.path == tmp_path / "a"


def test_differences_name_the_settings_that_differ() -> None:
    one = load_recipe("bearing")
    other = load_recipe("bearing", ["training.epochs=2", "split.test=[14]"])
    assert differences(one, other) == ["split.test", "training.epochs"]


IMAGE = {"kind": "image"}
PICTURES = {"input": "spectrogram", "rate": 1, "window": 9, "hop": 9}
OF_FILES = {"kind": "spectrograms", "path": "set"}


@pytest.mark.parametrize(
    ("signal", "data", "frontend", "words"),
    [
        ({"rate": 8000}, {"kind": "simulated"}, IMAGE, "image takes spectrogram, signal.input is"),
        (PICTURES, OF_FILES, {"kind": "log_mel"}, "log_mel takes samples, signal.input is"),
        ({"rate": 1}, OF_FILES, IMAGE, 'the data are spectrograms; set it to "spectrogram"'),
    ],
)
def test_samples_and_spectrograms_are_not_taken_for_each_other(
    signal: dict[str, object], data: dict[str, object], frontend: dict[str, object], words: str
) -> None:
    table = {"name": "a", "signal": signal, "data": data, "frontend": frontend}
    rest = {"split": {"kind": "group"}, "network": {"kind": "edge"}}
    with pytest.raises(SettingsError, match=words):
        resolved(table | rest, where="x")
