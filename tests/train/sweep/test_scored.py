"""A search judged by the classes that a recipe scores, here on recordings decided whole."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.train.tiny_records import noisy, whole_recipe, write_records

from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app
from harken_train.part_scores import score_part
from harken_train.recipe_file import to_toml
from harken_train.run import Run


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_records(tmp_path_factory.mktemp("data") / "records", noisy)


def test_a_sweep_is_judged_by_the_scored_classes(data: Path, tmp_path: Path) -> None:
    recipe = whole_recipe(data.absolute(), training={"epochs": 2})
    (tmp_path / "whole.toml").write_text(to_toml(recipe))
    (tmp_path / "sweep.toml").write_text(
        'recipe = "whole.toml"\n[search]\nsampler = "grid"\nobjectives = ["scored_f1"]\n'
        '[[parameters]]\nname = "training.learning_rate"\nchoices = [0.02]\n'
    )
    words = ["sweep", str(tmp_path / "sweep.toml"), "--out", str(tmp_path / "runs")]
    assert outcome.run(app, PROGRAM, [*words, "-q"]) == 0
    (done,) = (tmp_path / "runs").glob("*/trials.csv")
    (row,) = csv.DictReader(done.read_text().splitlines())
    trial = Run.open(done.parent / row["run"])
    part = trial.segments("validation")
    scored = score_part(trial.classifier(), part, "validation", ("slow", "quick"))
    assert scored.windows.scored_f1 is not None
    assert float(row["scored_f1"]) == pytest.approx(scored.windows.scored_f1)


def test_a_sweep_by_scored_classes_needs_some(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "whole.toml").write_text(to_toml(whole_recipe(data.absolute(), scored=[])))
    (tmp_path / "sweep.toml").write_text(
        'recipe = "whole.toml"\n[search]\nobjectives = ["scored_f1"]\n'
        '[[parameters]]\nname = "training.learning_rate"\nlow = 0.01\nhigh = 0.02\n'
    )
    words = ["sweep", str(tmp_path / "sweep.toml"), "--out", str(tmp_path / "runs")]
    assert outcome.run(app, PROGRAM, words) == 78
    assert 'search.objectives: "scored_f1" is the mean F1 of' in capsys.readouterr().err
