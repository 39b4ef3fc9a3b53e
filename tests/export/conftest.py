"""One small trained run that all tests of the export share."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

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


class Silent:
    def say(self, text: str) -> None:
        """A watcher that is told nothing."""

    def step(self, epoch: int, done: int, steps: int, loss: float) -> None:
        """Not told."""

    def epoch(self, row: Row, *, best: bool) -> None:
        """Not told."""


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run on simulated bearings, trained for moments; tests leave it alone."""
    recipe = load_recipe("bearing_simulated", SMALL)
    run = Run.create(tmp_path_factory.mktemp("runs") / "small", recipe, prepare(recipe))
    fit(run, torch.device("cpu"), Silent())
    return run.path


@pytest.fixture(scope="session")
def run(trained: Path) -> Run:
    """That run, opened."""
    return Run.open(trained)
