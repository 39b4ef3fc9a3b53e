"""Who is best, who is on the front, and what mattered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.train.sweep.tiny_sweep import TPE, written

from harken_train.sweep.settings import Parameter, load_sweep
from harken_train.sweep.standings import Row, front, in_words, ranked, shares, table

ROUNDING = 1e-12


def row(trial: int, *values: float, settings: Mapping[str, Any] | None = None) -> Row:
    return Row(trial=trial, state="done", values=values, settings=settings or {}, figures={})


EARLY = Row(trial=9, state="ended early", settings={"a": "1"}, figures={}, reason="too short")


def test_the_best_is_the_highest_or_the_lowest_as_the_objective_wants() -> None:
    rows = [row(1, 0.5), row(2, 0.9), EARLY, row(3, 0.9), row(4, 0.1)]
    assert [one.trial for one in ranked(rows, ["accuracy"])] == [2, 3, 1, 4]
    assert [one.trial for one in ranked(rows, ["loss"])] == [4, 1, 2, 3]


def test_the_front_holds_those_that_no_other_beats() -> None:
    rows = [
        row(1, 0.9, 5.0),
        row(2, 0.9, 4.0),  # as good as 1, and quicker
        row(3, 0.8, 1.0),
        row(4, 0.7, 1.0),  # as quick as 3, and worse
        row(5, 0.95, 9.0),
        EARLY,
    ]
    assert [one.trial for one in front(rows, ["accuracy", "latency"])] == [5, 2, 3]


def test_shares_of_the_variance_are_those_of_the_choices() -> None:
    parameters = (
        Parameter(name="all", choices=("x", "y")),
        Parameter(name="nothing", choices=("x", "y")),
        Parameter(name="range", low=1.0, high=8.0),
        Parameter(name="never", choices=("x",)),
    )
    rows = [
        row(
            n,
            float(n % 2),
            settings={"all": "xy"[n % 2], "nothing": "xy"[n // 2 % 2], "range": 1.0 + n},
        )
        for n in range(8)
    ]
    found = shares([*rows, EARLY], parameters)
    assert found["all"] == pytest.approx(1.0, abs=ROUNDING)
    assert found["nothing"] == pytest.approx(0.0, abs=ROUNDING)
    assert found["range"] is not None
    assert found["range"] < 0.5
    assert found["never"] is None


def test_a_ranges_share_is_of_its_stretches_however_they_are_spaced() -> None:
    rates = np.geomspace(1e-4, 1e-1, 16)
    parameter = Parameter(name="rate", low=1e-4, high=1e-1, log=True)
    rows = [
        row(n, float(rate > 3e-3), settings={"rate": float(rate)}) for n, rate in enumerate(rates)
    ]
    assert shares(rows, [parameter])["rate"] == pytest.approx(1.0, abs=ROUNDING)


def test_the_table_tells_values_front_and_reasons(tmp_path: Path) -> None:
    text = TPE.replace("trials = 5", 'objectives = ["accuracy", "size"]')
    sweep = load_sweep(str(written(tmp_path / "s.toml", text)))
    told = table([row(1, 0.5, 9000.0, settings={"a": 0.00123}), row(2, 0.4, 9500.0), EARLY], sweep)
    lines = told.splitlines()
    assert lines[0].split() == ["trial", "accuracy", "size,", "bytes", "epochs", "seconds",
                                "settings"]  # fmt: skip
    assert lines[1].split() == ["*", "1", "0.5000", "9000", "0", "0.0", "a=0.00123"]
    assert lines[2].split()[:2] == ["2", "0.4000"]
    assert lines[-1].split() == ["9", "ended", "early:", "too", "short", "a=1"]
    assert in_words((0.5, 9000.0), ["accuracy", "size"]) == "accuracy 0.5000, size 9000 bytes"


def test_without_optuna_one_sentence_names_the_extra() -> None:
    code = """
import sys
from importlib.machinery import PathFinder

class WithoutOptuna(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] == "optuna":
            return None
        return super().find_spec(name, path, target)

sys.meta_path = [WithoutOptuna if one is PathFinder else one for one in sys.meta_path]
from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app
sys.exit(outcome.run(app, PROGRAM, ["sweep", "bearing_simulated"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 69
    assert done.stderr == (
        "harken-train: needs optuna, which the extra 'sweep' brings: pip install 'harken[sweep]'\n"
    )
