"""The small trained runs that the tests of the export share."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from harken_train.calibrate import calibrate
from harken_train.checkpoint import Row
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

SMALL = (
    "data.bearings=12",
    "data.seconds=1.0",
    "training.epochs=3",
    "training.threads=1",
    "network.channels=[16, 16]",
    "network.columns=32",
)
# Of simulated ECG records of 9 to 19 s, each decided whole.
WHOLE = (
    "data.records=12",
    "data.seconds=[9.0, 19.0]",
    "signal.window=3000",
    "signal.hop=1500",
    "signal.longest=6000",
    "split.test=0.3",
    "split.validation=0.2",
    "network.channels=[8, 16]",
    "network.strides=[2, 2]",
    "network.recurrent=8",
    "network.members=2",
    "training.crops=[2700, 3000]",
    "training.batch_size=8",
    "training.average=0.9",
    "training.epochs=12",
)


class Silent:
    def say(self, text: str) -> None:
        """A watcher that is told nothing."""

    def step(self, epoch: int, done: int, steps: int, loss: float) -> None:
        """Not told."""

    def epoch(self, row: Row, *, kept: bool) -> None:
        """Not told."""


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run on simulated bearings, trained for moments; tests leave it alone."""
    return _fitted(tmp_path_factory.mktemp("runs") / "small", "bearing_simulated", SMALL)


@pytest.fixture(scope="session")
def run(trained: Path) -> Run:
    """That run, opened."""
    return Run.open(trained)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run on whole recordings, calibrated; tests leave it alone."""
    path = _fitted(tmp_path_factory.mktemp("runs") / "whole", "ecg_simulated", WHOLE)
    calibrate(Run.open(path))
    return path


def _fitted(path: Path, name: str, overrides: tuple[str, ...]) -> Path:
    recipe = load_recipe(name, overrides)
    run = Run.create(path, recipe, prepare(recipe))
    fit(run, torch.device("cpu"), Silent())
    return run.path
