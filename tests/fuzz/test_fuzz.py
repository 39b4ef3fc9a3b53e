"""Each parser, some thousand broken files: a result or one error, in time, in bounds."""

from __future__ import annotations

import pytest
from tests.fuzz.loop import fuzz, targets

CASES = {"model": 300, "wav": 4000, "npy": 4000, "csv": 4000, "onnx": 3000, "wfdb": 1000}
ENOUGH = 0.02  # of the cases must be read, or the mutator breaks all and tests little


@pytest.mark.parametrize("name", targets())
def test_no_file_brings_a_parser_down(name: str) -> None:
    outcome = fuzz(name, seed=2024, most=CASES[name])
    assert outcome.read + outcome.refused == CASES[name]
    assert outcome.read >= ENOUGH * CASES[name]
    assert outcome.refused >= ENOUGH * CASES[name]
