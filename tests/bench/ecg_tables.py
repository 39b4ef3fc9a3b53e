"""The tables of docs/ecg.md, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from tests.bench.ecg_answers import (
    CLASSES,
    Pooled,
    Records,
    confusion,
    gained,
    milliseconds,
    scored,
)
from tests.bench.ecg_changes import ROWS
from tests.bench.ecg_strangers import shares, strangers

from harken import Model
from harken_train.bootstrap import Measured
from harken_train.build import build_classifier
from harken_train.run import Run


@dataclass(frozen=True)
class ScoreRow:
    """A line of the first table; ``runs`` and ``file`` where there are any."""

    words: str
    seeds: Sequence[Pooled]
    runs: Sequence[Path]
    file: Path | None


def into(page: str, name: str, table: str) -> str:
    """Put a table between the page's markers of that name."""
    begin, end = f"<!-- figures of {name}: begin -->\n", "<!-- figures: end -->"
    before, rest = page.split(begin)
    return before + begin + table + "\n" + end + rest.split(end, 1)[1]


def score_table(rows: Sequence[ScoreRow]) -> str:
    """Score with interval, each seed, F1 of every class, and what the file costs."""
    names = [f"F1 of {label}" for label in CLASSES]
    head = ["model", "score (95 %)", "each seed", *names]
    return _table(
        [*head, "weights", "kB", "ms for 30 s", "minutes of training"],
        [_cells(row) for row in rows],
    )


def _cells(row: ScoreRow) -> list[str]:
    found = scored(row.seeds)
    cells = [
        row.words,
        _interval(found.score),
        _each(found.seeds),
        *(f"{f1:.3f}" for f1 in found.f1s),
    ]
    if row.file is None:
        return [*cells, "", "", "", ""]
    runs = [Run.open(path) for path in row.runs]
    classifier = build_classifier(runs[0].recipe, len(CLASSES))
    weights = sum(one.numel() for one in classifier.parameters())
    return [
        *cells,
        f"{weights:,}",
        f"{row.file.stat().st_size / 1e3:.0f}",
        f"{milliseconds(row.file):.2f}",
        f"{np.mean([run.facts.seconds for run in runs]) / 60.0:.1f}",
    ]


def _each(seeds: Sequence[float]) -> str:
    """The seeds' scores, or from the least to the largest where they are many."""
    if len(seeds) > 3:
        return f"{min(seeds):.3f} to {max(seeds):.3f}"
    return ", ".join(f"{seed:.3f}" for seed in seeds)


def difference(one: str, other: str, first: Sequence[Pooled], second: Sequence[Pooled]) -> str:
    """A sentence on by how much one scores more than the other."""
    found = gained(first, second)
    return (
        f"{one} minus {other}, on the same records: {found.value:+.4f} "
        f"({found.low:+.4f} to {found.high:+.4f})."
    )


def by_length(records: Records, folds: Sequence[Sequence[str]]) -> Pooled:
    """What can be said of a record by how long it is alone: by trees, all classes weighed alike."""
    seconds = np.array([[one.seconds()] for one in records.values()])
    labels = np.array([CLASSES.index(one.label) for one in records.values()], np.int64)
    where = {name: i for i, name in enumerate(records)}
    decided = np.empty(len(labels), np.int64)
    for names in folds:
        test = np.array([where[name] for name in names])
        train = np.setdiff1d(np.arange(len(labels)), test)
        trees = HistGradientBoostingClassifier(class_weight="balanced", random_state=0)
        decided[test] = trees.fit(seconds[train], labels[train]).predict(seconds[test])
    return Pooled(labels=labels, decided=decided)


def confusions(seeds: Sequence[Pooled]) -> str:
    """The confusion matrix, mean of the seeds."""
    counts = confusion(seeds)
    rows = [[label, *(f"{n:.0f}" for n in row)] for label, row in zip(CLASSES, counts, strict=True)]
    return _table(["truth \\ answer", *CLASSES], rows)


def change_table(pools: Mapping[str, Pooled]) -> str:
    """The score of records that something befell."""
    rows = []
    for name, pool in pools.items():
        found = scored([pool])
        other = gained([pool], [pools["as_is"]])
        gain = "" if name == "as_is" else f"{other.value:+.3f}"
        rows.append(
            [ROWS[name].words, _interval(found.score), gain, *map("{:.3f}".format, found.f1s)]
        )
    return _table(
        ["record", "score (95 %)", "difference", *(f"F1 of {label}" for label in CLASSES)], rows
    )


def strangers_table(file: Path, shared: Path, root: Path) -> str:
    """How often a file gives which answer to what is no ECG."""
    answers = [*CLASSES, "invalid"]
    rows = []
    for words, signals in strangers(shared, root / "data" / "cwru"):
        if signals:
            found = shares(file, signals)
            percents = [f"{found.get(answer, 0.0):.0%}" for answer in answers]
            rows.append([words, str(len(signals)), *percents])
    return _table(["signal", "how many", *answers], rows)


def confidence(file: Path) -> str:
    """How sure a file may be of its scores, as its contract says; and what abstaining brings."""
    found: dict[str, Any] | None = Model(file).contract.figures.get("calibration")
    if found is None:
        return "The file is not calibrated."
    rows = [
        [
            f"{one['rate']:.0%}",
            f"{one['below']:.3f}",
            f"{one['left_out']:.1%}",
            _interval(Measured(**one["accuracy"])),
            _interval(Measured(**one["scored_f1"])),
        ]
        for one in found["abstain"]
    ]
    head = ["may be unsure", "score below", "it was", "right of the rest", "score of the rest"]
    return (
        f"Found by {found['by']}: {found['decisions']} answers. Expected calibration error: "
        f"{_percent(found['error_before'])} as the network has it, "
        f"{_percent(found['error_after'])} in the file "
        f"(temperature {found['temperature']:.3f}).\n\n{_table(head, rows)}"
    )


def _percent(value: Mapping[str, float]) -> str:
    return f"{value['value']:.1%} ({value['low']:.1%} to {value['high']:.1%})"


def _interval(value: Measured) -> str:
    if value.low is None:
        return f"{value.value:.3f}"
    return f"**{value.value:.3f}** ({value.low:.3f}-{value.high:.3f})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])
