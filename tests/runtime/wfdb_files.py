"""Records of WFDB for tests, written by its own package, and mended by hand."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

with warnings.catch_warnings():  # pandas, which it imports, deprecates what it does with it
    warnings.simplefilter("ignore")
    import wfdb

STEP = 0.001  # millivolts a step at the gains below
TIME = np.arange(1000)
SLOW, FAST = np.sin(TIME * 0.02), 0.5 * np.cos(TIME * 0.3)


def record(folder: Path, name: str = "100", **changes: object) -> Path:
    """A record of two leads in millivolts; its header."""
    settings: dict[str, object] = {
        "fs": 360,
        "units": ["mV", "mV"],
        "sig_name": ["MLII", "V5"],
        "p_signal": np.stack([SLOW, FAST], axis=1),
        "fmt": ["16", "16"],
        "adc_gain": [1000.0, 1000.0],
        "baseline": [0, 0],
        "write_dir": str(folder),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wfdb.wrsamp(name, **(settings | changes))
    return folder / f"{name}.hea"


def mend(header: Path, old: str, new: str) -> None:
    """Write a header with other words."""
    text = header.read_text(encoding="utf-8")
    assert old in text
    header.write_text(text.replace(old, new), encoding="utf-8")


def mark(header: Path, rhythms: dict[int, str], **more: Any) -> None:
    """Annotations of beats, and of the rhythms that begin at some samples."""
    places = sorted({*rhythms, 100, 700})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wfdb.wrann(
            header.stem,
            "atr",
            np.array(places),
            ["+" if place in rhythms else "N" for place in places],
            aux_note=[f"({rhythms[place]}" if place in rhythms else "" for place in places],
            write_dir=str(header.parent),
            **more,
        )
