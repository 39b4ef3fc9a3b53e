"""Take trials until none is left; then say what was found and write the best recipe."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna

from harken import atomic
from harken.errors import DataError, SettingsError
from harken_train.recipe import Recipe
from harken_train.recipe_file import beside, to_toml
from harken_train.sweep.board import Board
from harken_train.sweep.objective import Trainer
from harken_train.sweep.settings import HIGHEST, Sweep
from harken_train.sweep.space import recipe_of
from harken_train.sweep.standings import (
    Row,
    as_csv,
    front,
    in_words,
    ranked,
    rows_of,
    settings_in_words,
    shares,
)
from harken_train.sweep.untouched import UNTOUCHED
from harken_train.sweep.worker import Worker, lives

VERSION = 1  # of results.json
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A sweep that is open: where it lies, what it varies, and who trains."""

    folder: Path
    sweep: Sweep
    base: Mapping[str, Any]
    board: Board
    trainer: Trainer


def open_board(desk: Desk, tell: Tell, *, take_over: bool = False) -> None:
    """Free what dead processes held, and lay out what is missing.

    With ``take_over`` also what runs in processes that this folder has never heard of.
    """

    def dead(worker: str) -> bool:
        living = lives(desk.folder, worker)
        return take_over if living is None else not living

    freed = desk.board.free_the_dead(dead)
    desk.board.lay_out()
    if freed:
        tell(f"{freed} trial{'s' if freed > 1 else ''} of processes that ended will be done again")


def work(desk: Desk, tell: Tell) -> None:
    """Do trials until none is left that waits.

    Settings that do not go together, or a loss that is no number, end a trial with the reason.
    Anything else (a full disk, Ctrl-C, missing recordings) ends the work; the trial is then for
    whoever comes next.
    """
    worker = Worker(desk.folder)
    try:
        while (trial := desk.board.claim(worker.name)) is not None:
            _do(desk, trial, tell)
    finally:
        worker.close()


def _do(desk: Desk, trial: Any, tell: Tell) -> None:
    number, total = trial.number + 1, desk.board.slots
    try:
        chosen = desk.board.choose(trial)
        number = slot_of(trial) + 1
        tell(f"trial {number} of {total}: {settings_in_words(chosen)}")
        recipe = recipe_of(desk.sweep, desk.base, chosen)
        reached = desk.trainer.train(recipe, _reporting(trial, desk.sweep))
    except optuna.TrialPruned:
        desk.board.ended_early(trial, "worse than half of the trials before it")
        tell(f"trial {number}: ended early, worse than half of the trials before it")
    except (SettingsError, DataError) as error:
        desk.board.ended_early(trial, str(error))
        tell(f"trial {number}: ended early, {error}")
    except BaseException:
        desk.board.given_up(trial)
        raise
    else:
        values = reached.values(desk.sweep.search)
        desk.board.done(trial, values, dataclasses.asdict(reached))
        tell(f"trial {number}: {in_words(values, desk.sweep.search.objectives)}")


def slot_of(trial: Any) -> int:
    """The slot of a trial that was claimed."""
    slot: int = trial.user_attrs["slot"]
    return slot


def _reporting(trial: Any, sweep: Sweep) -> Callable[[int, float], None]:
    """Tell Optuna each epoch's validation loss, turned the way of the objective, and hear it."""
    search = sweep.search
    sign = -1.0 if search.objectives[0] in HIGHEST else 1.0

    def report(step: int, loss: float) -> None:
        if len(search.objectives) > 1 or not math.isfinite(loss):
            return
        trial.report(sign * loss, step)
        if trial.should_prune():
            raise optuna.TrialPruned

    return report


def write_results(desk: Desk) -> list[Row]:
    """Write trials.csv, results.json and the best recipes; gives the rows of all trials.

    `DataError` when all trials have ended and none has a value.
    """
    rows = rows_of(desk.board)
    objectives = desk.sweep.search.objectives
    best = ranked(rows, objectives)
    atomic.write_text(desk.folder / "trials.csv", as_csv(rows, desk.sweep))
    facts = {
        "version": VERSION,
        "sweep": dataclasses.asdict(desk.sweep),
        "judged": UNTOUCHED,
        "best": best[0].trial if best else None,
        "front": [row.trial for row in front(rows, objectives)],
        "shares": shares(rows, desk.sweep.parameters),
        "trials": [dataclasses.asdict(row) for row in rows],
    }
    text = json.dumps(facts, indent=1, ensure_ascii=False, default=dict)
    atomic.write_text(desk.folder / "results.json", text + "\n")
    if not best:
        if all(row.reason for row in rows):
            raise DataError(f"{desk.folder}: no trial has a value; the first: {rows[0].reason}")
        return rows
    _write_recipe(desk, best[0], len(rows), desk.folder / "best.toml")
    for old in desk.folder.glob("front-*.toml"):
        old.unlink(missing_ok=True)  # another process may write results as well
    for row in front(rows, objectives) if len(objectives) > 1 else ():
        _write_recipe(desk, row, len(rows), desk.folder / f"front-{row.trial}.toml")
    return rows


def _write_recipe(desk: Desk, row: Row, count: int, path: Path) -> None:
    """Write the complete recipe of a trial, ready to be trained from where it lies."""
    recipe: Recipe = recipe_of(desk.sweep, desk.base, row.settings)
    figures = in_words(row.values, desk.sweep.search.objectives)
    lines = [
        f"# Trial {row.trial} of {count} of the sweep {desk.sweep.name}: {figures},",
        f"# {UNTOUCHED}.",
        *(f"# {name} = {value}" for name, value in row.settings.items()),
    ]
    atomic.write_text(path, "\n".join([*lines, "", to_toml(beside(recipe, path.parent))]))


def waiting(rows: Sequence[Row]) -> int:
    """How many trials are still with other processes."""
    return sum(row.state in ("running", "waiting") for row in rows)
