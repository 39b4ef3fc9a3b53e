"""A training on whole recordings that is interrupted: all that recipe `ecg` asks for goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.train.tiny_records import noisy, whole_recipe, write_records
from torch import Tensor

from harken_train.checkpoint import BEST, LAST
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.recipe import Recipe, Training
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

CPU = torch.device("cpu")
EPOCHS = 4
# What of a training remembers or draws anything, as in recipe `ecg`.
MEMBERS = {"members": 3, "dropout": 0.3, "drop_path": 0.1}
TRAINING = {
    "epochs": EPOCHS,
    "balance": 0.5,
    "mixup": 0.3,
    "average": 0.9,
    "clip": 1.0,
    "label_smoothing": 0.05,
    "precision": "bfloat16",
}


class Interrupted(Silent):
    """Presses Ctrl-C at a step of an epoch, the first being step 1 of epoch 1."""

    def __init__(self, epoch: int, step: int) -> None:
        super().__init__(epochs=EPOCHS)
        self._at = epoch, step

    def step(self, epoch: int, done: int, steps: int, loss: float) -> None:
        super().step(epoch, done, steps, loss)
        if (epoch, done) == self._at:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    data = write_records(tmp_path_factory.mktemp("data") / "records", noisy)
    return whole_recipe(data, network=MEMBERS, training=TRAINING)


def kept(path: Path) -> Iterator[tuple[str, Any]]:
    """Everything in a checkpoint by its place, but for the seconds that epochs took."""
    return _leaves("", torch.load(path, weights_only=True))


def _leaves(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            yield from _leaves(f"{place}.{key}", item)
    elif not place.endswith(".seconds"):
        yield place, value


def bits(value: Any) -> bytes | object:
    """What two values have in common if no bit of them differs."""
    return value.numpy().tobytes() if isinstance(value, Tensor) else value


def test_the_recipe_for_ecg_uses_nothing_that_is_not_tried_here() -> None:
    ours, plain = vars(load_recipe("ecg", []).training), vars(Training())
    free = {"epochs", "batch_size", "learning_rate", "weight_decay", "warmup_epochs"}
    used = {name for name in ours if ours[name] != plain[name]}
    assert used - free <= {*TRAINING, "class_weights", "crops", "keep"}


def test_interrupted_within_epochs_it_ends_with_the_same_bits(
    recipe: Recipe, tmp_path: Path
) -> None:
    prepared = prepare(recipe)
    undisturbed = Run.create(tmp_path / "undisturbed", recipe, prepared)
    fit(undisturbed, CPU, Silent(EPOCHS))
    run = Run.create(tmp_path / "interrupted", recipe, prepared)
    for epoch, step in ((1, 1), (2, 3), (4, 2)):
        with pytest.raises(KeyboardInterrupt):
            fit(run, CPU, Interrupted(epoch, step))
        assert run.facts.epochs == epoch - 1
        run = Run.open(run.path)
        run.take(prepared)
    fit(run, CPU, Silent(EPOCHS))
    for name in (LAST, BEST):
        first, second = (dict(kept(one.path / name)) for one in (undisturbed, run))
        assert first.keys() == second.keys()
        assert any(place.startswith(".average.") for place in first)
        for place, value in first.items():
            assert bits(value) == bits(second[place]), place
