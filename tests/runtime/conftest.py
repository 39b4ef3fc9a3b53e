"""A folder with a model and recordings, where a command is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.runtime import tiny_model
from tests.runtime.wav_bytes import write_wav


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model and a few recordings, where the command is typed."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.onnx").write_bytes(tiny_model.build())
    write_wav("loud.wav", tiny_model.tone(0.5, 0.5))
    write_wav("quiet.wav", tiny_model.tone(0.5, 0.05))
    return tmp_path
