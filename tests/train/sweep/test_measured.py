"""What is wrong when the file of a run cannot be measured."""

from __future__ import annotations

import signal

import pytest

from harken.errors import (
    CreateError,
    DataError,
    HarkenError,
    InputOutputError,
    MissingExtraError,
    MissingInputError,
    SettingsError,
)
from harken_train.sweep.measured import fault_of


@pytest.mark.parametrize("status", [1, DataError.exit_code, SettingsError.exit_code])
def test_a_network_that_cannot_be_exported_ends_its_trial(status: int) -> None:
    assert fault_of(status) is DataError


@pytest.mark.parametrize(
    "error", [InputOutputError, CreateError, MissingInputError, MissingExtraError]
)
def test_a_full_disk_says_nothing_about_a_network(error: type[HarkenError]) -> None:
    assert fault_of(error.exit_code) is InputOutputError


def test_a_process_that_was_killed_says_nothing_about_a_network() -> None:
    assert fault_of(-signal.SIGKILL) is InputOutputError
