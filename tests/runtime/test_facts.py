from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.runtime import tiny_model

from harken.cli.facts import all_facts, short_facts
from harken.cli.main import main
from harken.contract import Contract
from harken.model import Model

MODELS = Path(__file__).parents[2] / "models"

MEASURED = {"value": 0.84, "low": 0.8, "high": 0.88}
M = "0.84 (0.8 to 0.88)"
FACTS: dict[str, Any] = {
    "frontend": {"kind": "raw"},
    "network": {"kind": "edge", "channels": [8, 16]},
    "figures": {
        "split": "honest",
        "groups": 2,
        "scored": ["A", "B"],
        "windows": {"accuracy": MEASURED, "count": 400},
        "recordings": {"scored_f1": MEASURED, "count": 40},
        "beside": [{"split": "leaky", "groups": 3, "windows": {"macro_f1": {"value": None}}}],
        "calibration": {"error_before": MEASURED, "error_after": MEASURED, "decisions": 7},
    },
    "parity": {"segments": 9, "agreement": 0.5, "stages": {"scores": {"difference": 1e-6}}},
    "quantization": {"precision": "fp32", "reason": "slower"},
    "data": {"rate": 300},
}


def contract(**facts: Any) -> Contract:
    return replace(Model(tiny_model.build()).contract, **facts)


def together(lines: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """What is told, by name."""
    told: dict[str, list[str]] = {}
    for name, text in lines:
        told.setdefault(name, []).append(text)
    return told


def test_a_person_is_told_in_a_line_each_how_good_it_is_and_how_it_was_proved() -> None:
    told = together(short_facts(contract(**FACTS)))
    assert told == {
        "made of": ["front-end raw, network edge"],
        "figures": [
            f"(honest) accuracy {M} on 400 windows; mean F1 of A, B {M} on 40 recordings; 2 groups",
            "(leaky) macro-F1 not known on ? windows; 3 groups",
        ],
        "sureness": [f"expected calibration error {M} before, {M} after calibration by 7 answers"],
        "parity": ["with PyTorch on 9 segments: scores within 1e-06, the same decision on 50.00%"],
        "precision": ["fp32 (int8: slower)"],
        "trained": [
            "at 300 Hz; recordings were resampled to 8000 Hz to prove it, and for its figures"
        ],
    }


def test_all_of_it_is_told_with_the_intervals_beside_the_values() -> None:
    assert together(all_facts("figures", FACTS["figures"]["windows"])) == {
        "figures.accuracy": [M],
        "figures.count": ["400"],
    }
    assert together(all_facts("beside", FACTS["figures"]["beside"])) == {
        "beside[0].groups": ["3"],
        "beside[0].split": ["leaky"],
        "beside[0].windows.macro_f1": ["not known"],
    }
    assert together(all_facts("network", FACTS["network"])) == {
        "network.channels": ["[8, 16]"],
        "network.kind": ["edge"],
    }


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"figures": {"windows": 3, "recordings": [], "beside": {"a": 1}, "calibration": "no"}},
        {"figures": {"beside": [1, None], "windows": {"accuracy": 0.5}}},
        {"parity": {"stages": {"scores": 1}, "agreement": "all"}},
    ],
)
def test_what_is_missing_or_of_another_form_is_not_told(facts: dict[str, Any]) -> None:
    assert together(short_facts(contract(**facts))) == {}


def test_of_whole_recordings_the_windows_are_not_told_as_well() -> None:
    heard = replace(contract().input, shortest=100, longest=300)
    told = together(short_facts(contract(**FACTS, input=heard)))
    assert told["figures"] == [f"(honest) mean F1 of A, B {M} on 40 recordings; 2 groups"]


def test_int8_that_was_shipped_although_it_is_worse_says_so() -> None:
    told = together(short_facts(contract(quantization={"precision": "int8", "accepted": "slower"})))
    assert told == {"precision": ["int8 (although: slower)"]}


def test_half_an_interval_is_none() -> None:
    assert together(all_facts("a", {"value": 0.5, "low": 0.4})) == {"a": ["0.5"]}


@pytest.mark.parametrize("name", ["ecg", "bearing"])
def test_a_shipped_file_is_told_on_a_screen_and_whole_when_asked_for(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(MODELS / f"{name}.onnx")
    assert main(["inspect", file]) == 0
    short = capsys.readouterr().out.splitlines()
    assert len(short) <= 24
    assert main(["inspect", file, "--all"]) == 0
    every = capsys.readouterr().out
    assert len(every.splitlines()) > 2 * len(short)
    assert "network.kind" in every
    assert ("--all" in short[-1], "--all" in every) == (True, False)
    probe = next(line for line in short if "probe" in line)
    assert all(f"{output} within" in probe for output in ("scores", "logits", "embedding"))
