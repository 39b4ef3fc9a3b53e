"""A few spectrogram files and the table that labels them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from harken_train.readers.spectrograms import Spectrograms

BANDS, COLUMNS = 6, 10


def values(seed: int, bands: int = BANDS, columns: int = COLUMNS) -> np.ndarray[Any, Any]:
    """Decibels from -80 to 0."""
    return np.random.default_rng(seed).uniform(-80.0, 0.0, (bands, columns)).astype(np.float32)


def reader(folder: Path, text: str, **settings: Any) -> Spectrograms:
    (folder / "dataset.csv").write_text(text, encoding="utf-8")
    return Spectrograms(path=folder, **settings)
