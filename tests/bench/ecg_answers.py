"""What exported files answer to ECG records that they have not heard, and the score of that.

Answers are kept beside the figures' runs, named by the file's own sha256: whoever asks again, after
an interruption or to write the table anew, asks no model twice.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harken import Model
from harken.stream import Samples
from harken_train.bootstrap import Draws, Measured, draw_groups, measured
from harken_train.figures import confusion_by_group
from harken_train.metrics import Floats, Numbers, f1, macro_f1
from harken_train.recordings import Recording

CLASSES = ("A", "N", "O", "~")
SCORED = ("A", "N", "O")
TIMED = 100  # runs of 30 s, of which the middle one is the time

Records = Mapping[str, Recording]
Change = Callable[[Samples, int], Samples]  # of one record's samples, and the record's number


@dataclass(frozen=True)
class Asked:
    """A file, and the names of the records that it was not trained on."""

    file: Path
    names: tuple[str, ...]


@dataclass(frozen=True)
class Pooled:
    """The class that was decided for every record once, in the order of their names."""

    labels: Numbers
    decided: Numbers


def by_name(recordings: Sequence[Recording]) -> Records:
    """Recordings under their names, sorted."""
    return {one.name: one for one in sorted(recordings, key=lambda one: one.name)}


def answers(
    asked: Asked, records: Records, kept: Path, change: Change | None = None, word: str = "as_is"
) -> Numbers:
    """The class decided for each of the names, by number; ``word`` names the change."""
    digest = hashlib.sha256(asked.file.read_bytes()).hexdigest()[:16]
    heard = hashlib.sha256("\n".join(asked.names).encode()).hexdigest()[:8]
    path = kept / f"{digest}-{heard}-{word}.npy"
    if path.exists():
        return np.asarray(np.load(path), np.int64)
    model = Model(asked.file)
    if model.contract.classes != CLASSES:
        raise SystemExit(f"{asked.file}: has the classes {', '.join(model.contract.classes)}")
    decided = np.empty(len(asked.names), np.int64)
    for i, name in enumerate(asked.names):
        samples = records[name].read()
        if change is not None:
            samples = change(samples, i)
        decided[i] = model.run(np.ascontiguousarray(samples[None]))[0][0].argmax()
    kept.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}")
    np.save(beside, decided)
    beside.rename(path)
    return decided


def pooled(folds: Sequence[tuple[Sequence[str], Numbers]], records: Records) -> Pooled:
    """Put folds together; every record must be in one of them, and once."""
    found = {
        name: int(one) for names, decided in folds for name, one in zip(names, decided, strict=True)
    }
    missing = [name for name in records if name not in found]
    if missing or len(found) != sum(len(names) for names, _ in folds):
        raise SystemExit(f"{len(missing)} records are in no fold, or some are in several")
    return Pooled(
        labels=np.array([CLASSES.index(one.label) for one in records.values()], np.int64),
        decided=np.array([found[name] for name in records], np.int64),
    )


@dataclass(frozen=True)
class Scored:
    """The mean over seeds of the score and of each class's F1, and the score of each seed."""

    score: Measured
    seeds: tuple[float, ...]
    f1s: tuple[float, ...]


def scored(seeds: Sequence[Pooled]) -> Scored:
    """Score each seed's pooled answers; the interval is over records, the same for all seeds."""
    draws = _draws(seeds[0])
    numbers = [CLASSES.index(label) for label in SCORED]
    each = [_counts(one) for one in seeds]
    return Scored(
        score=measured(np.mean([macro_f1(c.sum(0), numbers) for c in each]), _drawn(each, draws)),
        seeds=tuple(float(macro_f1(c.sum(0), numbers)) for c in each),
        f1s=tuple(np.mean([f1(c.sum(0)) for c in each], axis=0).tolist()),
    )


def gained(one: Sequence[Pooled], other: Sequence[Pooled]) -> Measured:
    """By how much the first scores more than the second on the same records."""
    numbers = [CLASSES.index(label) for label in SCORED]
    draws = _draws(one[0])
    first, second = ([_counts(pool) for pool in pools] for pools in (one, other))
    value = np.mean([macro_f1(c.sum(0), numbers) for c in first]) - np.mean(
        [macro_f1(c.sum(0), numbers) for c in second]
    )
    return measured(value, _drawn(first, draws) - _drawn(second, draws))


def confusion(seeds: Sequence[Pooled]) -> Floats:
    """The mean over seeds of ``[true][decided]`` counts."""
    return np.asarray(np.mean([_counts(one).sum(0) for one in seeds], axis=0))


def milliseconds(file: Path) -> float:
    """One decision on 30 s, on one thread: the middle of `TIMED`."""
    model = Model(file)
    samples = np.random.default_rng(0).normal(0.0, 0.3, (1, 1, 9000)).astype(np.float32)
    took = []
    for _ in range(TIMED):
        begin = time.perf_counter()
        model.run(samples)
        took.append(time.perf_counter() - begin)
    return 1e3 * float(np.median(took))


def _draws(one: Pooled) -> Draws:
    return draw_groups(np.arange(len(one.labels)), one.labels, np.random.default_rng(0))


def _counts(one: Pooled) -> Floats:
    return confusion_by_group(one.labels, one.decided, np.arange(len(one.labels)), len(CLASSES))


def _drawn(each: Sequence[Floats], draws: Draws) -> Floats:
    numbers = [CLASSES.index(label) for label in SCORED]
    flat = [counts.reshape(len(counts), -1) for counts in each]
    shape = (-1, len(CLASSES), len(CLASSES))
    drawn = [macro_f1((draws.weights @ one).reshape(shape), numbers) for one in flat]
    return np.asarray(np.mean(drawn, axis=0))
