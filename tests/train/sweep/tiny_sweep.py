"""A sweep whose trials take a blink."""

from __future__ import annotations

from pathlib import Path

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
