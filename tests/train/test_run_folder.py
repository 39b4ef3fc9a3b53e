"""What a run's folder may hold, and how runs are named and found."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch
from tests.train.tiny_recipe import TINY, tiny_run

from harken.errors import CreateError, DataError, MissingInputError
from harken_train.checkpoint import BEST
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.recipe_file import load_recipe
from harken_train.run import Run, newest_run, numbered

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = tiny_run(tmp_path_factory.mktemp("runs") / "undisturbed")
    fit(run, CPU, Silent(1))
    return run


def test_a_checkpoint_of_another_recipe_is_refused(trained: Run, tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run", "seed=5")
    (run.path / BEST).write_bytes((trained.path / BEST).read_bytes())
    with pytest.raises(DataError, match="is a checkpoint of another recipe"):
        run.classifier()


def test_weights_of_another_version_of_the_network_are_one_clear_line(
    trained: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "older"
    shutil.copytree(trained.path, folder)
    checkpoint = torch.load(folder / BEST, weights_only=True)
    checkpoint["classifier"].popitem()
    torch.save(checkpoint, folder / BEST)
    with pytest.raises(DataError, match="trained by another version, train it again"):
        Run.open(folder).classifier()


def test_a_truncated_checkpoint_is_refused(trained: Run, tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run")
    (run.path / BEST).write_bytes((trained.path / BEST).read_bytes()[:5000])
    with pytest.raises(DataError, match="is not a whole checkpoint"):
        run.classifier()


def test_a_run_whose_recordings_changed_is_not_gone_on_with(trained: Run, tmp_path: Path) -> None:
    recipe = load_recipe("bearing_simulated", [*TINY, "seed=6"])
    other = prepare(load_recipe("bearing_simulated", [*TINY, "data.seed=9"]))
    Run.create(tmp_path / "run", recipe, other)
    with pytest.raises(DataError, match="the recordings have changed"):
        fit(Run.open(tmp_path / "run"), CPU, Silent(1))


def test_two_trainings_never_write_into_one_run(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run")
    told = pytest.raises(CreateError, match="being trained by another process")
    with run.locked(), told, Run.open(run.path).locked():
        pass
    with run.locked():
        pass


def test_an_existing_folder_is_never_written_over(trained: Run) -> None:
    with pytest.raises(CreateError, match="exists already; give another --name"):
        tiny_run(trained.path)


def test_runs_are_numbered_above_all_that_are_there(tmp_path: Path) -> None:
    assert numbered(tmp_path / "none", "a-b") == tmp_path / "none" / "a-b-1"
    for name in ("a-b-2", "a-b-11", "a-b-x", "a-b"):
        (tmp_path / name).mkdir()
    assert numbered(tmp_path, "a-b").name == "a-b-12"


def test_newest_is_the_run_whose_kept_epoch_was_written_last(trained: Run, tmp_path: Path) -> None:
    for name, seconds in (("late", 2_000), ("early", 1_000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{}")
        (tmp_path / name / BEST).write_text("")
        os.utime(tmp_path / name / BEST, (seconds, seconds))
    (tmp_path / "untrained").mkdir()
    assert newest_run(tmp_path) == tmp_path / "late"
    assert Run.open(trained.path.parent / "newest").path == trained.path
    with pytest.raises(MissingInputError, match="holds no trained run; make one"):
        newest_run(tmp_path / "none")
    with pytest.raises(MissingInputError, match="is not a run"):
        Run.open(tmp_path)


def test_a_recipe_changed_behind_the_runs_back_is_told(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run")
    path = run.path / "recipe.toml"
    path.write_text(path.read_text().replace("epochs = 4", "epochs = 5"))
    with pytest.raises(DataError, match="is not the recipe this run was trained with"):
        Run.open(run.path)
