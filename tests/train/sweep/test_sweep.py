"""The command: it searches, goes on after a kill, is shared, and leaves a recipe to train."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from tests.train.sweep.tiny_sweep import GRID, TPE, TRIAL, results, run, written

from harken.settings import read_toml
from harken_train.part_scores import score_part
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

ROUNDING = 1e-12  # of a mean of float64 numbers


def test_it_leaves_tables_pictures_and_the_best_recipe(searched: Path) -> None:
    found = results(searched)
    assert [state for state, _, _ in found.values()] == ["done"] * 4 + ["ended early"]
    facts = json.loads((searched / "results.json").read_text())
    values = {trial: value for trial, (state, value, _) in found.items() if state == "done"}
    assert values[facts["best"]] == max(values.values())
    assert facts["trials"][4]["reason"] == (
        "frontend: n_fft: a window of 256 samples is too short for 1000"
    )
    assert facts["judged"].endswith("the test part of the split was never looked at")
    with (searched / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["frontend.n_fft"] for row in rows] == ["16", "16", "32", "32", "1000"]
    for name in ("history.png", "parameters.png"):
        assert imread(searched / name).shape[1] > 600
    assert not (searched / "front.png").exists()
    text = (searched / "best.toml").read_text()
    assert text.startswith(f"# Trial {facts['best']} of 5 of the sweep grid: macro-F1 0.")


def test_a_trial_is_judged_on_the_validation_part(searched: Path) -> None:
    for row in json.loads((searched / "results.json").read_text())["trials"][:4]:
        opened = Run.open(searched / row["run"])
        scored = score_part(opened.classifier(), opened.segments("validation"), "validation")
        assert row["figures"] == {
            "macro_f1": scored.windows.macro_f1,
            "accuracy": scored.windows.accuracy,
            "loss": opened.facts.best_loss,
        }
        assert row["values"] == [scored.windows.macro_f1]


def test_the_best_recipe_trains_as_it_is(searched: Path, tmp_path: Path) -> None:
    best = searched / "best.toml"
    assert run("fit", str(best), "--out", str(tmp_path), "--name", "best", "-q") == 0
    found = results(searched)
    number = json.loads((searched / "results.json").read_text())["best"]
    trained = Run.open(tmp_path / "best")
    scored = score_part(trained.classifier(), trained.segments("validation"), "validation")
    assert scored.windows.macro_f1 == found[number][1], "the same weights as the trial's"


def test_paths_of_the_best_recipe_count_from_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("simulate", "clips", "--bearings", "4", "--seconds", "0.3") == 0
    sets = ["signal.window=256", "signal.hop=256", "training.epochs=1", "network.channels=[4, 4]"]
    words = [word for setting in sets for word in ("--set", setting)]
    words += ["--trials", "1", "--out", "deep/runs", "--name", "own", "-q"]
    assert run("sweep", "clips/recipe.toml", *words) == 0
    best = Path("deep/runs/own/best.toml")
    assert read_toml(best)["data"]["path"] == "../../../clips"
    assert len(load_recipe(str(best)).data.recordings()) == 16


def test_the_table_has_the_best_first_and_says_what_was_judged(
    searched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in searched.rglob("*.pt")}
    path = searched.parent.parent / "grid.toml"
    assert run("sweep", str(path), "--out", str(searched.parent)) == 0
    told = capsys.readouterr()
    assert TRIAL.findall(told.err) == [], "what is done is not done again"
    assert {path: path.stat().st_mtime_ns for path in searched.rglob("*.pt")} == before
    lines = told.out.splitlines()
    rows = [line.split() for line in lines if re.match(r" +\d+ +0\.\d{4} ", line)]
    values = [float(row[1]) for row in rows]
    assert values == sorted(values, reverse=True)
    assert len(values) == 4
    assert "judged on validation recordings; the test part of the split was never looked at" in (
        lines
    )
    assert lines[-1] == f"next: harken-train fit {searched / 'best.toml'}"


def test_a_trial_that_falls_behind_is_ended_early(tmp_path: Path) -> None:
    text = """
[search]
sampler = "grid"
warm_up_trials = 2
warm_up_epochs = 0
objectives = ["accuracy"]

[[parameters]]
name = "training"
[parameters.choices.quick]
training = { learning_rate = 1e-2, epochs = 4 }
[parameters.choices.quicker]
training = { learning_rate = 2e-2, epochs = 4 }
[parameters.choices.never]
training = { learning_rate = 1e-9, epochs = 4 }
"""
    path = written(tmp_path / "prune.toml", text)
    assert run("sweep", str(path), "--out", str(tmp_path), "-q") == 0
    rows = json.loads((tmp_path / "tiny-prune" / "results.json").read_text())["trials"]
    assert [row["state"] for row in rows] == ["done", "done", "ended early"]
    assert rows[2]["reason"] == "worse than half of the trials before it"


def test_folds_within_the_training_side_never_hold_what_is_for_test(tmp_path: Path) -> None:
    text = TPE.replace("trials = 5", "trials = 1\nfolds = 2")
    path = written(tmp_path / "folds.toml", text)
    assert run("sweep", str(path), "--out", str(tmp_path), "-q") == 0
    folder = tmp_path / "tiny-folds"
    recipe = load_recipe(str(folder / "best.toml"))
    recordings = recipe.data.recordings()
    split = recipe.split.split(recordings, 256, np.random.default_rng(recipe.seed))
    kept = {recordings[span.recording].name for span in split.test}
    runs = sorted((folder / "trials").iterdir())
    assert [path.name[-7:] for path in runs] == ["-fold-1", "-fold-2"]
    tested: set[str] = set()
    for path in runs:
        spans = json.loads((path / "split.json").read_text())["spans"]
        held = {part: {name for name, _, _ in stretches} for part, stretches in spans.items()}
        assert not kept & set().union(*held.values())
        assert not tested & held["test"]
        tested |= held["test"]
    assert tested == {recording.name for recording in recordings} - kept
    (row,) = json.loads((folder / "results.json").read_text())["trials"]
    opened = [Run.open(path) for path in runs]
    figures = [score_part(one.classifier(), one.segments("test"), "test").windows for one in opened]
    assert row["values"][0] == pytest.approx(
        float(np.mean([figure.macro_f1 for figure in figures])), abs=ROUNDING
    )


@pytest.mark.slow
def test_accuracy_is_weighed_against_latency_and_size_of_the_exported_file(tmp_path: Path) -> None:
    text = """
[search]
sampler = "grid"
objectives = ["accuracy", "latency", "size"]

[[parameters]]
name = "network.channels"
choices = [[4, 4], [64, 64]]
"""
    path = written(tmp_path / "trade.toml", text)
    assert run("sweep", str(path), "--out", str(tmp_path), "-q") == 0
    folder = tmp_path / "tiny-trade"
    facts = json.loads((folder / "results.json").read_text())
    small, large = (row["figures"] for row in facts["trials"])
    assert 5_000 < small["size"] < large["size"]
    assert 0.0 < small["latency"] < 1000.0
    assert 1 in facts["front"], "no other is smaller"
    assert imread(folder / "front.png").shape[1] > 600
    assert {file.name for file in folder.glob("front-*.toml")} == {
        f"front-{number}.toml" for number in facts["front"]
    }


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["bering"], 66, "did you mean 'bearing'?"),
        (["bearing_simulated", "--trials", "0"], 64, "--trials: need at least 1, got 0"),
        (["ecg_grid"], 64, "ecg_grid: needs a recipe: harken-train sweep RECIPE --search ecg_grid"),
        (
            ["bearing_simulated", "--search", "ecg_grid", "--trials", "3"],
            64,
            "--trials: a grid has as many trials as it has points",
        ),
        (["bearing_simulated", "--storage", "nonsense"], 78, "--storage: need a URL such as"),
    ],
)
def test_a_mistake_is_one_line(
    words: list[str], status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sweep", *words, "--out", str(tmp_path)) == status
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def test_a_sweep_without_one_good_trial_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '[search]\nsampler = "grid"\n[[parameters]]\nname = "frontend.n_fft"\nchoices = [9999]'
    path = written(tmp_path / "bad.toml", text)
    assert run("sweep", str(path), "--out", str(tmp_path), "-q") == 65
    assert "no trial has a value; the first: frontend: n_fft: a window of 256 samples" in (
        capsys.readouterr().err
    )


def test_another_search_needs_another_name(
    searched: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "grid.toml", GRID.replace("[3, 5]", "[3, 7]"))
    assert run("sweep", str(path), "--out", str(searched.parent)) == 73
    assert "tiny-grid: was started with another recipe or another search; give another --name" in (
        capsys.readouterr().err
    )
