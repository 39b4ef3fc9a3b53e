"""What is wrong when the file of a run cannot be measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from harken.errors import InputOutputError
from harken_train.sweep.measured import measure


def test_a_run_that_is_not_there_says_nothing_about_its_settings(tmp_path: Path) -> None:
    with pytest.raises(
        InputOutputError, match=r"gone: cannot be measured, .*gone: is not a run, it holds no run"
    ):
        measure(tmp_path / "gone")
