"""Trials shared by several processes: each once, none lost."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any, cast

import pytest
from tests.train.sweep.tiny_sweep import GRID, TPE, written

from harken.errors import (
    CreateError,
    DataError,
    InputOutputError,
    MissingExtraError,
    SettingsError,
)
from harken_train.sweep.board import Board
from harken_train.sweep.journal import JOURNAL, storage_of
from harken_train.sweep.objective import Trainer
from harken_train.sweep.settings import Sweep, load_sweep
from harken_train.sweep.standings import rows_of
from harken_train.sweep.work import Desk, open_board
from harken_train.sweep.worker import Worker, lives

GRID_POINTS = 5


def board(folder: Path, text: str = GRID, base: dict[str, Any] | None = None) -> Board:
    """One process's sight of the study in ``folder``."""
    return Board(storage_of(None, folder), "study", sweep(folder, text), base or {})


def sweep(folder: Path, text: str) -> Sweep:
    folder.mkdir(exist_ok=True)
    return load_sweep(str(written(folder / "sweep.toml", text)))


def everything(one: Board, worker: str) -> list[dict[str, Any]]:
    """Do all that waits."""
    found = []
    while (trial := one.claim(worker)) is not None:
        found.append(one.choose(trial))
        one.done(trial, [0.5], {})
    return found


def test_a_grid_is_done_point_by_point_in_order_and_once(tmp_path: Path) -> None:
    one = board(tmp_path)
    one.lay_out()
    found = everything(one, "me")
    assert [tuple(point.values()) for point in found] == [
        ("16", "3"), ("16", "5"), ("32", "3"), ("32", "5"), ("1000",),
    ]  # fmt: skip
    again = board(tmp_path)
    again.lay_out()
    assert again.claim("me") is None
    assert len(rows_of(again)) == GRID_POINTS


@pytest.mark.parametrize("together", [False, True])
def test_two_processes_share_what_there_is(tmp_path: Path, *, together: bool) -> None:
    """Also when both open it at once and each lays out all of it."""
    boards = [board(tmp_path), board(tmp_path)]
    if together:
        for slot in range(GRID_POINTS):  # what a second one writes who has seen nothing yet
            boards[0].study.enqueue_trial({}, user_attrs={"slot": slot})
    for one in boards:
        one.lay_out()
        for slot in range(GRID_POINTS) if together else ():
            one.study.enqueue_trial({}, user_attrs={"slot": slot})
    done: Counter[int] = Counter()
    for turn in itertools.cycle((0, 1)):
        trial = boards[turn].claim(f"worker {turn}")
        if trial is None:
            break
        done[trial.user_attrs["slot"]] += 1
        boards[turn].choose(trial)
        boards[turn].done(trial, [0.5], {})
    assert done == dict.fromkeys(range(GRID_POINTS), 1)
    assert [row.state for row in rows_of(boards[0])] == ["done"] * GRID_POINTS


@pytest.mark.parametrize("text", [GRID, TPE])
def test_what_a_dead_process_held_is_done_again_with_the_same_settings(
    tmp_path: Path, text: str
) -> None:
    one = board(tmp_path, text)
    one.lay_out()
    held = [one.claim("killed"), one.claim("alive")]
    chosen = [one.choose(trial) for trial in held]
    other = board(tmp_path, text)
    assert other.free_the_dead(lambda worker: worker == "killed") == 1
    assert other.free_the_dead(lambda worker: worker == "killed") == 0
    other.lay_out()
    trial = other.claim("me")
    assert trial is not None
    assert trial.user_attrs["slot"] == 0
    assert other.choose(trial) == chosen[0]
    other.done(trial, [0.5], {})
    assert len(everything(other, "me")) == 3
    states = [row.state for row in rows_of(other)]
    assert states == ["done", "running", "done", "done", "done"]


def test_a_process_that_died_before_it_said_that_it_was_the_one_is_known_by_its_name(
    tmp_path: Path,
) -> None:
    one = board(tmp_path)
    one.lay_out()
    waiting = one.trials()[0]
    storage = storage_of(None, tmp_path)
    storage.set_trial_user_attr(waiting._trial_id, "candidate killed", value=True)
    storage.set_trial_state_values(waiting._trial_id, state=0)  # RUNNING
    other = board(tmp_path)
    assert other.free_the_dead(lambda worker: worker != "killed") == 0
    assert other.free_the_dead(lambda worker: worker == "killed") == 1


def test_what_was_given_up_is_laid_out_again_and_what_ended_early_is_not(tmp_path: Path) -> None:
    one = board(tmp_path)
    one.lay_out()
    first, second = one.claim("me"), one.claim("me")
    one.given_up(first)
    one.ended_early(second, "too short a window")
    other = board(tmp_path)
    other.lay_out()
    assert len(everything(other, "me")) == GRID_POINTS - 1
    (row,) = [row for row in rows_of(other) if row.state == "ended early"]
    assert (row.trial, row.reason) == (2, "too short a window")


def test_more_trials_can_be_asked_for_later(tmp_path: Path) -> None:
    few = board(tmp_path, TPE)
    few.lay_out()
    assert len(everything(few, "me")) == 5
    more = board(tmp_path, TPE.replace("trials = 5", "trials = 7"))
    more.lay_out()
    assert len(everything(more, "me")) == 2


def test_the_same_seed_chooses_the_same_settings_however_often_it_was_stopped(
    tmp_path: Path,
) -> None:
    undisturbed = board(tmp_path / "one", TPE)
    undisturbed.lay_out()
    wanted = everything(undisturbed, "me")
    found = []
    for _ in range(5):
        again = board(tmp_path / "other", TPE)
        again.lay_out()
        trial = again.claim("me")
        found.append(again.choose(trial))
        again.done(trial, [0.5], {})
    assert found == wanted
    assert len({json.dumps(point) for point in wanted}) == 5
    reseeded = board(tmp_path / "third", TPE.replace("trials = 5", "trials = 5\nseed = 1"))
    reseeded.lay_out()
    assert everything(reseeded, "me") != wanted


def test_another_search_of_the_same_name_is_refused(tmp_path: Path) -> None:
    board(tmp_path)
    with pytest.raises(
        CreateError, match=r"^study: was started with another recipe or another search; give"
    ):
        board(tmp_path, base={"seed": 1})


def test_half_a_line_of_a_writer_that_was_killed_does_no_harm(tmp_path: Path) -> None:
    one = board(tmp_path)
    one.lay_out()
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(b'{"op_code": 5, "trial_')
    again = board(tmp_path)
    assert len(everything(again, "me")) == GRID_POINTS
    for line in (tmp_path / JOURNAL).read_text().splitlines():
        json.loads(line)


@pytest.mark.parametrize(
    "content", [b"garbage\n", b"\xff\xfe\n", b"5\n", b'{"op_code": 0, "worker_id": "x"}\n']
)
def test_a_broken_journal_is_one_line_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / JOURNAL).write_bytes(content)
    with pytest.raises(
        DataError,
        match=rf"^{tmp_path / JOURNAL}: is broken, .*; move it away, and the same command starts "
        "anew with the runs that are there$",
    ):
        storage_of(None, tmp_path)


def test_a_worker_is_known_to_live_as_long_as_its_process_holds_its_lock(tmp_path: Path) -> None:
    worker = Worker(tmp_path)
    assert lives(tmp_path, worker.name) is True
    assert lives(tmp_path, "elsewhere-1") is None
    worker.close()
    assert lives(tmp_path, worker.name) is None
    (tmp_path / "workers" / "killed.lock").touch()
    assert lives(tmp_path, "killed") is False


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        ("nonsense", SettingsError, "need a URL such as sqlite:///study.db"),
        (
            "postgresql+nodriver://me:secret@host/db",
            MissingExtraError,
            r"postgresql\+nodriver://me:\*\*\*@host/db: its driver is not installed",
        ),
        (
            "sqlite:////nowhere/at/all.db",
            InputOutputError,
            "sqlite:////nowhere/at/all.db: cannot be used, ",
        ),
    ],
)
def test_a_storage_that_cannot_be_opened_is_one_line_without_the_password(
    tmp_path: Path, url: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as told:
        storage_of(url, tmp_path)
    assert "secret" not in str(told.value)
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize(("take_over", "state"), [(False, "running"), (True, "waiting")])
def test_what_runs_on_another_machine_is_left_to_it_unless_it_is_taken_over(
    tmp_path: Path, *, take_over: bool, state: str
) -> None:
    elsewhere = board(tmp_path)
    elsewhere.lay_out()
    elsewhere.claim("another-host-1")
    here = Desk(
        folder=tmp_path,
        sweep=sweep(tmp_path, GRID),
        base={},
        board=board(tmp_path),
        trainer=cast("Trainer", None),
    )
    open_board(here, lambda _: None, take_over=take_over)
    assert [row.state for row in rows_of(here.board)] == [state] + ["waiting"] * (GRID_POINTS - 1)
