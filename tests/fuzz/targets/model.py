"""A sealed model through `harken.Model`: any change outside the contract is refused unrun."""

from __future__ import annotations

import json
from random import Random

from tests.runtime.tiny_model import build

import harken
from harken.contract import KEY, from_json, to_json
from harken.onnx_file import parse as parse_onnx
from harken.onnx_file import with_metadata

TOKENS = (b"harken", b'"digest":""', b"\x72\x08\x0a\x06", b'"hop":', b"\xff\xff\xff\xff", b"NaN")


def _sealed() -> bytes:
    content = build(window=64, hop=32)
    parsed = parse_onnx(content, "x")
    table = json.loads(parsed.metadata[KEY]) | {"digest": parsed.digest}
    return with_metadata(content, KEY, to_json(from_json(json.dumps(table), "x")))


_SEALED = _sealed()
_DIGEST = parse_onnx(_SEALED, "x").digest


def make(rng: Random) -> bytes:  # a target's signature; there is one sealed model
    """The model; what is wrong with it the mutator brings."""
    return _SEALED


def parse(content: bytes) -> None:
    """Load it; what loads is the very model, or one whose contract claims no digest."""
    model = harken.Model(content)
    assert model.contract.digest in ("", parse_onnx(content, "x").digest)
    assert model.contract.digest == "" or model.contract.digest == _DIGEST
