"""A sweep whose trials take a blink."""

from __future__ import annotations

import json
import re
from pathlib import Path

from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app

TRIAL = re.compile(r"trial (\d+): (?:macro-F1|ended early)")
TINY = """
recipe = "bearing_simulated"

[settings]
name = "tiny"
data = { bearings = 6, seconds = 0.25 }
signal = { window = 256, hop = 256 }
frontend = { n_fft = 32, hop_length = 16 }
network = { channels = [4, 4] }
training = { epochs = 2 }
"""
GRID = """
[search]
sampler = "grid"
pruner = "none"

[[parameters]]
name = "frontend.n_fft"
choices = [16, 32, 1000]

[[parameters]]
name = "network.kernel"
choices = [3, 5]
when = { "frontend.n_fft" = [16, 32] }
"""
TPE = """
[search]
sampler = "tpe"
trials = 5

[[parameters]]
name = "training.learning_rate"
low = 1e-4
high = 1e-1
log = true

[[parameters]]
name = "frontend.hop_length"
low = 8
high = 16

[[parameters]]
name = "network.channels"
choices = [[4, 4], [8, 8]]
"""


def written(path: Path, *texts: str) -> Path:
    """A sweep's file."""
    path.write_text("\n".join([TINY, *texts]))
    return path


def run(*words: str) -> int:
    return outcome.run(app, PROGRAM, list(words))


def results(folder: Path) -> dict[int, tuple[str, float, dict[str, object]]]:
    """What became of each trial: state, macro-F1, settings."""
    found = json.loads((folder / "results.json").read_text())
    return {
        row["trial"]: (row["state"], row["figures"].get("macro_f1", 0.0), row["settings"])
        for row in found["trials"]
    }
