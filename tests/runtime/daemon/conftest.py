"""A tiny model in a file, and a clip that it has something to say about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.runtime import tiny_model

from harken.stream import Samples


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Window 256, hop 128, 8 kHz; a loud window is a fault."""
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_model.build())
    return path


@pytest.fixture
def signal_with_fault() -> Samples:
    """Half a second quiet, half a second loud, two seconds quiet: one alarm raised and cleared."""
    return np.concatenate([tiny_model.tone(s, level) for s, level in PLAN])


PLAN = ((0.5, 0.05), (0.5, 0.6), (2.0, 0.05))
