"""The table of docs/bearing.md: three networks, three splits, on CWRU's recordings.

    make figures        (or: python -m tests.bench.figures_bearing [--only edge])

Trains what is not in runs/figures yet (a run that was interrupted goes on where it was), pools the
folds of a split, and writes the table between the markers of docs/bearing.md. About an hour on two
cores. Nothing is chosen here: recipe `bearing`, its variants, seeds 0, 1, 2 (cnn2d: seed 0).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harken import atomic
from harken_train.bootstrap import Measured
from harken_train.evaluate import judge
from harken_train.figures import Judged, figures
from harken_train.part_scores import scores_of
from harken_train.recipe_file import digest, load_recipe
from harken_train.run import Run

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "bearing.md"
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->"
COLUMNS = (
    "split",
    "network",
    "seeds",
    "windows: accuracy",
    "macro-F1",
    "recordings: accuracy",
    "macro-F1 (each seed)",
    "right recordings (each seed)",
    "bearings",
)
FAULTS = ("ball", "inner_race", "outer_race")
SHIPPED = str(ROOT / "models" / "bearing.toml")


@dataclass(frozen=True)
class Way:
    """A recipe to train: its name, the words after ``harken-train fit``, and its seeds."""

    name: str
    words: tuple[str, ...]
    seeds: tuple[int, ...] = (0, 1, 2)


NETWORKS = (
    Way("edge", ("bearing",)),
    Way("cnn1d", ("bearing", "--model", "cnn1d")),
    Way("cnn2d", ("bearing", "--model", "cnn2d"), seeds=(0,)),
)
ORDERS = Way("edge on envelope orders", ("bearing", "--model", "envelope"))
WITH_SIMULATED = Way("edge, with simulated bearings", (SHIPPED,))


@dataclass(frozen=True)
class Row:
    """A way to split: its words in the table, and the overrides of each of its folds."""

    words: str
    name: str
    folds: tuple[str, ...]
    ways: tuple[Way, ...] = NETWORKS


ROWS = (
    Row("random windows (**leaky**)", "random", ('split={kind="leaky"}',)),
    Row(
        "loads 0-2 -> 3 (**the same bearings**)",
        "load",
        ('split={kind="attribute", name="load", test=[3], shares="bearing", by_time=["normal"]}',),
    ),
    Row(
        "a fault size held out (honest)",
        "size",
        ("split.test=[7]", "split.test=[14]", "split.test=[21]"),
        (*NETWORKS, ORDERS),
    ),
    Row(
        "the same, the shipped model's recipe",
        "shipped",
        tuple(
            f"split.test={[f'cwru/{fault} {size} mil' for fault in FAULTS]}" for size in (7, 14, 21)
        ),
        (WITH_SIMULATED,),
    ),
)


def main() -> None:
    """Train what is missing, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    names = [way.name for row in ROWS for way in row.ways]
    parser.add_argument("--only", choices=names, help="train this one only; write no table")
    parser.add_argument("--folder", type=Path, default=Path("runs/figures"))
    arguments = parser.parse_args()
    jobs = [
        (way, row, seed)
        for row in ROWS
        for way in row.ways
        for seed in way.seeds
        if arguments.only in (None, way.name)
    ]
    for done, (way, row, seed) in enumerate(jobs):
        print(f"{done}/{len(jobs)}  {way.name}, {row.name}, seed {seed}", flush=True)
        for fold, override in enumerate(row.folds):
            _trained(_path(arguments.folder, way, row, seed, fold), way, seed, override)
    if arguments.only:
        return
    lines = [
        "| " + " | ".join(COLUMNS) + " |",
        "|---" * len(COLUMNS) + "|",
        *(_line(arguments.folder, way, row) for row in ROWS for way in row.ways),
    ]
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    atomic.write_text(PAGE, before + BEGIN + "\n".join(lines) + "\n" + END + after)
    print("\n".join(lines))


def _path(folder: Path, way: Way, row: Row, seed: int, fold: int) -> Path:
    return folder / f"{way.name.split(',')[0]}-{row.name}{fold}-{seed}"


def _trained(path: Path, way: Way, seed: int, override: str) -> None:
    """Train one fold, or go on with it, unless it is finished; another recipe begins anew."""
    model = way.words[2] if "--model" in way.words else None
    recipe = load_recipe(way.words[0], [f"seed={seed}", override], model)
    if path.exists() and Run.open(path).facts.recipe != digest(recipe):
        shutil.rmtree(path)
    fit = [str(Path(sys.executable).with_name("harken-train")), "fit"]
    command = [*fit, *way.words, "--seed", str(seed), "--set", override]
    if path.exists():
        if Run.open(path).facts.finished:
            return
        command = [*fit, "--resume", str(path)]
    else:
        command += ["--out", str(path.parent), "--name", path.name]
    subprocess.run([*command, "-q"], check=True)


def _line(folder: Path, way: Way, row: Row) -> str:
    """One row of the table: folds pooled within a seed, then the mean of the seeds."""
    pooled = [_pooled(folder, way, row, seed) for seed in way.seeds]
    windows = [figures(one, np.random.default_rng(0)) for one, _ in pooled]
    records = [figures(two, np.random.default_rng(0)) for _, two in pooled]
    right = [int(np.trace(np.array(each.confusion))) for each in records]
    cells = (
        row.words,
        way.name,
        str(len(pooled)),
        _mean([w.accuracy for w in windows]),
        _mean([w.macro_f1 for w in windows]),
        _mean([r.accuracy for r in records]),
        f"{_mean([r.macro_f1 for r in records])} ({_each([r.macro_f1 for r in records])})",
        f"{', '.join(map(str, right))} of {records[0].count}",
        str(windows[0].groups),
    )
    return "| " + " | ".join(cells) + " |"


def _mean(values: Sequence[Measured]) -> str:
    return f"{np.mean([value.value for value in values if value.value is not None]):.3f}"


def _each(values: Sequence[Measured]) -> str:
    return ", ".join(f"{value.value:.2f}" for value in values)


def _pooled(folder: Path, way: Way, row: Row, seed: int) -> tuple[Judged, Judged]:
    """Windows and recordings of all folds; the normal recording's last part is in every fold."""
    judged, names = [], []
    for fold in range(len(row.folds)):
        run = Run.open(_path(folder, way, row, seed, fold))
        segments = run.segments("test")
        judged.append(judge(segments, scores_of(run.classifier(), segments), run.recordings))
        names.append(sorted({run.recordings[int(r)].group for r in segments.recording}))
    windows, records = zip(*judged, strict=True)
    return _joined(windows, names), _joined(records, names)


def _joined(parts: Sequence[Judged], names: Sequence[Sequence[str]]) -> Judged:
    """Folds as one; a bearing that is in several folds stays one group."""
    every = sorted({name for fold in names for name in fold})
    numbers = [np.array([every.index(name) for name in fold]) for fold in names]
    return Judged(
        labels=np.concatenate([part.labels for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        group_of=np.concatenate([n[p.group_of] for p, n in zip(parts, numbers, strict=True)]),
        classes=parts[0].classes,
    )


if __name__ == "__main__":
    main()
