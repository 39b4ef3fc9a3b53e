"""A run fits the head ``svm`` once, keeps it, and decides by it."""

from __future__ import annotations

import logging
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.reference.svm_head import reference
from tests.train.tiny_recipe import TINY, tiny_run

from harken.errors import DataError, MissingInputError, SettingsError
from harken_train import fit_head
from harken_train.checkpoint import BEST, HEAD, Row
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.heads.svm import Svm
from harken_train.part_scores import scores_of
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

CPU = torch.device("cpu")


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

    def epoch(self, row: Row, *, kept: bool) -> None:  # noqa: ARG002  # the watcher's signature
        self.epochs += 1


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = tiny_run(tmp_path_factory.mktemp("runs") / "svm", "head.kind=svm", "head.pca=6")
    fit(run, CPU, Silent(1))
    return Run.open(run.path)


def embeddings_of(run: Run, part: str) -> tuple[np.ndarray, np.ndarray]:
    """What the kept epoch's network makes of a part, by its own two steps."""
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
    with pytest.raises(DataError, match=r"was fitted on epoch \d, and \d+ is kept; fit it"):
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
