"""What the training loop is fed with, and that only training is."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.train.test_fit import FIT, ROOT, Told, kill_when_there, log_of, same_weights
from tests.train.tiny_recipe import TINY, tiny_run
from torch import nn

from harken.errors import DataError
from harken_train.augmentations import Augmentation
from harken_train.augmentations.crop import Crop
from harken_train.augmentations.noise import Noise
from harken_train.augmentations.shift import Shift
from harken_train.augmentations.time_mask import TimeMask
from harken_train.batch import Batch
from harken_train.build import build_frontend
from harken_train.checkpoint import BEST, LAST
from harken_train.cli.progress import Silent
from harken_train.features import compute_features, mean_and_deviation
from harken_train.feed import Feed
from harken_train.fit import fit
from harken_train.loss import mean_loss
from harken_train.run import Run

CPU = torch.device("cpu")
FLOAT32 = 1e-5  # of a loss; the batch is another
ACROSS_BATCHES = 1e-4  # dB; a product of more rows may add in another order
ALL = (
    'augmentations=[{kind="noise", decibels=10.0}, {kind="shift"}, {kind="crop"}, '
    '{kind="amplitude"}, {kind="time_warp"}, {kind="polarity"}, {kind="baseline_wander"}, '
    '{kind="recorded_noise"}, {kind="fault_impulses"}, {kind="time_mask"}, {kind="frequency_mask"}]'
)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tiny_run(tmp_path_factory.mktemp("runs") / "plain")


def fed(run: Run, *settings: Augmentation) -> Feed:
    recipe = replace(run.recipe, augmentations=settings)
    augmented = Run(run.path, recipe, run.facts)
    augmented.__dict__["prepared"] = run.prepared
    return Feed(augmented, build_frontend(recipe), run.segments("train"))


def kept(run: Run) -> torch.Tensor:
    return compute_features(build_frontend(run.recipe), run.segments("train").samples, run.path)


def numbers(*given: int) -> torch.Tensor:
    return torch.tensor(given)


def test_without_augmentations_the_features_are_those_computed_once(plain: Run) -> None:
    batch = numbers(5, 3, 90)
    feed = fed(plain)
    for epoch in (1, 2):
        assert torch.equal(feed.features(Batch(batch), epoch), kept(plain)[batch])
    assert feed.notes() == []


def test_what_is_measured_is_the_segments_as_they_are(plain: Run) -> None:
    feed = fed(plain, Noise(probability=1.0, deviation=10.0), TimeMask(probability=1.0))
    feed.features(Batch(numbers(1, 2)), 1)
    assert (feed.mean, feed.deviation) == mean_and_deviation(kept(plain))


def test_a_changed_segment_has_the_features_of_its_changed_samples(plain: Run) -> None:
    feed = fed(plain, Noise(probability=0.5, decibels=20.0))
    batch = torch.arange(60)
    found, before = feed.features(Batch(batch), 4), kept(plain)[batch]
    same = (found == before).flatten(1).all(1)
    assert 0.3 < float(same.double().mean()) < 0.7
    again = feed.features(Batch(batch.flip(0)), 4).flip(0)
    assert float((again - found).abs().max()) < ACROSS_BATCHES
    assert not torch.equal(feed.features(Batch(batch), 5), found)


def test_masks_alone_leave_what_is_kept_as_it_is(plain: Run) -> None:
    feed = fed(plain, TimeMask(probability=1.0))
    batch = torch.arange(10)
    found = feed.features(Batch(batch), 1)
    assert not torch.equal(found, kept(plain)[batch])
    unmasked = fed(plain, TimeMask(probability=0.0)).features(Batch(batch), 1)
    assert torch.equal(unmasked, kept(plain)[batch])
    assert torch.equal(
        feed.features(Batch(batch), 1), found
    )  # nothing was written into what is kept


def test_segments_that_cannot_be_moved_are_told_of(tmp_path: Path) -> None:
    short = tiny_run(tmp_path / "run", "data.seconds=0.021333")
    wanted = (
        "100 % of the training segments are as long as the stretch they are cut from: "
        'crop cannot move them, nor can shift unless ends = "mirror"'
    )
    assert fed(short, Shift(), Crop()).notes() == [wanted]
    told = Told(interrupt_after=1)
    recipe = replace(short.recipe, augmentations=(Shift(),))
    with pytest.raises(KeyboardInterrupt):
        fit(Run.create(tmp_path / "other", recipe, short.prepared), CPU, told)
    assert told.lines == [wanted]


class Breaks(nn.Module):
    """A front-end that gives no numbers for loud samples."""

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        return torch.where(samples.abs() > 100.0, torch.nan, samples)


def test_an_augmentation_that_breaks_the_front_end_is_one_clear_line(plain: Run) -> None:
    recipe = replace(plain.recipe, augmentations=(Noise(probability=1.0, deviation=1e4),))
    run = Run(plain.path, recipe, plain.facts)
    run.__dict__["prepared"] = plain.prepared
    feed = Feed(run, Breaks(), plain.segments("train"))
    with pytest.raises(DataError, match=r"^segment 7: augmented, the front-end gives values that"):
        feed.features(Batch(numbers(7, 8)), 1)


def losses(run: Run) -> list[float]:
    """Of validation and test segments as they are, by the kept epoch's weights."""
    classifier = run.classifier()
    found = []
    for part in ("validation", "test"):
        segments = run.segments(part)
        with torch.no_grad():
            logits = classifier(torch.from_numpy(segments.samples)).logits
        labels = torch.from_numpy(segments.labels)
        found.append(float(mean_loss(logits, labels, torch.ones(len(run.classes)))))
    return found


def test_validation_and_test_never_see_an_augmentation(tmp_path: Path) -> None:
    """The loss in the log is that of the segments as they are; test segments are cut as ever."""
    run = tiny_run(tmp_path / "run", ALL.replace('d="noise", decibels=10.0', 'd="noise"'))
    fit(run, CPU, Silent(1))
    logged = float(log_of(run.path)[run.facts.best_epoch - 1]["validation_loss"])
    assert losses(run)[0] == pytest.approx(logged, rel=FLOAT32)
    plain = tiny_run(tmp_path / "plain")
    for part in ("train", "validation", "test"):
        assert np.array_equal(run.segments(part).samples, plain.segments(part).samples)


def test_the_same_recipe_gives_the_same_weights_and_others_give_others(tmp_path: Path) -> None:
    settings = (ALL, "training.epochs=2")
    runs = [tiny_run(tmp_path / name, *settings) for name in ("one", "two")]
    runs.append(tiny_run(tmp_path / "without", "training.epochs=2"))
    for run in runs:
        fit(run, CPU, Silent(1))
    assert same_weights(runs[0].path / LAST, runs[1].path / LAST)
    assert not same_weights(runs[0].path / LAST, runs[2].path / LAST)


def test_a_training_stopped_between_epochs_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    undisturbed, stopped = (tiny_run(tmp_path / name, ALL) for name in ("whole", "stopped"))
    fit(undisturbed, CPU, Silent(1))
    with pytest.raises(KeyboardInterrupt):
        fit(stopped, CPU, Told(interrupt_after=2))
    fit(Run.open(stopped.path), CPU, Silent(1))
    assert same_weights(undisturbed.path / LAST, stopped.path / LAST)
    assert log_of(undisturbed.path) == log_of(stopped.path)


@pytest.mark.slow
def test_an_augmented_training_that_was_killed_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    settings: Sequence[str] = (ALL, "training.epochs=8")
    undisturbed = tiny_run(tmp_path / "undisturbed", *settings)
    fit(undisturbed, CPU, Silent(1))
    run = tmp_path / "killed"
    words = [word for setting in (*TINY, *settings) for word in ("--set", setting)]
    start = ["bearing_simulated", *words, "--out", str(tmp_path), "--name", "killed"]
    kill_when_there(run, LAST, [*FIT, *start])
    subprocess.run([*FIT, "--resume", str(run), "-q"], cwd=ROOT, check=True)
    assert same_weights(undisturbed.path / LAST, run / LAST)
    assert same_weights(undisturbed.path / BEST, run / BEST)
    assert log_of(run) == log_of(undisturbed.path)
