"""What ends a trial for good, and what leaves it to whoever comes next."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from tests.train.sweep.test_board import board, sweep
from tests.train.sweep.tiny_sweep import GRID

from harken.errors import (
    CreateError,
    DataError,
    HarkenError,
    InputOutputError,
    MissingExtraError,
    MissingInputError,
    SettingsError,
)
from harken_train.recipe import Recipe
from harken_train.sweep.objective import Reached, Report, Trainer
from harken_train.sweep.space import base_table
from harken_train.sweep.standings import rows_of
from harken_train.sweep.work import Desk, open_board, work


class Refusing:
    """Trains nothing: the first recipe meets an error, the others are done."""

    def __init__(self, error: BaseException) -> None:
        self._errors = [error]

    def train(self, recipe: Recipe, report: Report) -> Reached:
        """Raise the error once."""
        report(1, 0.5)
        if self._errors:
            raise self._errors.pop()
        return Reached(figures={"macro_f1": 0.5}, run=recipe.name, epochs=1, seconds=0.0)


def desk(folder: Path, error: BaseException) -> Desk:
    wanted = sweep(folder, GRID)
    return Desk(
        folder=folder,
        sweep=wanted,
        base=base_table(wanted, (), None),
        board=board(folder),
        trainer=cast("Trainer", Refusing(error)),
    )


@pytest.mark.parametrize("kind", [SettingsError, DataError])
def test_settings_and_losses_that_are_none_end_a_trial_for_good(
    tmp_path: Path, kind: type[HarkenError]
) -> None:
    one = desk(tmp_path, kind("too short a window"))
    open_board(one, lambda _: None)
    work(one, lambda _: None)
    rows = rows_of(one.board)
    assert [row.state for row in rows] == ["ended early"] + ["done"] * 4
    assert rows[0].reason == "too short a window"


@pytest.mark.parametrize(
    "kind",
    [InputOutputError, MissingInputError, CreateError, MissingExtraError, KeyboardInterrupt],
)
def test_what_is_not_the_settings_fault_leaves_the_trial_to_be_done_again(
    tmp_path: Path, kind: type[BaseException]
) -> None:
    one = desk(tmp_path, kind("cannot be created, No space left on device"))
    open_board(one, lambda _: None)
    with pytest.raises(kind):
        work(one, lambda _: None)
    open_board(one, lambda _: None)
    work(one, lambda _: None)
    assert [row.state for row in rows_of(one.board)] == ["done"] * 5
