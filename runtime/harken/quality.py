"""Whether a window is fit to be judged, and what is noticed about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harken.stream import Samples


@dataclass(frozen=True)
class Verdict:
    """``reason`` why a window is invalid (None: it is fit), and ``notes`` on its quality."""

    reason: str | None
    notes: tuple[str, ...] = ()


def check(samples: Samples, rail: float) -> Verdict:
    """Judge one window ``(channels, n)``; ``rail`` is full scale in the samples' unit."""
    if np.isnan(samples).any():
        return Verdict("nan")
    if np.isinf(samples).any():
        return Verdict("inf")
    if (samples.max(axis=1) == samples.min(axis=1)).any():
        return Verdict("flat")
    return Verdict(None)
