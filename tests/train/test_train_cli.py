from __future__ import annotations

import contextlib
import importlib
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.train.tiny_recipe import TINY

import harken
from harken_train.cli import outcome
from harken_train.cli.main import COMMANDS, PROGRAM, app

SETS = [word for setting in TINY for word in ("--set", setting)]
COMMAND = Path(sys.executable).with_name("harken-train")
ROOM = 8  # KiB that a file may grow to before the disk is full; a checkpoint needs more
EPOCHS_2 = ("--set", "training.epochs=2")


def run(*words: str) -> int:
    return outcome.run(app, PROGRAM, list(words))


def test_fit_trains_from_a_name_to_a_table_and_the_next_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run("fit", "bearing_simulated", *SETS, *EPOCHS_2, "--out", str(tmp_path))
    told = capsys.readouterr()
    assert status == 0
    lines = told.out.strip().splitlines()
    folder = tmp_path / "tiny-edge-1"
    assert lines[0].endswith("of 2 (the lowest validation loss); split: honest: groups apart")
    assert lines[1].split() == [
        *("windows", "accuracy", "macro-F1"),
        *("recordings", "accuracy", "macro-F1"),
    ]
    assert [line.split()[0] for line in lines[2:4]] == ["validation", "test"]
    assert lines[-2:] == [str(folder), f"next: harken-train evaluate {folder}"]
    assert "epoch 2/2  train loss" in told.err
    assert (folder / "best.pt").exists()


def test_where_the_last_epoch_is_kept_that_one_is_called_so_and_none_the_best(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*SETS, "--set", "training.keep=last", "--out", str(tmp_path)]
    assert run("fit", "bearing_simulated", *words) == 0
    told = capsys.readouterr()
    epochs = [line for line in told.err.splitlines() if line.startswith("epoch ")]
    assert [line.endswith("  kept") for line in epochs] == [False, False, False, True]
    assert told.out.strip().startswith("kept epoch 4 of 4 (the last); split: honest")
    assert "best" not in told.out + told.err
    assert run("fit", "--help") == 0
    assert "or the last, if training.keep says so" in " ".join(capsys.readouterr().out.split())


def test_quiet_prints_the_folder_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--epochs", "1", "--out", str(tmp_path), "--name", "mine", "-q"]
    assert run("fit", "bearing_simulated", *SETS, *words) == 0
    told = capsys.readouterr()
    assert told.out == f"{tmp_path / 'mine'}\n"
    assert told.err == ""
    assert run("fit", "bearing_simulated", *SETS, *words) == 73
    assert "exists already; give another --name" in capsys.readouterr().err


def test_a_run_is_not_gone_on_with_under_other_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--epochs", "1", "--out", str(tmp_path), "--name", "mine", "-q"]
    assert run("fit", "bearing_simulated", *SETS, *words) == 0
    capsys.readouterr()
    assert run("fit", "--resume", str(tmp_path / "mine"), "--epochs", "9") == 64
    told = capsys.readouterr().err
    assert "was started with another recipe, it differs in training.epochs; give --resume" in told
    assert run("fit", "bearing_simulated", "--resume", str(tmp_path / "mine")) == 64
    assert run("fit", "--resume", str(tmp_path / "mine"), "-q") == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["fit"], 64, "need a RECIPE; harken-train recipes lists"),
        (["fit", "bering"], 66, "did you mean 'bearing'?"),
        (
            ["fit", "bearing", "--modle", "cnn2d"],
            64,
            (
                "harken-train fit: no such option --modle, did you mean '--model'; "
                "see harken-train fit --help\n"
            ),
        ),
        (["fit", "bearing", "--epochs", "many"], 64, "--epochs"),
        (["fit", "bearing", "--model", "cnn9d"], 64, "variants of this recipe: cnn2d, cnn1d"),
        (["fit", "bearing", "--set", "training.epoch=3"], 78, "did you mean 'epochs'?"),
        (["fit", "bearing", "--epochs", "0"], 78, "training: epochs: need at least 1, got 0"),
        (["fit", "bearing", "--seed", "-1"], 78, "seed: need at least 0, got -1"),
        (["fit", "bearing", "--learning-rate", "nan"], 78, "learning_rate: need more than 0"),
        (["fit", "bearing", "--device", "tpu"], 64, "need one of auto, cpu, cuda, mps"),
        (["fit", "--resume", "nowhere"], 66, "is not a run"),
        (["fit", "--resume", "a", "--name", "b"], 64, "give one"),
        (["fit", "bearing", "--set", "data.path=nowhere"], 66, "nowhere"),
        (["simulate", "x", "--bearings", "0"], 64, "--bearings: need at least 1, got 0"),
        (["nothing"], 64, "harken-train: no such command 'nothing'; see harken-train --help"),
    ],
)
def test_a_mistake_is_one_clear_sentence_and_its_own_status(
    words: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == status
    told = capsys.readouterr()
    assert said in told.err
    assert len(told.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ("frontend.n_fft=1024", "frontend: "),
        ("head={kind='svm',pca=900}", "head.pca: need at most"),
        ("split.validation=0.0", "split: no segment is for validation"),
        ("augmentations=[{kind='recorded_noise',folder='nowhere'}]", "nowhere"),
    ],
)
def test_a_recipe_that_is_refused_leaves_no_run_in_the_way_of_the_mended_one(
    refused: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "runs"
    words = ["--epochs", "1", "--out", str(folder), "--name", "mine", "--set", refused]
    assert run("fit", "bearing_simulated", *SETS, *words) in (65, 66, 78)
    assert said in capsys.readouterr().err
    assert not folder.exists()


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"harken-train {harken.__version__}\n"


def test_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [COMMAND, "recipes"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 74
    assert done.stderr == ("harken-train: the output cannot be written, No space left on device\n")


def test_a_full_disk_ends_a_training_in_one_line_and_it_can_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    words = [*SETS, *EPOCHS_2, "--out", str(tmp_path), "--name", "mine", "-q"]
    done = subprocess.run(
        ["bash", "-c", f'ulimit -f {ROOM}; "$0" "$@"', COMMAND, "fit", "bearing_simulated", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 74, done.stderr
    assert done.stderr == (
        f"harken-train: {folder}/best.pt: writing failed, File too large; nothing was left behind; "
        f"make room and go on with: harken-train fit --resume {folder}\n"
    )
    assert not list(folder.glob("*.pt"))
    assert not list(folder.glob(".*"))
    assert run("fit", "--resume", str(folder), "-q") == 0
    assert run("fit", "--resume", str(folder)) == 0
    assert "nothing was left to do" in capsys.readouterr().err


def stopped(*_: object, **__: object) -> int:
    raise KeyboardInterrupt


def cut_short(*_: object, **__: object) -> int:
    """What numpy makes of a Ctrl-C while it is imported."""
    with contextlib.suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    raise ImportError("numpy._core.multiarray failed to import")


@pytest.mark.parametrize("how", [stopped, cut_short])
def test_ctrl_c_is_one_line_also_while_a_command_is_imported(
    how: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib, "import_module", how)
    assert run("evaluate", "newest") == 130
    assert capsys.readouterr().err == "harken-train: interrupted\n"


def test_an_import_that_fails_by_itself_is_a_bug_and_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise ImportError("no such name")

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(ImportError, match="no such name"):
        run("evaluate", "newest")


def test_recipes_lists_every_built_in_recipe_with_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("recipes") == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines]
    machines, hearts = ["bearing", "bearing_simulated"], ["ecg", "ecg_simulated", "ecg_source"]
    assert names == [*machines, *hearts, "rotor_sounds"]
    assert all(len(line.split()) > 5 for line in lines)


def test_help_lists_every_command_without_importing_torch() -> None:
    code = (
        "import sys; from harken_train.cli import outcome; "
        "from harken_train.cli.main import app; status = outcome.run(app, 'harken-train', ['-h']); "
        "assert 'torch' not in sys.modules; sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout


def test_help_of_fit_needs_no_torch_either() -> None:
    code = (
        "import sys; from harken_train.cli import outcome; "
        "from harken_train.cli.main import app; outcome.run(app, 'harken-train', ['fit', '-h']); "
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "harken-train fit --resume runs/bearing-cnn2d-1\n" in done.stdout
