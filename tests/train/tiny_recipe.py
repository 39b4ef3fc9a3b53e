"""A recipe that trains in a blink: short windows of few simulated bearings, a tiny network."""

from __future__ import annotations

from pathlib import Path

from harken_train.data import prepare
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

TINY = (
    "name=tiny",
    "data.bearings=6",
    "data.seconds=0.25",
    "signal.window=256",
    "signal.hop=256",
    "frontend.n_fft=32",
    "frontend.hop_length=16",
    "network.channels=[8,8]",
    "training.epochs=4",
    "training.threads=1",
)


def tiny_run(folder: Path, *overrides: str) -> Run:
    """A run that has not been trained yet."""
    recipe = load_recipe("bearing_simulated", [*TINY, *overrides])
    return Run.create(folder, recipe, prepare(recipe))
