from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.alarm import AlarmSettings
from harken.contract import VERSION, Contract, ModelInput, Output, from_json, to_json
from harken.errors import ModelError, SettingsError
from harken.probe import Expected, Probe

WHOLE = Contract(
    name="bearing",
    input=ModelInput(rate=12000, window=2048, scale=10.0, unit="g", levels=(0.25, 8.0)),
    hop=1024,
    outputs=(Output(name="scores", shape=(2,)), Output(name="features", shape=(1, 3, 2))),
    classes=("innerer Ring", "normal"),
    normal=("normal",),
    words={"innerer Ring": "damage to the inner ring"},
    abstain={"0.05": 0.4, "0.1": 0.5},
    alarm=AlarmSettings(votes=2, of=4, hold=3.0),
    frontend={"kind": "log_spectrogram", "bands": [1, 2]},
    figures={"honest": {"accuracy": 0.5}},
    versions={"torch": "2.13.0"},
    probe=Probe(count=1, expected=(Expected(output="scores", tolerance=1e-4, rows=((0.5, 0.5),)),)),
)


def table(**changes: object) -> str:
    """The contract's text with other values at dotted places."""
    whole: dict[str, Any] = json.loads(to_json(WHOLE))
    for path, value in changes.items():
        *outer, last = path.split("__")
        inner = whole
        for name in outer:
            inner = inner[name]
        inner[last] = value
    return json.dumps(whole)


def test_a_contract_survives_its_own_text_and_gives_equal_bytes() -> None:
    again = from_json(to_json(WHOLE), "file")
    assert again == WHOLE
    assert to_json(again) == to_json(WHOLE)


@given(
    st.integers(1, 10**6),
    st.integers(1, 10**6),
    st.floats(1e-9, 1e9),
    st.lists(st.text("abc _-é", min_size=1, max_size=9), min_size=2, max_size=6, unique=True),
)
def test_any_input_and_classes_survive(
    rate: int, window: int, scale: float, classes: list[str]
) -> None:
    contract = Contract(
        name="m",
        input=ModelInput(rate=rate, window=window, scale=scale),
        hop=window,
        outputs=(Output(name="scores", shape=(len(classes),)),),
        classes=tuple(classes),
    )
    assert from_json(to_json(contract), "file") == contract


def test_a_newer_version_is_told_before_anything_else_is_read() -> None:
    with pytest.raises(ModelError, match=rf"^f: its contract is version 9, .* up to {VERSION};"):
        from_json('{"version": 9, "new": "field"}', "f")


@pytest.mark.parametrize("text", ["", "{", "not json", "[" * 100_000, '{"a": 1' + "0" * 5000 + "}"])
def test_a_text_that_is_not_json_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ModelError, match=r"^f: its contract is not JSON") as refusal:
        from_json(text, "f")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["null", "5", '"text"', "[]", "{}", '{"version": true}'])
def test_json_that_is_no_contract_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match=r"^f: its contract is broken, contract"):
        from_json(text, "f")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"input__rate": 0}, "contract.input: rate, channels"),
        ({"input__rate": 1.5}, "contract.input.rate: need a whole number, got 1.5"),
        ({"input__scale": float("nan")}, "contract.input: rate, channels"),
        ({"input__scale": 10**400}, "contract.input.scale: need a number"),
        ({"input__widow": 1}, "contract.input.widow: unknown key, did you mean 'window'?"),
        ({"input__levels": [2.0, 1.0]}, "contract.input: levels: need [lowest, highest]"),
        ({"input__levels": [0.0, 0.0]}, "contract.input: levels: need [lowest, highest]"),
        ({"input__levels": [0.0, 1e999]}, "contract.input: levels: need [lowest, highest]"),
        ({"input__levels": [1.0]}, "contract.input.levels: need"),
        ({"hop": 0}, "hop: need at least 1 sample"),
        ({"classes": ["one"]}, "classes: need at least two"),
        ({"classes": ["one", "one"]}, "classes: need at least two, each once"),
        ({"classes": ["normal", "two\x1b[31m"]}, "printable words"),
        ({"classes": ["normal", "x" * 101]}, "at most 100 characters"),
        ({"normal": ["healthy"]}, "names a class that is not in classes"),
        ({"words": {"outer": "damage"}}, "words: names a class that is not in classes"),
        ({"words": {"normal": "all\nwell"}}, "words: need printable words"),
        ({"words": {"normal": ""}}, "words: need printable words"),
        ({"abstain": {"few": 0.5}}, "abstain: its keys must be numbers, as in '0.05'"),
        ({"abstain": {"0.05": 1.5}}, "abstain: need rates between 0 and 1"),
        ({"abstain": {"nan": 0.5}}, "abstain: need rates between 0 and 1"),
        ({"abstain": {"0.05": 0.5, "0.050": 0.5}}, "abstain: need rates between 0 and 1, each"),
        ({"abstain": {"0.05": 0.5, "0.1": 0.4}}, "do not fall as the rate rises"),
        ({"alarm__votes": 9}, "contract.alarm: need 1 <= votes <= of"),
        ({"task": "regress"}, "contract.task: need one of 'classify', got 'regress'"),
        ({"probe__count": 0}, "contract.probe: count: need 1 to 16"),
        ({"probe__count": 2}, "contract.probe: expected: need one row for each of 2 inputs"),
        ({"probe__formula": "sine"}, "contract.probe: formula: this harken knows"),
        ({"probe__expected": [{"output": "x", "tolerance": 1.0, "rows": [[1.0]]}]}, "output 'x'"),
        (
            {"probe__expected": [{"output": "scores", "tolerance": 1e999, "rows": [[0.5, 0.5]]}]},
            "tolerance: need 0 or more, got inf",
        ),
    ],
)
def test_a_broken_contract_says_where_and_what(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ModelError) as refusal:
        from_json(table(**changes), "f")
    assert told in str(refusal.value)


def test_what_is_broken_in_code_is_a_settings_error() -> None:
    with pytest.raises(SettingsError, match="must be positive"):
        ModelInput(rate=-1, window=2)
