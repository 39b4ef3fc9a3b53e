"""A sweep that is done once, for all tests that look at one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.train.sweep.tiny_sweep import GRID, run, written


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grid of five points, one of them impossible."""
    folder = tmp_path_factory.mktemp("sweep")
    path = written(folder / "grid.toml", GRID)
    assert run("sweep", str(path), "--out", str(folder / "runs"), "-q") == 0
    return folder / "runs" / "tiny-grid"
