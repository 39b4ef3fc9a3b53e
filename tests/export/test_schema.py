"""The published schema of the contract: it and the dataclasses say the same."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import onnx
import pytest

import harken.contract
from harken.alarm import AlarmSettings
from harken.contract import Contract, ModelInput, Output
from harken.probe import Expected, Probe

SCHEMA: dict[str, Any] = json.loads(
    Path(harken.contract.__file__).with_name("contract.schema.json").read_text()
)
SHIPPED = Path(__file__).resolve().parents[2] / "models" / "bearing.onnx"

# Not in files of the same version that were made before.
SINCE = {"": {"head", "made_by", "words", "abstain"}, "input": {"shortest", "longest", "levels"}}


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("", Contract),
        ("input", ModelInput),
        ("output", Output),
        ("alarm", AlarmSettings),
        ("probe", Probe),
        ("expected", Expected),
    ],
)
def test_schema_and_dataclass_have_the_same_fields(name: str, cls: type[Any]) -> None:
    part = SCHEMA["$defs"][name] if name else SCHEMA
    assert set(part["properties"]) == {field.name for field in dataclasses.fields(cls)}
    since = SINCE.get(name, set())
    assert set(part["required"]) == set(part["properties"]) - since
    assert part["additionalProperties"] is False


def test_the_shipped_model_fits_the_schema() -> None:
    [entry] = [e for e in onnx.load(SHIPPED).metadata_props if e.key == "harken"]
    found = jsonschema.Draft202012Validator(SCHEMA).iter_errors(json.loads(entry.value))
    assert [error.message for error in found] == []
