"""MiniROCKET and ridge regression on waves of a rate, fold by fold; runs where aeon is installed.

    AEON_PYTHON tests/bench/job_minirocket.py WAVES.npz FOLDER

aeon wants an older numba than librosa and numpy leave room for in our own environment, so it has
one of its own (`tests.bench.figures_ecg` makes it). WAVES has ``values`` (all waves end to end),
``lengths``, ``labels``, ``folds`` and ``window``. MiniROCKET takes waves of one length only: each
record is covered by windows of the shortest one's, half of one apart and the last at its end, and
has the mean of their features, so that neither length nor padding can be used. The rest is aeon's
own MiniRocketClassifier: 10,000 kernels, standardised, ridge by cross-validation. FOLDER gets
FOLD.npy for each fold, the classes of its records; a fold that is there is not made again.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from aeon.transformations.collection.convolution_based import MiniRocket
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

WINDOWS_AT_ONCE = 512

waves = np.load(sys.argv[1])
window = int(waves["window"])
ends = np.cumsum(waves["lengths"])
labels, folds = waves["labels"], waves["folds"]


def windows_of(record: int) -> list[np.ndarray]:
    """The windows that cover one record."""
    length = int(waves["lengths"][record])
    starts = [*range(0, length - window, window // 2), length - window]
    begin = ends[record] - length
    return [values[begin + start : begin + start + window] for start in starts]


def features(rocket: MiniRocket) -> np.ndarray:
    """One row a record: the mean over its windows."""
    owners = np.repeat(np.arange(len(cut)), [len(one) for one in cut])
    every = np.stack([window for one in cut for window in one])[:, None]
    sums = np.zeros((len(cut), rocket.transform(every[:1]).shape[1]))
    for first in range(0, len(every), WINDOWS_AT_ONCE):
        found = rocket.transform(every[first : first + WINDOWS_AT_ONCE])
        np.add.at(sums, owners[first : first + WINDOWS_AT_ONCE], found)
    return (sums / np.bincount(owners)[:, None]).astype(np.float32)


values = waves["values"]
cut = [windows_of(record) for record in range(len(labels))]
folder = Path(sys.argv[2])
for fold in np.unique(folds):
    found = folder / f"{fold}.npy"
    if found.exists():
        continue
    begin = time.perf_counter()
    train, test = folds != fold, folds == fold
    rocket = MiniRocket(random_state=0)
    rocket.fit(np.stack([w for i in np.flatnonzero(train) for w in cut[i]])[:, None])
    rows = features(rocket)
    ridge = make_pipeline(
        StandardScaler(with_mean=False), RidgeClassifierCV(alphas=np.logspace(-3, 3, 10))
    )
    ridge.fit(rows[train], labels[train])
    beside = folder / f".{fold}.npy"
    np.save(beside, ridge.predict(rows[test]))
    beside.rename(found)
    print(f"MiniROCKET, fold {fold}: {time.perf_counter() - begin:.0f} s", flush=True)
