"""A tiny model that decides recordings of 50 to 160 samples at once, and what it hears."""

from __future__ import annotations

import numpy as np
from tests.runtime import tiny_model

from harken.decision import Decision
from harken.stream import Samples

RATE, WINDOW, HOP = 40, 64, 24
LEAST, MOST = 50, 160


def file(**changes: object) -> bytes:
    made = {"window": WINDOW, "hop": HOP, "rate": RATE, "lengths": (LEAST, MOST), **changes}
    return tiny_model.build(**made)  # type: ignore[arg-type]  # passed on as they are


def noise(n: int, seed: int = 0, channels: int = 1) -> Samples:
    rng = np.random.default_rng(seed)
    swell = 1.0 + np.sin(np.arange(n) / 30.0)
    return (0.1 * swell * rng.normal(0.0, 1.0, (channels, n))).astype(np.float32)


def spans(decisions: list[Decision]) -> list[tuple[int, int, bool]]:
    return [(decision.first, decision.last, decision.record) for decision in decisions]
