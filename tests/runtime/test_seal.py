"""No byte of a sealed file, of its contract neither, is changed unnoticed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.runtime import tiny_model

from harken.contract import KEY, from_json
from harken.errors import RefusedError
from harken.model import Model
from harken.onnx_file import parse
from harken.seal import sealed

TINY = tiny_model.build()
CONTRACT = from_json(parse(TINY, "tiny").metadata[KEY], "tiny")
SEALED = sealed(TINY, CONTRACT, "tiny")


def test_a_sealed_file_opens_and_sealing_it_again_changes_no_byte() -> None:
    contract = Model(SEALED).contract
    assert replace(contract, digest="") == CONTRACT
    assert sealed(SEALED, contract, "tiny") == SEALED


@pytest.mark.parametrize(
    ("honest", "altered"),
    [
        (b'"classes":["normal","fault"]', b'"classes":["fault","normal"]'),
        (b'"rate":8000', b'"rate":9000'),
        (b'"hop":128', b'"hop":129'),
        (b'"on":0.6', b'"on":1.0'),
    ],
)
def test_an_altered_contract_is_refused(honest: bytes, altered: bytes) -> None:
    assert SEALED.count(honest) == 1
    with pytest.raises(RefusedError, match="was altered after its export"):
        Model(SEALED.replace(honest, altered))
