"""The tables of docs/ecg.md: rhythm of whole ECG records, five folds by record, of exported files.

    make figures        (or: python -m tests.bench.figures_ecg [--only ours])

Trains what is not there yet (a run that was interrupted goes on where it was), exports every run,
asks the exported files about the records that they have not heard, and writes the tables between
the markers of docs/ecg.md. Ours are runs/ecg-SEED-FOLD, which `harken-train fit ecg --seed SEED
--set split.fold=FOLD --name ecg-SEED-FOLD` makes as well; the others lie in runs/figures/ecg.
Nothing is chosen here: recipes `ecg` and `ecg_source`, their seeds and folds. About ten hours on
one core.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import ecg_tables
from tests.bench.ecg_answers import Asked, Pooled, Records, answers, by_name, pooled
from tests.bench.ecg_changes import RATE, ROWS
from tests.bench.ecg_minirocket import minirocket

from harken import atomic
from harken_train.recipe_file import digest, load_recipe
from harken_train.run import Run

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "ecg.md"
SHIPPED = ROOT / "models" / "ecg.onnx"
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


OURS = Way("ours", "`ecg`, ours", "ecg", minutes=25.0, precisions=("fp32", "int8"))
WAYS = (
    Way("source", "DWT to 143 values, CNN", "ecg_source"),
    Way("svm", "the same, CNN + SVM", "ecg_source", model="svm"),
    Way("fourier", "Fourier transform, CNN", "ecg_source", model="fourier", minutes=15.0),
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
            return self.ours / f"ecg-{seed}-{fold}"
        return self.folder / f"{way.name}-{seed}-{fold}"

    def file(self, way: Way, seed: int, fold: int, precision: str, rate: int = RATE) -> Path:
        ending = "" if rate == RATE else f"-{rate}"
        return self.folder / "files" / f"{way.name}-{seed}-{fold}-{precision}{ending}.onnx"

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


def main() -> None:
    """Make what is missing, then write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    names = [*(way.name for way in WAYS), "minirocket"]
    parser.add_argument("--only", choices=names, help="make this one only; write no table")
    parser.add_argument("--set", action="append", default=[], help="in all recipes, to try it out")
    parser.add_argument("--ours", type=Path, default=Path("runs"), help="the folder of our runs")
    parser.add_argument("--folder", type=Path, default=Path("runs/figures/ecg"))
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--aeon", type=Path, help="a Python that has aeon; left out: one is made")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the tables go")
    parser.add_argument("--shipped", type=Path, default=SHIPPED, help="asked about other signals")
    arguments = parser.parse_args()
    places = Places(arguments.ours, arguments.folder, tuple(arguments.set))
    records = _records(OURS, places)
    ways = [way for way in WAYS if arguments.only in (None, way.name)]
    for make in (trainings, exports):  # which exports are missing is known when all are trained
        take(make(ways, places))
    rocket = None
    if arguments.only in (None, "minirocket"):
        rocket = minirocket(records, _folds_of(OURS, 0, places), places.folder, arguments.aeon)
    if arguments.only:
        return
    found = {
        (way.name, precision): _of_seeds(way, precision, places)
        for way in WAYS
        for precision in way.precisions
    }
    text = arguments.page.read_text(encoding="utf-8")
    for name, table in (
        ("score", _scores(found, rocket, records, places)),
        ("confusion", ecg_tables.confusions(found["ours", "fp32"])),
        ("confidence", ecg_tables.confidence(arguments.shipped)),
        ("changes", _changed(places, records)),
        ("strangers", ecg_tables.strangers_table(arguments.shipped, arguments.shared, ROOT)),
    ):
        text = ecg_tables.into(text, name, table)
        print(table, end="\n\n", flush=True)
    atomic.write_text(arguments.page, text)
    picture = arguments.page.with_name("ecg.png")
    sample = ROOT / "models" / "samples" / "ecg" / "atrial_fibrillation.wav"
    draw = ("harken", "classify", str(arguments.shipped), str(sample), "--plot", str(picture))
    take([Step("draw ecg.png", 0.1, draw)])


def take(steps: Sequence[Step]) -> None:
    """Run one command after the other; the first that fails ends it."""
    progress = Progress([step.minutes for step in steps])
    for step in steps:
        progress.step(step.words)
        program = Path(sys.executable).with_name(step.command[0])
        subprocess.run([str(program), *step.command[1:]], check=True)
        progress.done()


def trainings(ways: Sequence[Way], places: Places) -> list[Step]:
    """What is to be trained, or to be gone on with; a finished run of another recipe is refused."""
    steps = []
    for way, seed, fold in [(one, s, f) for one in ways for s in one.seeds for f in FOLDS]:
        path = places.run(way, seed, fold)
        settings = [*places.settings, f"split.fold={fold}"]
        words = f"train {way.name}, seed {seed}, fold {fold}"
        if not (path / "run.json").exists():
            fit = ["harken-train", "fit", way.recipe, "-q", "--seed", str(seed)]
            fit += [word for setting in settings for word in ("--set", setting)]
            fit += ["--model", way.model] if way.model else []
            fit += ["--out", str(path.parent), "--name", path.name]
            steps.append(Step(words, way.minutes, tuple(fit)))
            continue
        run, wanted = (
            Run.open(path),
            load_recipe(way.recipe, [f"seed={seed}", *settings], way.model),
        )
        if run.facts.recipe != digest(wanted):
            raise SystemExit(
                f"{path}: was trained by another recipe; remove it, or give another --ours"
            )
        if not run.facts.finished:
            resume = ("harken-train", "fit", "-q", "--resume", str(path))
            steps.append(Step(words, way.minutes, resume))
    return steps


def exports(ways: Sequence[Way], places: Places) -> list[Step]:
    """Which runs are to be exported: those whose file is missing, or older than the run."""
    wanted = [
        (way, seed, fold, precision, RATE)
        for way in ways
        for seed in way.seeds
        for fold in FOLDS
        for precision in way.precisions
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


def _test_names(run: Path) -> tuple[str, ...]:
    """The records that a run was not trained on, as it says itself."""
    spans = json.loads((run / "split.json").read_text(encoding="utf-8"))["spans"]["test"]
    return tuple(sorted({name for name, _, _ in spans}))


def _folds_of(way: Way, seed: int, places: Places) -> list[tuple[str, ...]]:
    return [_test_names(places.run(way, seed, fold)) for fold in FOLDS]


def _pooled(
    way: Way, seed: int, precision: str, places: Places, records: Records, row: str = "as_is"
) -> Pooled:
    change = ROWS[row]
    folds = []
    for fold in FOLDS:
        names = _test_names(places.run(way, seed, fold))
        asked = Asked(places.file(way, seed, fold, precision, change.rate), names)
        folds.append((names, answers(asked, records, places.answers, change.change, row)))
    return pooled(folds, records)


def _records(way: Way, places: Places) -> Records:
    """The records as a way's recipe has them: whole, or cut and padded."""
    return by_name(load_recipe(way.recipe, places.settings, way.model).data.recordings())


def _of_seeds(way: Way, precision: str, places: Places) -> list[Pooled]:
    records = _records(way, places)
    return [_pooled(way, seed, precision, places, records) for seed in way.seeds]


def _scores(
    found: dict[tuple[str, str], list[Pooled]],
    rocket: Pooled | None,
    records: Records,
    places: Places,
) -> str:
    rows = [
        ecg_tables.ScoreRow(
            words=f"{way.words} ({precision})" if len(way.precisions) > 1 else way.words,
            seeds=found[way.name, precision],
            runs=[places.run(way, seed, fold) for seed in way.seeds for fold in FOLDS],
            file=places.file(way, 0, 0, precision),
        )
        for way in WAYS
        for precision in way.precisions
    ]
    if rocket is not None:
        rows.insert(3, ecg_tables.ScoreRow("MiniROCKET, ridge", [rocket], [], None))
    rows.insert(
        0,
        ecg_tables.ScoreRow(
            "the record's length, nothing else",
            [ecg_tables.by_length(records, _folds_of(OURS, 0, places))],
            [],
            None,
        ),
    )
    both = found["ours", "int8"], found["ours", "fp32"]
    return ecg_tables.score_table(rows) + "\n\n" + ecg_tables.difference("int8", "fp32", *both)


def _changed(places: Places, records: Records) -> str:
    pools = {row: _pooled(OURS, 0, "fp32", places, records, row) for row in ROWS}
    return ecg_tables.change_table(pools)


if __name__ == "__main__":
    main()
