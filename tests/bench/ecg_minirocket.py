"""The row of MiniROCKET: aeon's, in an environment of its own (`tests.bench.job_minirocket`)."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tests.bench.ecg_answers import CLASSES, Pooled, Records

from harken_train.features import features_of_whole
from harken_train.ragged import Ragged
from harken_train.recipe_file import load_recipe

HERE = Path(__file__).resolve().parent
JOB, NEEDS = HERE / "job_minirocket.py", HERE / "job_minirocket.txt"


def minirocket(
    records: Records, folds: Sequence[Sequence[str]], folder: Path, python: Path | None
) -> Pooled:
    """Its answers to every record by the fold that has not seen it, each fold's made once.

    It is given what our network is given: the waves of recipe `ecg`'s front-end.
    """
    fold_of = {name: fold for fold, names in enumerate(folds) for name in names}
    numbers = np.array([fold_of[name] for name in records], np.int64)
    labels = np.array([CLASSES.index(one.label) for one in records.values()], np.int64)
    heard = repr(load_recipe("ecg").frontend).encode() + numbers.tobytes() + labels.tobytes()
    mark = hashlib.sha256(JOB.read_bytes() + heard).hexdigest()[:16]
    found = folder / f"minirocket-{mark}"
    if not all((found / f"{fold}.npy").exists() for fold in range(len(folds))):
        found.mkdir(parents=True, exist_ok=True)
        waves = _waves(records)
        given = folder / "minirocket_waves.npz"
        window = int(waves.lengths.min())
        np.savez(
            given,
            values=waves.values[0],
            lengths=waves.lengths,
            labels=labels,
            folds=numbers,
            window=window,
        )
        command = [python or _environment(folder), JOB, given, found]
        subprocess.run([str(word) for word in command], check=True)
    decided = np.empty(len(labels), np.int64)
    for fold in range(len(folds)):
        decided[numbers == fold] = np.load(found / f"{fold}.npy")
    return Pooled(labels=labels, decided=decided)


def _waves(records: Records) -> Ragged:
    recipe = load_recipe("ecg")
    frontend = recipe.frontend.build(rate=recipe.signal.rate, window=recipe.signal.window)
    torch.set_num_threads(1)
    return features_of_whole(frontend, Ragged.of([one.read() for one in records.values()]))


def _environment(folder: Path) -> Path:
    """A Python with aeon, installed once (some 600 MB)."""
    place = folder / "aeon"
    python = place / "bin" / "python"
    if not (place / "installed").exists():
        print(f"installing aeon into {place}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
        subprocess.run([str(python), "-m", "pip", "-q", "install", "-r", str(NEEDS)], check=True)
        (place / "installed").touch()
    return python
