"""Recordings that are decided whole: scored, described, drawn, folded and searched."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.train.tiny_records import (
    CLASSES,
    EACH,
    LONGEST,
    RATE,
    SHORTEST,
    noisy,
    tones,
    trained_whole,
    whole_recipe,
    write_records,
)

from harken.errors import DataError
from harken.stream import Samples
from harken_train.answers import answers_on, read_answers
from harken_train.audit import audit
from harken_train.calibrate import calibrate
from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app
from harken_train.data import prepare
from harken_train.describe import describe
from harken_train.evaluate import Evaluation, evaluate
from harken_train.part_scores import score_part, scores_of
from harken_train.ragged import Ragged
from harken_train.recipe_file import to_toml
from harken_train.recordings import Span, Split
from harken_train.report.drawings import extremes
from harken_train.report.page import render
from harken_train.report.summary import summarise
from harken_train.run import Run
from harken_train.segments import Segments
from harken_train.spectrograms import examples
from harken_train.temperature import loss_at

SAME = 1e-6  # of scores: a batch of another size may add in another order, in float32
PARTS = ("test", "validation")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_records(tmp_path_factory.mktemp("data") / "records", noisy)


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    recipe = whole_recipe(data, split={"validation": 0.5})
    return trained_whole(tmp_path_factory.mktemp("runs") / "whole", recipe)


@pytest.fixture(scope="module")
def evaluation(run: Run) -> Evaluation:
    return evaluate(run)


def segments_of(records: list[Samples], classes: tuple[str, ...]) -> Segments:
    count = len(records)
    return Segments(
        samples=np.empty((0, 1, 0), np.float32),
        labels=np.zeros(count, np.int64),
        recording=np.arange(count),
        first=np.zeros(count, np.int64),
        classes=classes,
        whole=Ragged.of(records),
    )


def test_a_recording_is_answered_alike_whatever_stands_beside_it(run: Run) -> None:
    """There is no padding that a batch of other lengths could put to it."""
    rng = np.random.default_rng(0)
    lengths = [SHORTEST, SHORTEST + 1, 333, 400, 777, LONGEST - 1, LONGEST]
    records = [tones(label, n, rng)[None] for n in lengths for label in CLASSES]
    order = rng.permutation(len(records))
    classifier = run.classifier()
    together = scores_of(classifier, segments_of([records[i] for i in order], run.classes))
    for place, i in enumerate(order):
        alone = scores_of(classifier, segments_of([records[i]], run.classes))
        np.testing.assert_allclose(together[place], alone[0], atol=SAME, rtol=0)
    assert np.ptp(together, axis=0).max() > 0.1, "they do not all get one answer"


def test_figures_are_of_recordings_each_decided_once(run: Run, evaluation: Evaluation) -> None:
    assert evaluation.whole
    assert evaluation.unit == "recording"
    assert evaluation.decisions.count == len(run.split.test) == 18
    assert evaluation.windows == evaluation.recordings
    table = evaluation.as_dict()
    assert table["whole"] is True
    assert table["recordings"]["scored"] == ["slow", "quick"]
    by_label = {row["label"]: row["f1"]["value"] for row in table["recordings"]["classes"]}
    expected = (by_label["slow"] + by_label["quick"]) / 2
    assert table["recordings"]["scored_f1"]["value"] == pytest.approx(expected)
    assert table["recordings"]["scored_f1"]["low"] is not None


def test_what_was_surely_wrong_is_named_from_end_to_end(run: Run, evaluation: Evaluation) -> None:
    assert evaluation.worst
    frames = {one.name: one.frames for one in run.recordings}
    assert all((m.first, m.last) == (0, frames[m.recording]) for m in evaluation.worst)


def test_the_page_tells_them_once_and_draws_them_whole(run: Run, evaluation: Evaluation) -> None:
    page = render(run, evaluation)
    assert "<h2>By window</h2>" not in page
    assert "<h2>By recording</h2>" in page
    assert "Each recording is decided whole, from 2 to 12 s at 100 Hz; nothing is padded." in page
    assert page.count('aria-label="wave of a recording"') == len(evaluation.worst)
    assert "F1 of slow, quick by recording" in page
    right = f"{100 * (evaluation.recordings.accuracy.value or 0):.1f} % of 18 recordings"
    assert f"the model named the right class for {right}" in page
    assert " windows" not in page.partition('<section id="recipe">')[0].partition("</style>")[2]


def test_a_long_wave_is_drawn_by_its_extremes() -> None:
    wave = np.random.default_rng(0).standard_normal(100_000)
    places, values = extremes(wave, 1_000)
    assert len(places) <= 1_000
    assert (wave[places] == values).all()
    assert (np.diff(places) > 0).all()
    assert {int(wave.argmax()), int(wave.argmin())} <= set(places.tolist())
    short, same = extremes(wave[:10], 1_000)
    assert short.tolist() == list(range(10))
    assert (same == wave[:10]).all()


def test_what_fit_prints_at_its_end_is_one_table(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome.run(app, PROGRAM, ["fit", "--resume", str(run.path)]) == 0
    out = capsys.readouterr().out.splitlines()
    (head,) = [line for line in out if "macro-F1" in line]
    assert head.split("  ")[-1] == "F1 of slow, quick"
    assert "windows" not in head
    (row,) = [line for line in out if line.startswith("test ")]
    scored = score_part(run.classifier(), run.segments("test"), "test", ("slow", "quick"))
    expected = f"{18:>8}{100 * scored.recordings.accuracy:>8.1f} %"
    assert expected.split() == row.split()[1:4]
    assert row.split()[-1] == f"{scored.recordings.scored_f1:.3f}"


def test_its_scores_are_calibrated_on_whole_recordings(run: Run) -> None:
    assert len(run.segments("validation")) == 21
    found = calibrate(Run.open(run.path))
    told = {part: summarise(evaluate(Run.open(run.path), part)).notes for part in PARTS}
    (run.path / "calibration.json").unlink()
    words = "The temperature of the scores was found by these very answers"
    said = {part: any(note.startswith(words) for note in notes) for part, notes in told.items()}
    assert said == {"test": False, "validation": True}
    assert (found.decisions, found.groups) == (21, 21)
    assert found.by == "its validation part"
    assert found.loss_before > 0.0
    assert [one.rate for one in found.abstain] == [0.2]  # of 21 answers, three at least


def test_describe_tells_which_are_too_short_too_long_or_stand_still(tmp_path: Path) -> None:
    data = write_records(tmp_path / "records")
    rng = np.random.default_rng(1)
    still = tones("slow", 900, rng)
    still[300 : 300 + RATE + 1] = still[300]
    dead = tones("slow", 900, rng)
    dead[300:] = 0.0
    for name, samples in {
        "a short": tones("slow", SHORTEST - 1, rng),
        "b long": tones("slow", LONGEST + 1, rng),
        "c still": still,
        "d dead": dead,
    }.items():
        np.save(data / "slow" / f"{name}.npy", samples)
    found = describe(whole_recipe(data, signal={"scale": 10.0}))
    told = {problem.kind: problem.what for problem in found.problems}
    assert told == {
        "too short": "slow/a short.npy: 199 samples are less than signal.shortest, 200; "
        "it is never used",
        "too long": "slow/b long.npy: 1201 samples are more than signal.longest, 1200; "
        "it is decided by the mean of its 10 windows",
        "still part": "slow/c still.npy: does not move for a second or more; is it padded, or was "
        "the sensor off?",
        "silence": "slow/d dead.npy: half of it or more does not move; the device will call it "
        "invalid, training learns it as 'slow'",
    }
    assert found.trainable
    assert "decided" in found.text()


def test_a_part_without_a_recording_of_the_least_length_is_refused(data: Path) -> None:
    recipe = whole_recipe(data)
    recordings = prepare(recipe).recordings
    spans = tuple(Span(i, 0, one.frames) for i, one in enumerate(recordings))
    cut = tuple(Span(i, 0, SHORTEST - 1) for i in range(EACH))
    split = Split(train=spans[EACH // 2 : -1], validation=(), test=(*cut[: EACH // 2], *spans[-1:]))
    with pytest.raises(DataError, match="class 'noise' has no recording of at least 200 samples"):
        audit(recordings, split, 400, lengths=(SHORTEST, LONGEST))


def test_pictures_are_of_a_stretch_from_the_middle_as_long_as_there_is(data: Path) -> None:
    found = examples(whole_recipe(data), 4)
    for row in found.values():
        for one in row:
            assert one.samples == min(400, one.recording.frames)
            assert one.first == (one.recording.frames - one.samples) // 2
            assert one.features.shape == (1, one.samples)


def test_augmentations_have_nothing_to_draw_and_say_so(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "whole.toml"
    recipe.write_text(to_toml(whole_recipe(data.absolute())))
    assert outcome.run(app, PROGRAM, ["augmentations", str(recipe)]) == 78
    assert "decided whole take no augmentations, crops are what" in capsys.readouterr().err


@pytest.fixture(scope="module")
def folded(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folds")
    (folder / "whole.toml").write_text(to_toml(whole_recipe(data.absolute())))
    words = ["cross-validate", str(folder / "whole.toml"), "--folds", "2", "--out", str(folder)]
    assert outcome.run(app, PROGRAM, [*words, "-q"]) == 0
    return folder / "whole-se_resnet-cv"


def test_a_cross_validation_keeps_what_each_fold_said_of_what_it_had_not_heard(
    folded: Path,
) -> None:
    kept = read_answers(folded / "logits.csv")
    assert sorted(kept.recordings) == sorted(
        f"{c}/{c}{n}.npy" for c in CLASSES for n in range(EACH)
    )
    assert set(kept.models) == {(0, 1), (0, 2)}
    results = json.loads((folded / "results.json").read_text())
    assert results["whole"] is True
    assert results["recordings"]["count"] == len(kept) == 3 * EACH
    right = (kept.logits.argmax(axis=1) == kept.labels).mean()
    assert results["recordings"]["accuracy"]["value"] == pytest.approx(right)
    assert results["recordings"]["scored"] == ["slow", "quick"]
    assert 0.0 < results["calibration"]["error"]["value"] < 1.0
    with (folded / "logits.csv").open(newline="") as lines:
        labels = {row["recording"]: row["label"] for row in csv.DictReader(lines)}
    assert all(name.startswith(label) for name, label in labels.items())


def test_its_table_is_of_recordings_alone(
    folded: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["cross-validate", str(folded.parent / "whole.toml"), "--folds", "2"]
    assert outcome.run(app, PROGRAM, [*words, "--out", str(folded.parent)]) == 0
    out = capsys.readouterr().out
    assert "recordings F1 of slow, quick " in out
    assert "windows" not in out
    assert "expected calibration error of their scores 0." in out


def test_a_run_is_calibrated_by_what_the_folds_had_not_heard(
    run: Run, folded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome.run(app, PROGRAM, ["calibrate", str(run.path), "--by", str(folded)]) == 0
    out = capsys.readouterr().out
    (run.path / "calibration.json").unlink()
    # 60 recordings, but for the 18 that the run itself is tested on.
    assert out.startswith("by what 2 models of its recipe had not heard: 42 answers on 42 groups")
    folds = [str(folded / f"seed-0-fold-{fold}") for fold in (1, 2)]
    words = ["calibrate", str(run.path), "--by", folds[0], "--by", folds[1]]
    assert outcome.run(app, PROGRAM, words) == 0
    assert capsys.readouterr().out == out
    (run.path / "calibration.json").unlink()


@pytest.mark.slow
def test_two_processes_share_whole_recordings_between_them(data: Path, tmp_path: Path) -> None:
    recipe = whole_recipe(data.absolute(), training={"epochs": 3, "average": 0.9, "clip": 1.0})
    (tmp_path / "whole.toml").write_text(to_toml(recipe))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", "-m", "harken_train.cli", "fit"]
    words = [str(tmp_path / "whole.toml"), "--out", str(tmp_path), "--name", "two", "-q"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([*command, *words], cwd=ROOT, env=environment, check=True, timeout=500)
    two = Run.open(tmp_path / "two")
    assert (two.facts.epochs, two.facts.finished) == (3, True)
    # Each validated its share, and together they come to the loss over all of them.
    validation = two.segments("validation")
    logits = answers_on(two, validation).logits
    assert two.facts.best_loss == pytest.approx(loss_at(logits, validation.labels, 1.0), rel=SAME)
