"""What recipe `ecg` learns of length: trained on noise that has the records' lengths and labels.

    python -m tests.bench.ecg_noise

Nothing but length goes with the labels, so that whatever it scores above chance is that. One fold;
some minutes. `tests.bench.figures_ecg` writes what is found into docs/ecg.md.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.io
from tests.bench.ecg_answers import Pooled, Records, by_name, scored
from tests.bench.ecg_runs import OURS, Step, take
from tests.bench.ecg_tables import by_length

from harken_train.bootstrap import Measured
from harken_train.part_scores import scores_of
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

COUNTS = 300.0  # standard deviation, in thousandths of a millivolt


def noise_table(records: Records, folder: Path) -> str:
    """Two sentences: the score of the recipe on noise, and that of trees that know length alone."""
    path = folder / "noise"
    if not (path / "run.json").is_file() or not Run.open(path).facts.finished:
        _write(records, folder / "noise_records")
        take([_training(path, folder / "noise_records")])
    run = Run.open(path)
    segments = run.segments("test")
    decided = np.asarray(scores_of(run.classifier(), segments).argmax(1), np.int64)
    names = [run.recordings[number].name for number in segments.recording]
    ours, trees = (
        _interval(scored([pool]).score)
        for pool in (Pooled(segments.labels, decided), _trees(records, names))
    )
    return (
        f"Trained on noise that has the records' lengths and labels, recipe `ecg` scores {ours} on "
        f"the {len(names)} records of the first fold; trees that know the length alone score "
        f"{trees} on the same."
    )


def _write(records: Records, folder: Path) -> None:
    """Noise as the challenge's files are; each from a seed of its own number."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, record in enumerate(records.values()):
        drawn = np.random.default_rng(number).normal(0.0, COUNTS, (1, record.read().shape[-1]))
        scipy.io.savemat(
            folder / f"{record.name}.mat", {"val": drawn.round().astype(np.int16)}, format="4"
        )
    with (folder / "REFERENCE.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([one.name, one.label] for one in records.values())


def _training(path: Path, records: Path) -> Step:
    fit = ["harken-train", "fit", "-q"]
    if (path / "run.json").is_file():
        return Step("train on noise", OURS.minutes, (*fit, "--resume", str(path)))
    fit += [OURS.recipe, "--set", f"data.path={records}", "--set", "split.fold=0"]
    fit += ["--out", str(path.parent), "--name", path.name]
    return Step("train on noise", OURS.minutes, tuple(fit))


def _trees(records: Records, names: Sequence[str]) -> Pooled:
    """Only these names' answers of trees that were fitted to all others' lengths."""
    rest = [name for name in records if name not in set(names)]
    both = by_length(records, [names, rest])
    where = {name: i for i, name in enumerate(records)}
    chosen = np.array([where[name] for name in names])
    return Pooled(both.labels[chosen], both.decided[chosen])


def _interval(found: Measured) -> str:
    return f"**{found.value:.3f}** ({found.low:.3f}-{found.high:.3f})"


def main() -> None:
    """Train what is missing, and say what is found."""
    records = by_name(load_recipe(OURS.recipe, []).data.recordings())
    print(noise_table(records, Path("runs/figures/ecg")))


if __name__ == "__main__":
    main()
