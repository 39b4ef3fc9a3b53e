"""The tables of docs/ecg.md: rhythm of whole ECG records, five folds by record, of exported files.

    make figures        (or: python -m tests.bench.figures_ecg [--only ours])

Trains what is not there yet (a run that was interrupted goes on where it was), exports every run,
asks the exported files about the records that they have not heard, and writes the tables between
the markers of docs/ecg.md. Ours are those of `harken-train cross-validate ecg --seeds 3`, in the
folder that it makes, so that they may be there already; the others lie in runs/figures/ecg.
Nothing is chosen here: recipes `ecg` and `ecg_source`, their seeds and folds. About four hours on
one core.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.bench import ecg_tables
from tests.bench.ecg_answers import Asked, Pooled, Records, answers, by_name, pooled
from tests.bench.ecg_changes import ROWS
from tests.bench.ecg_members import alone
from tests.bench.ecg_minirocket import minirocket
from tests.bench.ecg_noise import noise_table
from tests.bench.ecg_runs import (
    FOLDS,
    OURS,
    OURS_FOLDER,
    WAYS,
    Places,
    Step,
    Way,
    exports,
    take,
    trainings,
)

from harken import atomic
from harken_train.recipe_file import load_recipe

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "ecg.md"
SHIPPED = ROOT / "models" / "ecg.onnx"


def main() -> None:
    """Make what is missing, then write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    names = [*(way.name for way in WAYS), "minirocket"]
    parser.add_argument("--only", choices=names, help="make this one only; write no table")
    parser.add_argument("--set", action="append", default=[], help="in all recipes, to try it out")
    parser.add_argument("--ours", type=Path, default=OURS_FOLDER, help="our cross-validation")
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
        ("noise", noise_table(records, places.folder)),
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
    return [_pooled(way, seed, precision, places, records) for seed in way.seeds_of(precision)]


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
    folders = [[places.run(OURS, seed, fold) for fold in FOLDS] for seed in OURS.seeds]
    members = alone(folders, records)
    rows.append(ecg_tables.ScoreRow("one of its networks alone", members, [], None))
    rows.insert(
        0,
        ecg_tables.ScoreRow(
            "the record's length, nothing else",
            [ecg_tables.by_length(records, _folds_of(OURS, 0, places))],
            [],
            None,
        ),
    )
    small = found["ours", "int8"]
    both = small, found["ours", "fp32"][: len(small)]
    return ecg_tables.score_table(rows) + "\n\n" + ecg_tables.difference("int8", "fp32", *both)


def _changed(places: Places, records: Records) -> str:
    pools = {row: _pooled(OURS, 0, "fp32", places, records, row) for row in ROWS}
    return ecg_tables.change_table(pools)


if __name__ == "__main__":
    main()
