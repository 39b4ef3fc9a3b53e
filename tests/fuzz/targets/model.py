"""A sealed model through `harken.Model`: any change is refused unrun."""

from __future__ import annotations

from random import Random

from tests.runtime.tiny_model import build

import harken
from harken.contract import KEY, from_json
from harken.onnx_file import parse as parse_onnx
from harken.seal import sealed

TOKENS = (b"harken", b'"digest":""', b"\x72\x08\x0a\x06", b'"hop":', b"\xff\xff\xff\xff", b"NaN")


def _sealed() -> bytes:
    content = build(window=64, hop=32)
    return sealed(content, from_json(parse_onnx(content, "x").metadata[KEY], "x"), "x")


_SEALED = _sealed()
_DIGEST = harken.Model(_SEALED).contract.digest


def make(rng: Random) -> bytes:  # a target's signature; there is one sealed model
    """The model; what is wrong with it the mutator brings."""
    return _SEALED


def parse(content: bytes) -> None:
    """Load it; what loads is the very model, or one whose contract claims no digest."""
    model = harken.Model(content)
    assert model.contract.digest in ("", _DIGEST)
