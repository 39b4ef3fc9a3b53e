"""What the ECG figures are made of: the runs that are trained and the files that are exported."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.ecg_changes import RATE, ROWS

from harken_train.recipe_file import digest, load_recipe
from harken_train.run import Run

OURS_FOLDER = Path("runs/ecg-se_resnet-cv")
FOLDS = range(5)


@dataclass(frozen=True)
class Way:
    """What to train: the words after ``harken-train fit``, its seeds, and minutes a fold."""

    name: str
    words: str
    recipe: str
    model: str | None = None
    seeds: tuple[int, ...] = (0, 1, 2)
    minutes: float = 2.0
    precisions: tuple[str, ...] = ("fp32",)

    def seeds_of(self, precision: str) -> tuple[int, ...]:
        """The seeds that have such a file: the first one for int8, whose search takes minutes."""
        return self.seeds if precision == "fp32" else self.seeds[:1]


OURS = Way("ours", "`ecg`, ours", "ecg", minutes=10.0, precisions=("fp32", "int8"))
WAYS = (
    Way("source", "DWT to 143 values, CNN", "ecg_source"),
    Way("svm", "the same, CNN + SVM", "ecg_source", model="svm"),
    Way("fourier", "Fourier transform, CNN", "ecg_source", "fourier", (0,), 5.0),
    OURS,
)


@dataclass(frozen=True)
class Places:
    """Where things lie: our runs, everything else that is made here; what is set in all recipes."""

    ours: Path
    folder: Path
    settings: tuple[str, ...]

    def run(self, way: Way, seed: int, fold: int) -> Path:
        if way is OURS:
            return self.ours / f"seed-{seed}-fold-{fold + 1}"
        return self.folder / f"{way.name}-{seed}-{fold}"

    def file(self, way: Way, seed: int, fold: int, precision: str, rate: int = RATE) -> Path:
        ending = "" if rate == RATE else f"-{rate}"
        return self.folder / "files" / f"{way.name}-{seed}-{fold}-{precision}{ending}.onnx"

    @property
    def set(self) -> list[str]:
        return [word for setting in self.settings for word in ("--set", setting)]

    @property
    def answers(self) -> Path:
        return self.folder / "answers"


class Progress:
    """Says which step begins and about how long is left, by the steps that are done."""

    def __init__(self, minutes: Sequence[float]) -> None:
        self._expected = list(minutes)
        self._done = 0
        self._ratio = 1.0  # of the time that steps took to the time that was expected of them
        self._took = self._guessed = 0.0

    def step(self, words: str) -> None:
        left = sum(self._expected[self._done :]) * self._ratio
        hours, minutes = divmod(round(left), 60)
        print(
            f"{self._done + 1}/{len(self._expected)}  {words}; "
            f"about {hours} h {minutes:02d} min left",
            flush=True,
        )
        self._begun = time.perf_counter()

    def done(self) -> None:
        self._took += (time.perf_counter() - self._begun) / 60.0
        self._guessed += self._expected[self._done]
        self._ratio = self._took / self._guessed
        self._done += 1


@dataclass(frozen=True)
class Step:
    """A command that leaves something behind; what is there already is not made again."""

    words: str
    minutes: float
    command: tuple[str, ...]


def take(steps: Sequence[Step]) -> None:
    """Run one command after the other; the first that fails ends it."""
    progress = Progress([step.minutes for step in steps])
    for step in steps:
        progress.step(step.words)
        program = Path(sys.executable).with_name(step.command[0])
        subprocess.run([str(program), *step.command[1:]], check=True)
        progress.done()


def trainings(ways: Sequence[Way], places: Places) -> list[Step]:
    """What is to be trained, or to be gone on with; a run of another recipe is refused."""
    steps = []
    for way in ways:
        missing = [
            (seed, fold)
            for seed in way.seeds
            for fold in FOLDS
            if not _trained(way, seed, fold, places)
        ]
        if way is OURS and missing:
            steps.append(_cross_validation(way, len(missing), places))
        elif way is not OURS:
            steps += [_training(way, seed, fold, places) for seed, fold in missing]
    return steps


def _trained(way: Way, seed: int, fold: int, places: Places) -> bool:
    path = places.run(way, seed, fold)
    if not (path / "run.json").exists():
        return False
    settings = [f"seed={seed}", *places.settings, f"split.fold={fold}"]
    run, wanted = Run.open(path), load_recipe(way.recipe, settings, way.model)
    if run.facts.recipe != digest(wanted):
        raise SystemExit(f"{path}: was trained by another recipe; move it away")
    return run.facts.finished


def _training(way: Way, seed: int, fold: int, places: Places) -> Step:
    path, fit = places.run(way, seed, fold), ["harken-train", "fit", "-q"]
    words = f"train {way.name}, seed {seed}, fold {fold}"
    if (path / "run.json").exists():
        return Step(words, way.minutes, (*fit, "--resume", str(path)))
    fit += [way.recipe, "--seed", str(seed), "--set", f"split.fold={fold}", *places.set]
    fit += ["--model", way.model] if way.model else []
    return Step(words, way.minutes, (*fit, "--out", str(path.parent), "--name", path.name))


def _cross_validation(way: Way, missing: int, places: Places) -> Step:
    command = ["harken-train", "cross-validate", way.recipe, "--seeds", str(len(way.seeds))]
    command += ["--folds", str(len(FOLDS)), *places.set]
    command += ["--out", str(places.ours.parent), "--name", places.ours.name]
    words = f"cross-validate {way.name}: {missing} trainings"
    return Step(words, way.minutes * missing, tuple(command))


def exports(ways: Sequence[Way], places: Places) -> list[Step]:
    """Which runs are to be exported: those whose file is missing, or older than the run."""
    wanted = [
        (way, seed, fold, precision, RATE)
        for way in ways
        for precision in way.precisions
        for seed in way.seeds_of(precision)
        for fold in FOLDS
    ]
    rates = [row.rate for row in ROWS.values() if row.rate != RATE]
    wanted += [(OURS, 0, fold, "fp32", rate) for fold in FOLDS for rate in rates if OURS in ways]
    steps = []
    for way, seed, fold, precision, rate in wanted:
        file, run = places.file(way, seed, fold, precision, rate), places.run(way, seed, fold)
        if file.exists() and file.stat().st_mtime > (run / "best.pt").stat().st_mtime:
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        command = ["harken-export", "export", str(run), "-o", str(file), "--force", "-q"]
        command += ["--precision", precision]
        command += ["--accept-loss"] if precision == "int8" else []
        command += ["--rate", str(rate)] if rate != RATE else []
        words = f"export {file.stem}"
        steps.append(Step(words, 4.0 if precision == "int8" else 1.0, tuple(command)))
    return steps
