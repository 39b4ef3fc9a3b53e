"""The head ``svm`` is scikit-learn's, to the decision; a run fits it once and keeps it."""

from __future__ import annotations

import itertools
import logging
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from tests.train.tiny_recipe import TINY, tiny_run

from harken.errors import DataError, MissingInputError, SettingsError
from harken.settings import load
from harken_train import fit_head
from harken_train.checkpoint import BEST, HEAD, Row
from harken_train.classifier import decided
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.heads.svm import Svm
from harken_train.part_scores import scores_of
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

CPU = torch.device("cpu")
VALUES = 12
# The arithmetic is float64 on both sides; ours ends in float32, whose step at 4 votes is 5e-7.
FLOAT32_STEP = 5e-7


def clouds(classes: int, middle: float, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training values, their classes, and as many new values that lie wider."""
    rng = np.random.default_rng(classes)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, 240) ** 2 // classes])
    centres = rng.normal(size=(classes, VALUES)) * 2
    train = centres[labels] + rng.normal(size=(len(labels), VALUES)) * 2
    new = rng.normal(size=(1500, VALUES)) * 4
    return (
        ((train + middle) * level).astype(np.float32),
        labels,
        ((new + middle) * level).astype(np.float32),
    )


def reference(settings: Svm) -> Any:
    """What scikit-learn calls the same."""
    steps: list[Any] = [StandardScaler()] if settings.standardise else []
    steps += [PCA(settings.pca, svd_solver="full")] if settings.pca else []
    return make_pipeline(
        *steps,
        SVC(
            kernel=settings.kernel,
            C=settings.c,
            gamma=settings.gamma,
            class_weight=None if settings.class_weights == "none" else "balanced",
            decision_function_shape="ovr",
            break_ties=True,
        ),
    )


SETTINGS = [
    replace(machine, standardise=standardise, pca=pca)
    for machine, standardise, pca in itertools.product(
        (Svm(), Svm(kernel="linear")), (True, False), (None, 5, VALUES)
    )
] + [Svm(c=30.0, gamma=0.2), Svm(c=0.05, class_weights="none")]


@pytest.mark.parametrize("classes", [2, 3, 4, 9])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_decisions_are_scikit_learns_and_logits_its_decision_values(
    settings: Svm, classes: int
) -> None:
    train, labels, new = clouds(classes, middle=0.0, level=1.0)
    head = settings.fit(torch.from_numpy(train), torch.from_numpy(labels), classes)
    assert head is not None
    sklearn = reference(settings).fit(train.astype(np.float64), labels)
    logits = head(torch.from_numpy(new))
    expected = sklearn.decision_function(new.astype(np.float64)).reshape(len(new), -1)
    assert (decided(logits).numpy() == sklearn.predict(new.astype(np.float64))).all()
    limit = FLOAT32_STEP * np.maximum(1.0, np.abs(expected))
    assert (np.abs(logits.numpy() - expected) <= limit).all()


@pytest.mark.parametrize(("middle", "level"), [(1e4, 1.0), (0.0, 1e-7), (0.0, 1e6), (30.0, 1e6)])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_values_of_any_level_are_decided_as_scikit_learn_does(
    kernel: Any, middle: float, level: float
) -> None:
    train, labels, new = clouds(4, middle, level)
    settings = Svm(kernel=kernel)
    head = settings.fit(torch.from_numpy(train), torch.from_numpy(labels), 4)
    assert head is not None
    sklearn = reference(settings).fit(train.astype(np.float64), labels)
    decisions = decided(head(torch.from_numpy(new))).numpy()
    assert (decisions == sklearn.predict(new.astype(np.float64))).all()


def test_a_value_that_only_rounds_differently_does_not_decide() -> None:
    train, labels, new = clouds(3, 0.0, 1.0)
    rng = np.random.default_rng(0)
    constant = np.float32(1.0) + np.float32(1.2e-7) * rng.integers(0, 2, len(train))
    with_one = np.column_stack([train, constant]).astype(np.float32)
    head = Svm().fit(torch.from_numpy(with_one), torch.from_numpy(labels), 3)
    assert head is not None
    two = [np.column_stack([new, np.full(len(new), x)]) for x in (1.0, 1.0000004)]
    one, other = (head(torch.from_numpy(x.astype(np.float32))) for x in two)
    assert torch.allclose(one, other, atol=1e-5)


def test_all_support_vectors_of_a_linear_kernel_are_one_row_of_weights_a_pair() -> None:
    train, labels, _ = clouds(4, 0.0, 1.0)
    arguments = torch.from_numpy(train), torch.from_numpy(labels), 4
    rbf, linear = Svm().fit(*arguments), Svm(kernel="linear").fit(*arguments)
    assert rbf is not None
    assert linear is not None
    vectors = rbf.facts()["support_vectors"]
    assert rbf.state_dict()["support_vectors"].shape == (VALUES, vectors)
    assert linear.facts()["support_vectors"] > 6
    assert linear.state_dict()["weights"].shape == (VALUES, 6)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"c": 0.0}, "c: need more than 0, got 0.0"),
        ({"gamma": -1.0}, 'gamma: need "scale" or more than 0, got -1.0'),
        ({"gamma": float("nan")}, 'gamma: need "scale" or more than 0, got nan'),
        ({"pca": 0}, "pca: need at least 1, or leave it out, got 0"),
        ({"kernel": "poly"}, "kernel: need one of 'rbf', 'linear', got 'poly'"),
    ],
)
def test_a_setting_out_of_its_limits_is_refused(table: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        load(Svm, table)


class Told(Silent):
    """Remembers what it was told; presses Ctrl-C at the first line that holds ``stop_at``."""

    def __init__(self, stop_at: str = "-") -> None:
        super().__init__(epochs=1)
        self.lines: list[str] = []
        self.epochs = 0
        self._stop_at = stop_at

    def say(self, text: str) -> None:
        self.lines.append(text)
        if self._stop_at in text:
            raise KeyboardInterrupt

    def epoch(self, row: Row, *, best: bool) -> None:  # noqa: ARG002  # the watcher's signature
        self.epochs += 1


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = tiny_run(tmp_path_factory.mktemp("runs") / "svm", "head.kind=svm", "head.pca=6")
    fit(run, CPU, Silent(1))
    return Run.open(run.path)


def embeddings_of(run: Run, part: str) -> tuple[np.ndarray, np.ndarray]:
    """What the best epoch's network makes of a part, by its own two steps."""
    classifier, _ = run.best_network()
    segments = run.segments(part)
    with torch.no_grad():
        embedding = classifier(torch.from_numpy(np.array(segments.samples))).embedding
    return embedding.double().numpy(), segments.labels


def test_a_run_decides_every_test_segment_as_scikit_learn_on_its_embedding(trained: Run) -> None:
    settings = trained.recipe.head
    assert isinstance(settings, Svm)
    sklearn = reference(settings).fit(*embeddings_of(trained, "train"))
    test, labels = embeddings_of(trained, "test")
    scores = scores_of(trained.classifier(), trained.segments("test"))
    assert len(labels) > 40
    assert (scores.argmax(axis=1) == sklearn.predict(test)).all()


def test_a_run_says_how_many_support_vectors_it_has(tmp_path: Path) -> None:
    told, run = Told(), tiny_run(tmp_path / "run", "head.kind=svm")
    fit(run, CPU, told)
    vectors = Run.open(run.path).facts.head["support_vectors"]
    assert 4 <= vectors <= len(run.segments("train"))
    (line,) = [line for line in told.lines if "support vectors" in line]
    assert re.fullmatch(rf"head: svm, {vectors} support vectors, \d+ kB of the model file", line)


def test_a_head_beyond_the_limit_is_warned_of(
    trained: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = copied(trained, tmp_path / "run")
    with caplog.at_level(logging.WARNING):
        fit_head.fit_head(run, lambda _: None, large=1000)
    (record,) = caplog.records
    assert "the head is large" in record.message
    assert "signal.train_hop" in record.message


def copied(run: Run, folder: Path) -> Run:
    return Run.open(shutil.copytree(run.path, folder))


def test_a_training_killed_before_its_head_was_kept_ends_the_same(
    trained: Run, tmp_path: Path
) -> None:
    run = tiny_run(tmp_path / "run", "head.kind=svm", "head.pca=6")
    with pytest.raises(KeyboardInterrupt):
        fit(run, CPU, Told(stop_at="head: fitting"))
    assert not Run.open(run.path).facts.finished
    with pytest.raises(MissingInputError, match=r"head is fitted after the last epoch.*--resume"):
        Run.open(run.path).classifier()
    told = Told()
    fit(Run.open(run.path), CPU, told)
    assert told.epochs == 0
    assert "the training was at its end already, nothing was left to do" not in told.lines
    assert Run.open(run.path).facts.finished
    one, other = (Run.open(path).classifier().state_dict() for path in (run.path, trained.path))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_finished_run_fits_no_second_head(trained: Run, tmp_path: Path) -> None:
    run = copied(trained, tmp_path / "run")
    before = (run.path / HEAD).read_bytes()
    told = Told()
    fit(run, CPU, told)
    assert "the training was at its end already, nothing was left to do" in told.lines
    assert (run.path / HEAD).read_bytes() == before


def test_a_truncated_head_is_refused_and_fitted_again(trained: Run, tmp_path: Path) -> None:
    run = copied(trained, tmp_path / "run")
    before = (run.path / HEAD).read_bytes()
    (run.path / HEAD).write_bytes(before[:2000])
    with pytest.raises(DataError, match=r"head\.pt: is not a whole checkpoint"):
        run.classifier()
    fit(run, CPU, Silent(1))
    assert (run.path / HEAD).read_bytes() == before


def test_a_head_of_another_epoch_is_not_mixed_with_the_network(
    trained: Run, tmp_path: Path
) -> None:
    run = copied(trained, tmp_path / "run")
    kept = torch.load(run.path / BEST, weights_only=True)
    torch.save({**kept, "rows": kept["rows"] * 3}, run.path / BEST)
    with pytest.raises(DataError, match=r"was fitted on epoch \d, and the best is \d+; fit it"):
        run.classifier()


@pytest.mark.parametrize("states", [("normal", "ball"), ("normal", "ball", "inner_race")])
def test_the_head_tells_as_many_classes_as_the_recordings_have(
    states: tuple[str, ...], tmp_path: Path
) -> None:
    run = tiny_run(tmp_path / "run", "head.kind=svm", f"data.states={list(states)}")
    fit(run, CPU, Silent(1))
    run = Run.open(run.path)
    scores = scores_of(run.classifier(), run.segments("test"))
    assert scores.shape[1] == len(run.classes) == len(states)
    assert set(scores.argmax(axis=1)) <= set(range(len(states)))


def test_a_class_that_training_never_sees_is_told_before_the_first_epoch(tmp_path: Path) -> None:
    recipe = load_recipe("bearing_simulated", [*TINY, "head.kind=svm"])
    prepared = prepare(recipe)
    recordings, split = prepared.recordings, prepared.split
    seen = tuple(s for s in split.train if recordings[s.recording].label != "ball")
    lost = replace(prepared, split=replace(split, train=seen))
    run = Run.create(tmp_path / "run", recipe, lost)
    with pytest.raises(DataError, match=r"^head: ball has no training segment, and the head tells"):
        fit(run, CPU, Silent(1))
    assert not (run.path / BEST).exists()


def test_more_components_than_values_are_told_before_the_first_epoch(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run", "head.kind=svm", "head.pca=9")
    with pytest.raises(SettingsError, match=r"^head\.pca: need at most 8, got 9; the embedding"):
        fit(run, CPU, Silent(1))
    assert not (run.path / BEST).exists()
