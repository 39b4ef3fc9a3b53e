"""Every augmentation that is registered: off, on, seeded, and alone as in a batch."""

from __future__ import annotations

import functools
import importlib
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from tests.train.tiny_recipe import tiny_run

from harken.errors import SettingsError
from harken.settings import dump, load
from harken.stream import Samples
from harken_train.augmentations import Augmentation, augmentations
from harken_train.augmenter import STAGES, Augmenter
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.frontends import frontends
from harken_train.masking import TIME
from harken_train.recipe import Recipe
from harken_train.run import Run

EPOCH = 3
DOCS = Path(__file__).resolve().parents[2] / "docs" / "augmentation.md"
every_kind = pytest.mark.parametrize("kind", augmentations.kinds())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Simulated bearings: an image front-end, and classes that strikes can be added to."""
    return tiny_run(tmp_path_factory.mktemp("runs") / "run")


def spread(run: Run) -> npt.NDArray[np.int64]:
    """Segments of every class."""
    return np.arange(2, len(run.segments("train")), 5)


def settings_of(kind: str, probability: float) -> Augmentation:
    cls: Any = augmentations.get(kind)
    found: Augmentation = cls(probability=probability)
    return found


def augmenter(run: Run, *settings: Augmentation, seed: int = 0) -> Augmenter:
    recipe = replace(run.recipe, augmentations=settings, seed=seed)
    return Augmenter(recipe, run.recordings, run.split.train, run.segments("train"))


def features_of(numbers: npt.NDArray[np.int64]) -> Samples:
    """Made-up features, (rows, 1, 17, 17): a segment has the same in every batch."""
    return np.stack(
        [
            np.random.default_rng(int(number)).standard_normal((1, 17, 17)).astype(np.float32)
            for number in numbers
        ]
    )


def changed(run: Run, augment: Augmenter, numbers: npt.NDArray[np.int64], epoch: int) -> Samples:
    """What comes out of the augmenter: samples, or features where it acts on these."""
    if augment.masks_features:
        return augment.features(features_of(numbers), numbers, epoch)
    return augment.samples(numbers, epoch)[0]


def unchanged(run: Run, augment: Augmenter, numbers: npt.NDArray[np.int64]) -> Samples:
    if augment.masks_features:
        return features_of(numbers)
    return run.segments("train").samples[numbers]


@every_kind
def test_with_probability_0_a_segment_is_as_it_was(kind: str, run: Run) -> None:
    augment, numbers = augmenter(run, settings_of(kind, 0.0)), spread(run)
    assert np.array_equal(changed(run, augment, numbers, EPOCH), unchanged(run, augment, numbers))


@every_kind
def test_with_probability_1_segments_are_changed_and_keep_their_shape(kind: str, run: Run) -> None:
    augment, numbers = augmenter(run, settings_of(kind, 1.0)), np.arange(len(run.segments("train")))
    before, after = unchanged(run, augment, numbers), changed(run, augment, numbers, EPOCH)
    assert after.shape == before.shape
    assert after.dtype == np.float32
    assert bool(np.isfinite(after).all())
    differs = (after != before).reshape(len(numbers), -1).any(axis=1)
    # Of the strikes' four classes the sound one is left alone; at an end of what is for training
    # a window may have nowhere to go.
    assert differs.mean() > 0.6


@every_kind
def test_with_probability_a_half_about_half_of_them_are_changed(kind: str, run: Run) -> None:
    half, all_of_them = (augmenter(run, settings_of(kind, p)) for p in (0.5, 1.0))
    numbers = np.arange(len(run.segments("train")))
    before = unchanged(run, half, numbers)

    def count(augment: Augmenter) -> int:
        differs = changed(run, augment, numbers, EPOCH) != before
        return int(differs.reshape(len(numbers), -1).any(axis=1).sum())

    assert 0.35 * count(all_of_them) < count(half) < 0.65 * count(all_of_them)


@every_kind
def test_seed_epoch_and_segment_say_what_is_drawn_and_nothing_else_does(
    kind: str, run: Run
) -> None:
    numbers = spread(run)
    first = augmenter(run, settings_of(kind, 0.5))
    wanted = changed(run, first, numbers, EPOCH)
    assert np.array_equal(wanted, changed(run, first, numbers, EPOCH))
    again = augmenter(run, settings_of(kind, 0.5))
    assert np.array_equal(wanted, changed(run, again, numbers, EPOCH))
    assert not np.array_equal(wanted, changed(run, first, numbers, EPOCH + 1))
    other = augmenter(run, settings_of(kind, 0.5), seed=1)
    assert not np.array_equal(wanted, changed(run, other, numbers, EPOCH))


@every_kind
def test_a_segment_is_changed_alike_in_every_batch(kind: str, run: Run) -> None:
    augment, numbers = augmenter(run, settings_of(kind, 0.7)), spread(run)
    together = changed(run, augment, numbers, EPOCH)
    backwards = changed(run, augment, numbers[::-1].copy(), EPOCH)[::-1]
    alone = np.concatenate([changed(run, augment, number[None], EPOCH) for number in numbers])
    assert np.array_equal(together, backwards)
    assert np.array_equal(together, alone)


@every_kind
def test_what_another_augmentation_draws_does_not_matter(kind: str, run: Run) -> None:
    """Beside one that never acts, a kind draws what it draws alone."""
    numbers = spread(run)
    alone = augmenter(run, settings_of(kind, 0.5))
    others = [settings_of(other, 0.0) for other in augmentations.kinds() if other != kind]
    beside = augmenter(run, *others, settings_of(kind, 0.5))
    wanted = changed(run, alone, numbers, EPOCH)
    if alone.masks_features:
        assert np.array_equal(beside.features(features_of(numbers), numbers, EPOCH), wanted)
    else:
        assert np.array_equal(beside.samples(numbers, EPOCH)[0], wanted)


@every_kind
def test_silence_and_extreme_levels_stay_finite(kind: str, run: Run) -> None:
    segments = run.segments("train")
    numbers = spread(run)
    if settings_of(kind, 1.0).acts_on == "features":
        augment = augmenter(run, settings_of(kind, 1.0))
        for level in (0.0, 1e-7, 1e6):
            found = augment.features(features_of(numbers) * np.float32(level), numbers, EPOCH)
            assert bool(np.isfinite(found).all())
        return
    for level in (0.0, 1e-40, 1e-7, 1e6):
        scaled = replace(segments, samples=segments.samples * np.float32(level))
        recipe = replace(run.recipe, augmentations=(settings_of(kind, 1.0),))
        augment = Augmenter(recipe, run.recordings, run.split.train, scaled)
        assert bool(np.isfinite(augment.samples(numbers, EPOCH)[0]).all())


@every_kind
def test_settings_survive_being_written_into_a_recipe(kind: str, run: Run) -> None:
    recipe = replace(run.recipe, augmentations=(settings_of(kind, 0.25),))
    table = dump(recipe)
    assert table["augmentations"][0]["kind"] == kind
    assert load(Recipe, table) == recipe


@every_kind
def test_a_kind_has_a_place_in_the_order_that_no_other_has(kind: str) -> None:
    places = [
        (settings_of(k, 1.0).acts_on, settings_of(k, 1.0).rank) for k in augmentations.kinds()
    ]
    mine = settings_of(kind, 1.0)
    assert places.count((mine.acts_on, mine.rank)) == 1
    assert mine.acts_on in STAGES


@every_kind
@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_a_probability_is_from_0_to_1(kind: str, probability: float) -> None:
    with pytest.raises(SettingsError, match=r"^probability: need from 0 to 1, got"):
        settings_of(kind, probability)


@every_kind
def test_the_docs_say_when_it_helps_and_with_what_defaults(kind: str) -> None:
    found = re.search(rf"^\| `{kind}` \| (.*?) \|", DOCS.read_text(), re.MULTILINE)
    assert found, f"docs/augmentation.md has no row | `{kind}` | settings | helps | harms |"
    row = found[1]
    table = dump(settings_of(kind, 0.5))
    said = dict(re.findall(r"`(\w+) = ([^`]*)`", row))
    assert {name: tomllib.loads(f"x = {value}")["x"] for name, value in said.items()} == {
        name: table[name] for name in said
    }
    assert set(table) - {"probability"} <= set(re.findall(r"`(\w+)", row))


def suiting(frontend: Any, signal: Any) -> tuple[Augmentation, ...]:
    """All kinds that act on what this front-end gives: masks need an axis of their own."""
    names = {axis.name for axis in frontend.axes(rate=signal.rate, window=signal.window)}
    lacking = {
        "time_mask": not names & {*TIME},
        "frequency_mask": not names - {*TIME},
    }
    return tuple(
        settings_of(kind, 0.5)
        for kind in augmentations.kinds()
        if not lacking.get(kind, False)
        and (signal.input == "samples" or settings_of(kind, 0.5).spectrograms)
    )


@functools.cache
def smallest(kind: str) -> tuple[Any, int]:
    """The smallest sensible form of a front-end, and a window as long at the machines' rate."""
    settings, window, rate = importlib.import_module(f"tests.reference.{kind}").small()
    return settings, max(window, round(window * 12_000 / rate))


OF_SAMPLES = [kind for kind in frontends.kinds() if kind != "image"]


@pytest.mark.parametrize("kind", OF_SAMPLES)
def test_an_epoch_with_all_of_them_runs_with_every_front_end(kind: str, tmp_path: Path) -> None:
    settings, window = smallest(kind)
    plain = tiny_run(
        tmp_path / "plain",
        f"signal.window={window}",
        f"signal.hop={window}",
        f"data.seconds={max(0.25, 3 * window / 12_000)}",
    )
    recipe = replace(plain.recipe, frontend=settings)
    recipe = replace(recipe, augmentations=suiting(settings, recipe.signal))
    assert len(recipe.augmentations) >= 9
    recipe = replace(recipe, training=replace(recipe.training, epochs=1))
    run = Run.create(tmp_path / "run", recipe, plain.prepared)
    fit(run, torch.device("cpu"), Silent(1))
    assert run.facts.epochs == 1


def test_an_epoch_with_all_of_them_runs_on_spectrograms(tmp_path: Path) -> None:
    lines = ["file,label,group"]
    for i in range(24):
        columns = np.random.default_rng(i).uniform(-80.0, 0.0, (16, 40)).astype(np.float32)
        np.save(tmp_path / f"{i}.npy", columns)
        lines.append(f"{i}.npy,{'ab'[i % 2]},clip {i % 8}")
    (tmp_path / "dataset.csv").write_text("\n".join(lines))
    table = {
        "name": "own",
        "data": {"kind": "spectrograms", "path": tmp_path},
        "signal": {"input": "spectrogram", "rate": 1, "window": 16, "hop": 8, "channels": 16},
        "split": {"kind": "group"},
        "frontend": {"kind": "image", "bands": 16},
        "network": {"kind": "edge", "channels": [8, 8]},
        "training": {"epochs": 1, "threads": 1},
    }
    plain = load(Recipe, table)
    recipe = replace(plain, augmentations=suiting(plain.frontend, plain.signal))
    kinds = {augmentations.kind_of(settings) for settings in recipe.augmentations}
    assert kinds == {"crop", "shift", "time_warp", "noise", "time_mask", "frequency_mask"}
    run = Run.create(tmp_path / "run", recipe, prepare(recipe))
    fit(run, torch.device("cpu"), Silent(1))
    assert run.facts.epochs == 1
