"""Whole recordings of different lengths, and a recipe that learns them in a few seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from harken.settings import load
from harken.stream import Samples
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.recipe import Recipe
from harken_train.recipe_file import laid_over
from harken_train.run import Run

RATE = 100
SHORTEST, LONGEST = 200, 1200
CLASSES = ("noise", "quick", "slow")
EACH = 20
Made = Callable[[str, int, np.random.Generator], Samples]


def tones(label: str, samples: int, rng: np.random.Generator) -> Samples:
    """Noise, with a tone of 11 or 4 hertz in two of the classes."""
    hertz = {"noise": 0.0, "quick": 11.0, "slow": 4.0}[label]
    tone = np.sin(2 * np.pi * hertz * np.arange(samples) / RATE + rng.uniform(0.0, 6.0))
    return np.asarray(tone + 0.7 * rng.standard_normal(samples), np.float32)


def noisy(label: str, samples: int, rng: np.random.Generator) -> Samples:
    """So much noise that some are taken for others."""
    return np.asarray(tones(label, samples, rng) + 1.5 * rng.standard_normal(samples), np.float32)


def write_records(
    folder: Path, made: Made = tones, lengths: Callable[[str, int], int] | None = None
) -> Path:
    """A folder a class, a file a recording; ``lengths`` are drawn from all if not given."""
    rng = np.random.default_rng(7)
    for label in CLASSES:
        (folder / label).mkdir(parents=True)
        for number in range(EACH):
            drawn = int(rng.integers(SHORTEST, LONGEST, endpoint=True))
            samples = lengths(label, number) if lengths else drawn
            np.save(folder / label / f"{label}{number}.npy", made(label, samples, rng))
    return folder


def whole_recipe(folder: Path, **tables: object) -> Recipe:
    table = {
        "name": "whole",
        "scored": ["slow", "quick"],
        "data": {"kind": "folder", "path": str(folder), "rate": RATE},
        "signal": {
            "rate": RATE,
            "window": 400,
            "hop": 100,
            "unit": "mV",
            "shortest": SHORTEST,
            "longest": LONGEST,
        },
        "split": {"kind": "group", "test": 0.3, "validation": 0.3},
        "frontend": {"kind": "filtered", "to": RATE},
        "network": {
            "kind": "se_resnet",
            "channels": [8, 8],
            "strides": [2, 2],
            "kernel": 3,
            "recurrent": 4,
            "heads": 2,
            "dropout": 0.0,
        },
        "training": {
            "epochs": 12,
            "batch_size": 8,
            "learning_rate": 0.02,
            "class_weights": "none",
            "crops": [200, 300],
            "keep": "last",
        },
    }
    return load(Recipe, laid_over(table, tables))


def trained_whole(run: Path, recipe: Recipe) -> Run:
    """A run of the recipe, trained to its end."""
    made = Run.create(run, recipe, prepare(recipe))
    fit(made, torch.device("cpu"), Silent(1))
    return Run.open(run)
