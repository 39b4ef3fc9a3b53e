"""A set that is larger than memory trains and is evaluated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.train.larger_than_memory import write_large_set

SET, HEADROOM = 256, 80  # megabytes; the peak is about 30, what malloc has asked for is more


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large") / "set"
    write_large_set(folder, SET)
    return folder


def child(folder: Path, what: str) -> subprocess.CompletedProcess[str]:
    """Run it with `HEADROOM` of memory beyond what its libraries take."""
    return subprocess.run(
        [sys.executable, "-m", "tests.train.larger_than_memory", folder, str(HEADROOM), what],
        # One heap, and large blocks outside it, given back when they are free: else it is chance
        # how much of what malloc has asked for lies in pieces.
        env={
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "1",
            "MALLOC_MMAP_THRESHOLD_": str(64 * 1024),
            "TMPDIR": str(folder),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_set_cannot_be_held(folder: Path) -> None:
    done = child(folder, "hold")
    assert done.returncode == 1
    assert "MemoryError" in done.stderr


def test_the_set_trains_and_is_evaluated(folder: Path) -> None:
    done = child(folder, "train")
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) <= HEADROOM
    assert "kept in a file what=features" in done.stderr
    metrics = json.loads((folder / "run" / "metrics.json").read_text())
    assert metrics["windows"]["count"] * 128 // 1024 > HEADROOM / 2
