"""Two real processes, started by torchrun on this host, train as one does."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from tests.train.tiny_recipe import TINY
from torch import nn

from harken_train.checkpoint import LAST
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.part_scores import scores_of
from harken_train.processes import ALONE, Processes
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

ROOT = Path(__file__).resolve().parents[2]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
FIT = [*TORCHRUN, "-m", "harken_train.cli", "fit"]
# Neither batch norm nor dropout: what is left is the order in which float32 gradients are added.
PLAIN = (
    *(setting for setting in TINY if "network" not in setting and "epochs" not in setting),
    "network.kind=spectrogram_cnn",
    "network.dropout=0.0",
    "data.seconds=0.5",
    "training.epochs=8",
    "training.batch_size=25",  # 276 segments: the last batch of an epoch is one segment
)
ADDITION = 1e-6  # relative, of losses after eight epochs; measured 5e-8


def rows_of(run: Path) -> list[dict[str, float]]:
    """The log without the seconds, which are the machine's."""
    with (run / "log.csv").open() as file:
        return [
            {name: float(text) for name, text in row.items() if name != "seconds"}
            for row in csv.DictReader(file)
        ]


def words_of(*settings: str) -> list[str]:
    return ["bearing_simulated", *(word for one in settings for word in ("--set", one))]


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*FIT, *words],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(word) for word in children.split()]


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    while not path.exists() and process.poll() is None:
        time.sleep(0.001)


def ours(told: str) -> list[str]:
    """What harken itself said; the rest is torchrun's report of who ended how."""
    assert "harken_train/" not in told, f"a traceback of ours:\n{told}"
    return [line for line in told.splitlines() if line.startswith("harken-train: ")]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    recipe = load_recipe("bearing_simulated", PLAIN)
    run = Run.create(tmp_path_factory.mktemp("runs") / "alone", recipe, prepare(recipe))
    fit(run, torch.device("cpu"), Silent(1))
    return Run.open(run.path)


@pytest.mark.slow
def test_two_processes_killed_and_resumed_train_as_one_undisturbed(
    alone: Run, tmp_path: Path
) -> None:
    process = started(*words_of(*PLAIN), "--out", str(tmp_path))
    run = tmp_path / "tiny-spectrogram_cnn-1"
    wait_for(run / LAST, process)
    os.kill(workers_of(process)[1], signal.SIGKILL)
    _, told = process.communicate(timeout=120)
    assert process.returncode != 0
    (line,) = ours(told)
    assert re.fullmatch(
        r"harken-train: stopped after epoch [1-7], another process of this training is gone; "
        r"go on with: harken-train fit --resume " + re.escape(str(run)),
        line,
    )
    assert [path.name for path in tmp_path.iterdir()] == [run.name]  # all agreed on one folder
    process = started("--resume", str(run), "-q")
    said, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert said.strip() == str(run)
    expected = rows_of(alone.path)
    assert len(expected) == 8
    for row, other in zip(rows_of(run), expected, strict=True):
        assert row == pytest.approx(other, rel=ADDITION)
    test = alone.segments("test")
    one, two = (
        scores_of(each.classifier(), test).argmax(axis=1) for each in (alone, Run.open(run))
    )
    assert len(one) > 100
    assert (one == two).all()


@pytest.mark.slow
def test_an_error_of_all_processes_is_one_line(tmp_path: Path) -> None:
    wrong = ("training.learning_rate=1e30", "training.warmup_epochs=0")
    process = started(*words_of(*TINY, *wrong), "--out", str(tmp_path), "-q")
    said, told = process.communicate(timeout=120)
    assert process.returncode != 0
    assert said == ""
    (line,) = ours(told)
    assert re.match(r"harken-train: epoch 1, (step \d+|validation): the loss is (nan|inf)", line)


@pytest.mark.slow
def test_ctrl_c_ends_all_processes_with_one_line(tmp_path: Path) -> None:
    endless = (*TINY, "head.kind=svm", "training.epochs=100000")
    process = started(*words_of(*endless), "--out", str(tmp_path), "--name", "run")
    wait_for(tmp_path / "run" / LAST, process)
    workers = workers_of(process)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)
    (line,) = ours(told)
    assert re.search(r"stopped after epoch \d+; go on with: harken-train fit --resume", line)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    assert not list((tmp_path / "run").glob(".*"))


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shares_are_all_of_a_batch_and_none_is_a_single_row(count: int) -> None:
    for rows in range(2, 40):
        shares = [Processes(rank, count).share(torch.arange(rows)) for rank in range(count)]
        assert torch.cat(shares).tolist() == list(range(rows))
        assert all(len(share) != 1 for share in shares)
        assert len(shares[0]) >= 2


def test_the_only_row_of_a_batch_is_the_first_processs() -> None:
    assert [len(Processes(rank, 2).share(torch.arange(1))) for rank in range(2)] == [1, 0]


def test_a_process_that_is_alone_changes_nothing() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    sums = torch.tensor([3.0])
    ALONE.add_up_gradients(network, sums)
    ALONE.average_buffers(network)
    ALONE.agree_on(network)
    assert ALONE.first
    assert ALONE.agreed("runs/a-1") == "runs/a-1"
    assert float(sums) == 3.0
    assert next(network.parameters()).grad is None
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
