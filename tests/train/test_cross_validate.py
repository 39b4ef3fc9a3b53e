"""Cross-validation: every group once, nothing twice, the same figures after a kill."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from tests.train.tiny_recipe import TINY

from harken.errors import CreateError, DataError
from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app
from harken_train.cross_validate import PLAN, Plan, claim, pooled_stamp
from harken_train.recipe_file import load_recipe

SETTINGS = [*TINY, "data.recordings_each=2", "training.epochs=2"]
SETS = [word for setting in SETTINGS for word in ("--set", setting)]
COMMAND = [sys.executable, "-m", "harken_train.cli", "cross-validate", "bearing_simulated", *SETS]
ROOT = Path(__file__).resolve().parents[2]
ROUNDING = 1e-12  # sums of the same float64 numbers in another order


def run(*words: str) -> int:
    return outcome.run(app, PROGRAM, ["cross-validate", *words])


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three folds by two seeds of 24 bearings."""
    out = tmp_path_factory.mktemp("runs")
    words = ["--folds", "3", "--seeds", "2", "--out", str(out), "-q"]
    assert run("bearing_simulated", *SETS, *words) == 0
    return out / "tiny-edge-cv"


def results(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "results.json").read_text())
    return found


def test_every_group_is_in_test_once_a_seed(done: Path) -> None:
    folds = json.loads((done / "results.json").read_text())["folds"]
    assert [(one["seed"], one["fold"]) for one in folds] == [
        (seed, fold) for seed in (0, 1) for fold in (1, 2, 3)
    ]
    for seed in (0, 1):
        heard = Counter(group for one in folds if one["seed"] == seed for group in one["groups"])
        assert set(heard.values()) == {1}
        assert len(heard) == 24
    assert folds[0]["groups"] != folds[3]["groups"], "each seed deals anew"
    weights = [(done / f"seed-0-fold-{fold}" / "best.pt").read_bytes() for fold in (1, 2)]
    assert weights[0] != weights[1]


def test_figures_over_all_folds_are_those_of_their_decisions(done: Path) -> None:
    found = json.loads((done / "results.json").read_text())
    for unit in ("windows", "recordings"):
        counts = np.array([one[unit]["count"] for one in found["folds"]])
        right = np.array([one[unit]["accuracy"] for one in found["folds"]]) * counts
        whole = found[unit]
        assert whole["count"] == counts.sum()
        assert whole["groups"] == 24
        assert whole["accuracy"]["value"] == pytest.approx(right.sum() / counts.sum(), abs=ROUNDING)
        assert whole["accuracy"]["low"] <= whole["accuracy"]["value"] <= whole["accuracy"]["high"]
        assert np.sum(whole["confusion"]) == whole["count"]
    assert found["recordings"]["count"] == 2 * 48
    assert found["stamp"] == "honest: groups apart"


def test_it_leaves_a_picture_and_a_recipe(done: Path) -> None:
    assert imread(done / "results.png").shape[1] > 800
    assert 'name = "tiny"' in (done / "recipe.toml").read_text()


def test_the_same_command_again_does_nothing_again_and_tells_the_same(
    done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in done.rglob("*.pt")}
    kept = results(done)
    words = ["--folds", "3", "--seeds", "2", "--out", str(done.parent)]
    assert run("bearing_simulated", *SETS, *words) == 0
    told = capsys.readouterr()
    assert "train loss" not in told.err
    assert re.search(r"of 8 groups; kept epoch \d of 2 \(the lowest validation loss\)\n", told.err)
    assert {path: path.stat().st_mtime_ns for path in done.rglob("*.pt")} == before
    assert len(before) == 12
    assert results(done) == kept
    rows = [line.split()[:3] for line in told.out.splitlines() if line.startswith("   ")]
    assert ["1", "3", "8"] in rows
    assert "over all folds, 24 groups; split: honest: groups apart" in told.out


@pytest.mark.slow
@pytest.mark.parametrize("pattern", ["seed-0-fold-2/last.pt", "seed-0-fold-3/run.json"])
def test_killed_and_called_again_it_ends_as_an_undisturbed_one(
    done: Path, tmp_path: Path, pattern: str
) -> None:
    command = [*COMMAND, "--folds", "3", "--seeds", "2", "--out", str(tmp_path), "-q"]
    process = subprocess.Popen(command, cwd=ROOT)
    folder = tmp_path / "tiny-edge-cv"
    while not (folder / pattern).exists() and process.poll() is None:
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    first = (folder / "seed-0-fold-1" / "best.pt").stat().st_mtime_ns
    subprocess.run(command, cwd=ROOT, check=True)
    assert (folder / "seed-0-fold-1" / "best.pt").stat().st_mtime_ns == first
    assert results(folder) == results(done)


def other_folds(words: list[str]) -> list[str]:
    return [*words, "--folds", "4", "--seeds", "2"]


def other_recipe(words: list[str]) -> list[str]:
    return [*words, "--folds", "3", "--seeds", "2", "--set", "training.epochs=3"]


@pytest.mark.parametrize(
    ("change", "what"), [(other_folds, "another folds"), (other_recipe, "another recipe")]
)
def test_a_folder_of_other_settings_is_refused(
    done: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[list[str]], list[str]],
    what: str,
) -> None:
    words = change([*SETS, "--out", str(done.parent)])
    assert run("bearing_simulated", *words) == 73
    told = capsys.readouterr().err
    assert f"{done}: was started with {what}; give another --name" in told
    assert len(told.splitlines()) == 1


def test_what_was_killed_while_it_claimed_its_folder_is_gone_on_with(tmp_path: Path) -> None:
    plan = Plan(recipe=load_recipe("bearing_simulated", SETTINGS))
    folder = tmp_path / "cv"
    folder.mkdir()
    (folder / ".plan.json.x.tmp").touch()
    claim(folder, plan)
    (folder / "recipe.toml").unlink()
    claim(folder, plan)
    assert (folder / "recipe.toml").is_file()
    (folder / PLAN).unlink()
    with pytest.raises(CreateError, match=r"cv: is there and holds no cross-validation; give an"):
        claim(folder, plan)


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff", b"5", b"[1]"])
def test_a_broken_plan_is_one_line_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / PLAN).write_bytes(content)
    with pytest.raises(
        DataError,
        match=rf"^{tmp_path / PLAN}: is broken, .*; move {tmp_path} away and start anew, or give "
        "another --name$",
    ):
        claim(tmp_path, Plan(recipe=load_recipe("bearing_simulated", SETTINGS)))


def test_the_stamp_of_all_folds_says_each_thing_once() -> None:
    apart, ends = "honest: groups apart", "validation is the end of training recordings"
    assert pooled_stamp([apart, f"{apart}; {ends}", apart]) == f"{apart}; {ends}"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--folds", "1"], 64, "--folds: need at least 2, got 1"),
        (["--seeds", "0"], 64, "--seeds: need at least 1, got 0"),
        (["--folds", "7"], 65, "class 'ball' has 6 groups for 7 folds; set fewer folds"),
        (["--by", "machine"], 65, "has no attribute 'machine', by which the folds are dealt"),
        (["--by", "recording"], 78, "group 'ball_00' is there with recording 0 and 1, so that"),
        (["--set", "frontend.n_fft=999"], 78, "a window of 256 samples is too short for 999"),
        (["--set", "head={kind='svm',pca=900}"], 78, "head.pca: need at most"),
    ],
)
def test_a_mistake_is_one_line(
    words: list[str],
    status: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("bearing_simulated", *SETS, "--out", str(tmp_path), *words) == status
    assert said in capsys.readouterr().err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == [], "the corrected command needs no other name"
