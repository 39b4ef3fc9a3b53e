from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import scipy.special
import torch
from tests.train.tiny_recipe import TINY, tiny_run

from harken.errors import DataError, MissingInputError
from harken_train.answers import LOGITS, Answers, answers_on, joined, write_answers
from harken_train.calibrate import RATES, calibrate, calibrated_on, threshold
from harken_train.calibration_file import CALIBRATION, read_calibration
from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app
from harken_train.cli.progress import Silent
from harken_train.evaluate import evaluate
from harken_train.fit import fit
from harken_train.part_scores import scores_of
from harken_train.recipe_file import load_recipe, to_toml
from harken_train.report.page import render
from harken_train.run import Run

TEMPERATURE = 2.5  # of the answers that are made up
STRAYS = 0.1  # what 4,000 labels miss it by: 20,000 miss it by 1.1 %, as a standard deviation
GROUPS = 2_000
SCORED = 'scored=["ball", "normal"]'


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    run = tiny_run(folder, "training.epochs=2", SCORED)
    fit(run, torch.device("cpu"), Silent(2))
    return folder


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Run:
    """A copy of the trained run, to be calibrated."""
    return Run.open(shutil.copytree(trained, tmp_path / "tiny"))


def made_up(run: Run, groups: list[str] | None = None, seed: int = 0) -> Answers:
    """Answers that are too sure by `TEMPERATURE`: two models, a decision of each on each group."""
    rng = np.random.default_rng(seed)
    names = groups or [f"group {n}" for n in range(GROUPS)]
    count, classes = 2 * len(names), len(run.classes)
    honest = 1.5 * rng.standard_normal((count, classes))
    chances = scipy.special.softmax(honest, axis=1).cumsum(axis=1)
    labels = (rng.random((count, 1)) > chances).sum(axis=1).clip(0, classes - 1)
    half = len(names) // 2
    models = [(seed, 1)] * half + [(seed, 2)] * (len(names) - half)
    return Answers(
        classes=run.classes,
        logits=(TEMPERATURE * honest).astype(np.float32).astype(np.float64),  # as they are kept
        labels=labels.astype(np.int64),
        recordings=(*names, *names),
        groups=(*names, *names),
        first=np.repeat([0, 256], len(names)),
        models=(*models, *models),
    )


def cross_validation(folder: Path, answers: Answers, *overrides: str) -> Path:
    """What `cross-validate` leaves of a recipe like that of the run, with these answers."""
    folder.mkdir()
    settings = [*TINY, "training.epochs=2", "seed=5", *overrides]
    recipe = load_recipe("bearing_simulated", settings)
    (folder / "recipe.toml").write_text(to_toml(recipe))
    write_answers(answers, folder / LOGITS)
    return folder


def test_the_temperature_of_answers_is_found_and_makes_them_honest(run: Run) -> None:
    found = calibrated_on(made_up(run), run, "two models")
    assert found.temperature == pytest.approx(TEMPERATURE, rel=STRAYS)
    assert (found.decisions, found.groups) == (2 * GROUPS, GROUPS)
    assert found.loss_after < found.loss_before
    before, after = found.error_before, found.error_after
    assert after.value is not None
    assert before.value is not None
    assert before.value > 0.1
    assert after.value < 0.03  # of 4,000 perfect scores it is 0.015
    assert after.low is not None
    assert after.high is not None
    assert after.low <= after.value <= after.high < before.value


def test_abstaining_leaves_the_share_it_promises_and_makes_the_rest_better(run: Run) -> None:
    found = calibrated_on(made_up(run), run, "two models")
    assert tuple(one.rate for one in found.abstain) == RATES
    for one in found.abstain:
        assert one.left_out == pytest.approx(one.rate, abs=0.01)  # 4,000 answers: 0.005 is 2 sd
        assert one.scored_f1 is not None
        assert one.macro_f1.low is not None
    right = [one.accuracy.value or 0.0 for one in found.abstain]
    assert right == sorted(right)
    assert right[-1] > right[0] + 0.03
    below = list(found.thresholds.values())
    assert below == sorted(below)
    assert list(found.thresholds) == ["0.01", "0.02", "0.05", "0.1", "0.2"]


def test_a_threshold_has_that_share_below_it() -> None:
    scores = np.array([[0.5 + n / 1000, 0.5 - n / 1000] for n in range(200)])
    assert (scores.max(axis=1) < threshold(scores, 0.05)).sum() == 10
    assert (scores.max(axis=1) < threshold(scores, 0.001)).sum() == 0


def test_few_answers_have_no_thresholds_by_luck(run: Run) -> None:
    few = calibrated_on(made_up(run, [f"group {n}" for n in range(30)]), run, "few")
    assert [one.rate for one in few.abstain] == [0.05, 0.1, 0.2]  # 60 answers, three at least


@pytest.mark.parametrize(
    ("mistakes", "said"),
    [
        (0, "none is wrong; that is no fault, but"),
        (1, "only one is wrong; that is no fault, but"),
        (2, "the 2 wrong ones meet; that is no fault, but"),  # both on one group
    ],
)
def test_a_model_with_hardly_a_mistake_is_told_where_to_find_more(
    run: Run, mistakes: int, said: str
) -> None:
    answers = made_up(run, [f"group {n}" for n in range(30)])
    labels = answers.logits.argmax(axis=1)
    labels[[7, 37][:mistakes]] = answers.logits[[7, 37][:mistakes]].argmin(axis=1)
    one_model = dataclasses.replace(answers, labels=labels, models=((0, 1),) * 60)
    with pytest.raises(DataError) as told:
        calibrated_on(one_model, run, "its validation part")
    assert str(told.value).startswith(f"{run.path}: of 60 answers by its validation part {said}")
    assert "--by and a cross-validation of its recipe" in str(told.value)


def test_a_calibrated_run_is_as_sure_as_it_says_and_decides_as_before(
    run: Run, tmp_path: Path
) -> None:
    test = run.segments("test")
    plain = answers_on(run, test)
    before = scores_of(run.classifier(), test)
    folder = cross_validation(tmp_path / "cv", made_up(run))
    found = calibrate(run, [folder])
    assert found.by == "what 2 models of its recipe had not heard"
    assert read_calibration(run.path, run.facts.best_epoch) == run.calibration == found
    after = scores_of(run.classifier(), test)
    expected = scipy.special.softmax(plain.logits / found.temperature, axis=1)
    np.testing.assert_allclose(after, expected, atol=1e-6)  # float32
    assert (after.argmax(axis=1) == before.argmax(axis=1)).all()
    assert abs(after - before).max() > 0.01
    np.testing.assert_array_equal(answers_on(run, test).logits, plain.logits)


def test_its_own_test_part_has_no_say(run: Run, tmp_path: Path) -> None:
    tested = sorted({run.recordings[span.recording].group for span in run.split.test})
    assert tested
    others = made_up(run)
    wrong = made_up(run, tested, seed=1)
    upside_down = dataclasses.replace(wrong, logits=-50.0 * wrong.logits)
    folder = cross_validation(tmp_path / "cv", joined([others, upside_down]))
    assert calibrate(run, [folder]) == calibrated_on(
        others, run, "what 2 models of its recipe had not heard"
    )
    only = cross_validation(tmp_path / "only", wrong)
    with pytest.raises(DataError, match=r"no answer is left to calibrate on beside its own test"):
        calibrate(run, [only])


def test_other_runs_of_the_recipe_will_do_with_what_they_had_not_heard(
    run: Run, trained: Path
) -> None:
    # Its own test part is all that this other run has not heard.
    with pytest.raises(DataError, match=r"no answer is left"):
        calibrate(run, [trained])


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("network.channels=[8,4]", "differs in network.channels; how sure its models are says"),
        ("training.epochs=3", "differs in training.epochs"),
    ],
)
def test_models_of_another_recipe_say_nothing(
    run: Run, tmp_path: Path, override: str, said: str
) -> None:
    folder = cross_validation(tmp_path / "cv", made_up(run), override)
    with pytest.raises(DataError) as told:
        calibrate(run, [folder])
    assert str(told.value).startswith(f"{folder}: is of another recipe than {run.path}, it ")
    assert said in str(told.value)
    assert run.calibration is None


def test_what_no_score_depends_on_may_differ(run: Run, tmp_path: Path) -> None:
    folder = cross_validation(
        tmp_path / "cv", made_up(run), "name=other", "alarm.votes=1", 'split={kind="fold"}'
    )
    assert calibrate(run, [folder]).decisions == 2 * GROUPS


def test_other_classes_and_a_folder_that_is_nothing_are_refused(run: Run, tmp_path: Path) -> None:
    others = dataclasses.replace(made_up(run), classes=("a", "b", "c", "d"))
    folder = cross_validation(tmp_path / "cv", others)
    with pytest.raises(DataError, match=r"cv: tells a, b, c, d apart, and .*; give one of the"):
        calibrate(run, [folder])
    with pytest.raises(MissingInputError, match=r"is neither a run nor a cross-validation that"):
        calibrate(run, [tmp_path])


def test_a_leaky_split_is_not_calibrated_on(tmp_path: Path) -> None:
    leaky = tiny_run(tmp_path / "leaky", "training.epochs=1", 'split={kind="leaky"}')
    fit(leaky, torch.device("cpu"), Silent(1))
    with pytest.raises(DataError, match=r"leaky: its split is leaky, it has heard what scores"):
        calibrate(leaky)


def test_a_new_best_epoch_takes_the_calibration_of_the_old_one_away(
    run: Run, tmp_path: Path
) -> None:
    calibrate(run, [cross_validation(tmp_path / "cv", made_up(run))])
    (run.path / "last.pt").unlink()  # as if it had been stopped before the first epoch
    (run.path / "best.pt").unlink()
    fit(Run.open(run.path), torch.device("cpu"), Silent(2))
    assert Run.open(run.path).calibration is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('{"temperature": 1', "is broken, "),
        ('{"version": 1}', "is broken, temperature: missing"),
        ("epoch", "is of epoch 7, and "),
        ("temperature", "is broken, temperature: need more than 0, got -1.0"),
    ],
)
def test_a_calibration_that_does_not_fit_is_refused(
    run: Run, tmp_path: Path, change: str, said: str
) -> None:
    calibrate(run, [cross_validation(tmp_path / "cv", made_up(run))])
    path = run.path / CALIBRATION
    if change in ("epoch", "temperature"):
        table = json.loads(path.read_text())
        table[change] = 7 if change == "epoch" else -1.0
        change = json.dumps(table)
    path.write_text(change)
    with pytest.raises(DataError) as told:
        run.classifier()
    assert str(told.value).startswith(f"{path}: {said}")
    assert str(told.value).endswith(f"; calibrate again: harken-train calibrate {run.path}")
    run.classifier(calibrated=False)


def test_the_command_prints_a_table_and_evaluate_says_where_the_temperature_is_from(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = cross_validation(tmp_path / "cv", made_up(run))
    assert outcome.run(app, PROGRAM, ["calibrate", str(run.path), "--by", str(folder)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("by what 2 models of its recipe had not heard: 4000 answers on 2000")
    assert told[1].startswith("temperature 2.")
    assert told[1].endswith(": scores were too sure")
    assert any(line.split()[:2] == ["20.0", "%"] for line in told)
    assert any(line.endswith("F1 of ball, normal of the rest") for line in told)
    assert "leaving out the least sure of these answers, none of which is of the test part:" in told
    assert told[-1] == str(run.path / CALIBRATION)
    assert outcome.run(app, PROGRAM, ["calibrate", str(run.path), "--by", str(folder), "-q"]) == 0
    printed = capsys.readouterr().out
    assert float(printed) == pytest.approx(TEMPERATURE, rel=STRAYS)
    evaluation = evaluate(again := Run.open(run.path))
    page = render(again, evaluation)
    assert "Before it, scores were too sure" in page
    assert re.search(
        r"expected calibration error</th><td>\s*\d+\.\d %<.*</td><td>\s*[0-2]\.\d %", page
    )
    assert "F1 of ball, normal of the rest</th>" in page
    assert "among the 4\u202f000 answers that calibration used (what 2 models of its recipe" in page
    assert "They are not those scored above, so compare the lines with each other" in page
    assert re.search(r">20\.0 %</th><td>0\.\d{3}</td><td>(19|20)\.\d %</td>", page)
    found = evaluation.as_dict()
    assert found["calibrated"]["by"] == "what 2 models of its recipe had not heard"
    assert found["calibrated"]["temperature"] == pytest.approx(float(printed), abs=1e-4)
