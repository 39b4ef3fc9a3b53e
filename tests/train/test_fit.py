from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.train.tiny_recipe import TINY, tiny_run

from harken.errors import DataError
from harken_train.checkpoint import BEST, LAST, Row
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

CPU = torch.device("cpu")
FIT = [sys.executable, "-m", "harken_train.cli", "fit"]
FLOAT32 = 1e-6  # TensorBoard keeps single precision
LONG = "training.epochs=60"  # long enough to be killed before the end
ROOT = Path(__file__).resolve().parents[2]


class Told(Silent):
    """Remembers what it was told; presses Ctrl-C after ``interrupt_after`` epochs."""

    def __init__(self, interrupt_after: int = 0) -> None:
        super().__init__(epochs=1)
        self.lines: list[str] = []
        self.rows: list[Row] = []
        self._interrupt_after = interrupt_after

    def say(self, text: str) -> None:
        self.lines.append(text)

    def epoch(self, row: Row, *, kept: bool) -> None:  # noqa: ARG002  # the watcher's signature
        self.rows.append(row)
        if len(self.rows) == self._interrupt_after:
            raise KeyboardInterrupt


def weights(path: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = torch.load(path, weights_only=True)["classifier"]
    return found


def same_weights(one: Path, other: Path) -> bool:
    first, second = weights(one), weights(other)
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


def log_of(run: Path) -> list[dict[str, str]]:
    """The log without the seconds, which are the machine's."""
    with (run / "log.csv").open() as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = tiny_run(tmp_path_factory.mktemp("runs") / "undisturbed")
    fit(run, CPU, Silent(1))
    return run


def test_a_run_holds_all_that_it_promises(trained: Run) -> None:
    names = {path.name for path in trained.path.iterdir()}
    assert names == {
        "recipe.toml",
        "run.json",
        "split.json",
        "log.csv",
        "tensorboard",
        "best.pt",
        "last.pt",
    }
    rows = log_of(trained.path)
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    losses = [float(row["validation_loss"]) for row in rows]
    facts = json.loads((trained.path / "run.json").read_text())
    assert facts["best_epoch"] == losses.index(min(losses)) + 1
    assert facts["finished"] is True
    assert facts["epochs"] == 4
    assert facts["split"] == json.loads((trained.path / "split.json").read_text())["stamp"]


def test_tensorboard_draws_what_the_log_says(trained: Run) -> None:
    (file,) = (trained.path / "tensorboard").iterdir()
    found = EventAccumulator(str(file)).Reload()
    for tag, column in (("loss/validation", "validation_loss"), ("learning_rate", "learning_rate")):
        drawn = {point.step: point.value for point in found.Scalars(tag)}
        logged = {int(row["epoch"]): float(row[column]) for row in log_of(trained.path)}
        assert drawn == pytest.approx(logged, rel=FLOAT32)


def test_an_opened_run_gives_back_recipe_recordings_and_the_best_weights(trained: Run) -> None:
    run = Run.open(trained.path)
    assert run.recipe == trained.recipe
    assert run.classes == ("ball", "inner_race", "normal", "outer_race")
    assert len(run.recordings) == 24
    assert run.split == trained.split
    classifier = run.classifier()
    assert not classifier.training
    assert classifier.mean.abs() > 0
    for name, value in weights(run.path / BEST).items():
        assert torch.equal(classifier.state_dict()[name], value)
    segments = run.segments("test")
    scores = classifier(torch.from_numpy(segments.samples)).scores
    assert scores.shape == (len(segments), 4)


def test_the_same_recipe_and_data_give_the_same_weights(trained: Run, tmp_path: Path) -> None:
    again = tiny_run(tmp_path / "again")
    torch.rand(3)  # whatever torch drew before does not matter
    fit(again, CPU, Silent(1))
    assert same_weights(trained.path / LAST, again.path / LAST)
    assert same_weights(trained.path / BEST, again.path / BEST)
    other = tiny_run(tmp_path / "other", "seed=1", "training.epochs=1")
    fit(other, CPU, Silent(1))
    assert not same_weights(trained.path / BEST, other.path / BEST)


@pytest.mark.slow
def test_a_training_that_was_killed_twice_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    """Killed at the first file of an epoch, then when a checkpoint is being written."""
    undisturbed = tiny_run(tmp_path / "undisturbed", LONG)
    fit(undisturbed, CPU, Silent(1))
    run = tmp_path / "killed"
    words = [word for setting in (*TINY, LONG) for word in ("--set", setting)]
    start = ["bearing_simulated", *words, "--out", str(tmp_path), "--name", "killed"]
    kill_when_there(run, LAST, [*FIT, *start])
    first = len(log_of(run)) if (run / "log.csv").exists() else 0
    kill_when_there(run, ".last.pt.*.tmp", [*FIT, "--resume", str(run)])
    assert first <= len(log_of(run)) < 60
    subprocess.run([*FIT, "--resume", str(run), "-q"], cwd=ROOT, check=True)
    assert same_weights(undisturbed.path / LAST, run / LAST)
    assert same_weights(undisturbed.path / BEST, run / BEST)
    assert log_of(run) == log_of(undisturbed.path)
    assert not list(run.glob(".*"))


def kill_when_there(folder: Path, pattern: str, command: list[str]) -> None:
    process = subprocess.Popen([*command, "-q"], cwd=ROOT)
    while not list(folder.glob(pattern)) and process.poll() is None:
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_a_training_killed_between_its_two_checkpoints_ends_the_same(
    trained: Run, tmp_path: Path
) -> None:
    run = tiny_run(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        fit(run, CPU, Told(interrupt_after=2))
    before = (run.path / LAST).read_bytes()
    with pytest.raises(KeyboardInterrupt):
        fit(Run.open(run.path), CPU, Told(interrupt_after=1))
    (run.path / LAST).write_bytes(before)  # epoch 3 was the best, and last.pt was not reached
    told = Told()
    fit(Run.open(run.path), CPU, told)
    assert "going on after epoch 2" in told.lines
    assert same_weights(trained.path / LAST, run.path / LAST)
    assert same_weights(trained.path / BEST, run.path / BEST)
    assert log_of(run.path) == log_of(trained.path)


def test_ctrl_c_is_one_line_that_says_how_to_go_on(tmp_path: Path) -> None:
    words = [word for setting in (*TINY, "training.epochs=100000") for word in ("--set", setting)]
    command = [*FIT, "bearing_simulated", *words, "--out", str(tmp_path), "--name", "run"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "run" / LAST).exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    last = told.splitlines()[-1]
    assert re.fullmatch(
        r"harken-train: stopped after epoch \d+; go on with: harken-train fit --resume "
        + re.escape(str(tmp_path / "run")),
        last,
    )
    assert "Traceback" not in told
    assert not list((tmp_path / "run").glob(".*"))


def test_a_finished_run_is_resumed_without_another_epoch(trained: Run) -> None:
    before = (trained.path / LAST).read_bytes()
    told = Told()
    fit(Run.open(trained.path), CPU, told)
    assert told.rows == []
    assert (trained.path / LAST).read_bytes() == before


def test_a_loss_that_is_no_number_stops_with_what_to_try(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run", "training.learning_rate=1e30", "training.warmup_epochs=0")
    with pytest.raises(
        DataError, match=r"^epoch 1, (step \d+|validation): the loss is (nan|inf); try a lower"
    ):
        fit(run, CPU, Silent(1))
    assert not (run.path / LAST).exists()


def test_uneven_classes_are_weighed_and_said(tmp_path: Path) -> None:
    recipe = load_recipe("bearing_simulated", TINY)
    prepared = prepare(recipe)
    recordings, split = prepared.recordings, prepared.split
    balls = [s for s in split.train if recordings[s.recording].label == "ball"]
    fewer = replace(split, train=tuple(s for s in split.train if s not in balls[1:]))
    run = Run.create(tmp_path / "run", recipe, replace(prepared, split=fewer))
    told = Told()
    fit(run, CPU, told)
    (line,) = told.lines
    assert line == (
        "training segments are uneven, 3.0 to 1 "
        "(ball 11, inner_race 33, normal 33, outer_race 33): "
        "every class weighs the same in the loss"
    )


def test_patience_ends_a_training_that_no_longer_gets_better(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run", "training.patience=1", "training.epochs=60")
    told = Told()
    fit(run, CPU, told)
    losses = [row["validation_loss"] for row in told.rows]
    assert len(losses) < 60
    assert losses[-1] >= min(losses[:-1])
    assert Run.open(run.path).facts.best_epoch == len(losses) - 1


def test_no_validation_segment_is_a_clear_error(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run", "split.validation=0.0")
    with pytest.raises(DataError, match="no segment is for validation"):
        fit(run, CPU, Silent(1))
