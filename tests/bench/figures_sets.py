"""The table and the chart of docs/spectrogram_sets.md: three networks on spectrograms of rotors.

    python -m tests.bench.figures_sets [--clips ../shared/data/esc50_machines]

Makes the set of recipe `rotor_sounds`, trains each network on each of its five folds (a run that
was interrupted goes on where it was), and pools the folds. Beside them, on the same folds, a
logistic regression that hears the mean of each band alone, and whoever always says the class most
frequent in training. About 25 minutes on one core. Nothing is chosen here: the settings stand in
the recipe, fixed before any figure of a test part was seen.
"""

from __future__ import annotations

import argparse
import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from harken import atomic
from harken_train.bootstrap import Measured
from harken_train.cli.progress import Lines
from harken_train.data import prepare
from harken_train.evaluate import judge
from harken_train.figures import Figures, Judged, figures
from harken_train.fit import fit
from harken_train.metrics import Floats
from harken_train.part_scores import scores_of
from harken_train.recipe_file import digest, load_recipe
from harken_train.run import Run
from harken_train.segments import Segments
from harken_train.spectrogram_set import write_set

ROOT = Path(__file__).resolve().parents[2]
CLIPS = ROOT.parent / "shared" / "data" / "esc50_machines"
PAGE, CHART = ROOT / "docs" / "spectrogram_sets.md", ROOT / "docs" / "spectrogram_sets.svg"
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->"
NETWORKS = {
    "CNN (`spectrogram_cnn`)": "spectrogram_cnn",
    "LSTM (`spectrogram_lstm`)": "spectrogram_lstm",
    "hybrid (`cnn_lstm`)": "cnn_lstm",
}
FOLDS, ROTOR = 5, 1  # the classes are other and rotor
COLOURS = ("#1f6fb2", "#c2570c", "#17703f", "#7a4fa3")

Scorer = Callable[[Run, Segments], Floats]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    found: Figures

    def cells(self) -> tuple[tuple[str, Measured], ...]:
        """Its figures; precision, recall and F1 are of the rotors."""
        rotor = self.found.classes[ROTOR]
        return (
            ("accuracy", self.found.accuracy),
            ("precision", rotor.precision),
            ("recall", rotor.recall),
            ("F1", rotor.f1),
        )


def main() -> None:
    """Train what is missing, then write the table and the chart."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--clips", type=Path, default=CLIPS)
    parser.add_argument("--folder", type=Path, default=Path("runs/figures/rotor_sounds"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    spectrograms = arguments.folder / "set"
    if not spectrograms.exists():
        write_set(load_recipe("rotor_sounds", [f"data.path={arguments.clips}"]), spectrograms)
    trained: dict[str, list[Run]] = {name: [] for name in NETWORKS.values()}
    for fold in range(FOLDS):
        for name, runs in trained.items():
            runs.append(_trained(arguments.folder / f"{name}-{fold}", spectrograms, name, fold))
            print(f"{name}, fold {fold + 1} of {FOLDS}", flush=True)
    folds = trained["spectrogram_cnn"]  # of the baselines, too
    rows = [
        *(
            Row(words, _pooled(trained[name], lambda run, test: scores_of(run.classifier(), test)))
            for words, name in NETWORKS.items()
        ),
        Row("logistic regression on the mean log-mel", _pooled(folds, _regression)),
        Row("always the class most frequent in training", _pooled(folds, _majority)),
    ]
    print(_table(rows))
    _into_page(_table(rows))
    atomic.write_bytes(CHART, _chart(rows))


def _trained(path: Path, spectrograms: Path, network: str, fold: int) -> Run:
    """The fold's run, trained to its end unless it is there already."""
    recipe = load_recipe(str(spectrograms / "recipe.toml"), [f"split.fold={fold}"], network)
    if (path / "run.json").exists():
        run = Run.open(path)
        if run.facts.recipe != digest(recipe):
            raise SystemExit(f"{path}: is of another recipe; remove it")
    else:
        run = Run.create(path, recipe, prepare(recipe))
    if not run.facts.finished:
        with run.locked():
            fit(run, torch.device("cpu"), Lines(recipe.training.epochs))
    return run


def _pooled(runs: Sequence[Run], scores: Scorer) -> Figures:
    """The figures of all folds together; each source clip is in test once, so it is one group."""
    judged, first = [], 0
    for run in runs:
        test = run.segments("test")
        windows, _ = judge(test, scores(run, test), run.recordings)
        judged.append((windows, first))
        first += int(windows.group_of.max()) + 1
    together = Judged(
        labels=np.concatenate([one.labels for one, _ in judged]),
        scores=np.concatenate([one.scores for one, _ in judged]),
        group_of=np.concatenate([one.group_of + first for one, first in judged]),
        classes=judged[0][0].classes,
    )
    return figures(together, np.random.default_rng(0))


def _regression(run: Run, test: Segments) -> Floats:
    """It has nothing to choose an epoch by, so it learns from validation's clips too."""
    parts = [run.segments(part) for part in ("train", "validation")]
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        model.fit(
            np.concatenate([_means(part) for part in parts]),
            np.concatenate([part.labels for part in parts]),
        )
    return np.asarray(model.predict_proba(_means(test)))


def _means(segments: Segments) -> Floats:
    """(n, bands): the mean of each band over the columns."""
    return np.asarray(segments.samples.mean(axis=-1, dtype=np.float64))


def _majority(run: Run, test: Segments) -> Floats:
    shares = np.bincount(run.segments("train").labels, minlength=len(test.classes)).astype(float)
    return np.tile(shares / shares.sum(), (len(test), 1))


def _table(rows: Sequence[Row]) -> str:
    names = [name for name, _ in rows[0].cells()]
    groups = [one.groups for one in rows[0].found.classes]
    whose = (
        f"{rows[0].found.count} slices of {sum(groups)} source clips ({groups[ROTOR]} of rotors)"
    )
    lines = [f"| {whose} | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
    for row in rows:
        cells = " | ".join(_interval(value) for _, value in row.cells())
        lines.append(f"| {row.name} | {cells} |")
    return "\n".join(lines)


def _interval(figure: Measured) -> str:
    if figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.2f}"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"


def _into_page(table: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    atomic.write_text(PAGE, f"{before}{BEGIN}{table}\n{END}{after}")


def _chart(rows: Sequence[Row]) -> bytes:
    """Bars of accuracy, precision, recall and F1, a group a row, with their intervals."""
    import matplotlib as mpl

    figure = Figure(figsize=(8.0, 3.6), layout="constrained")
    axes = figure.subplots()
    width = 0.2
    for k, (name, _) in enumerate(rows[0].cells()):
        places = np.arange(len(rows)) + (k - 1.5) * width
        values = [row.cells()[k][1] for row in rows]
        heights = [one.value or 0.0 for one in values]
        ends = [
            [h - (v.low if v.low is not None else h) for h, v in zip(heights, values, strict=True)],
            [
                (v.high if v.high is not None else h) - h
                for h, v in zip(heights, values, strict=True)
            ],
        ]
        axes.bar(places, heights, width, label=name, color=COLOURS[k])
        axes.errorbar(places, heights, np.maximum(ends, 0.0), fmt="none", ecolor="#333", lw=0.8)
    short = [row.name.partition(" (")[0] for row in rows]
    wrapped = [name.replace(" on ", "\non ").replace(" most ", "\nmost ") for name in short]
    axes.set_xticks(np.arange(len(rows)), wrapped, fontsize=8)
    axes.set_ylim(0.0, 1.0)
    axes.set_ylabel("share; thin lines: 95 % by source clip", fontsize=8)
    axes.legend(ncols=4, fontsize=8, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "harken", "svg.fonttype": "none"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


if __name__ == "__main__":
    main()
