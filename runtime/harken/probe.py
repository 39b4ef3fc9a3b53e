"""Fixed input with known answers, which travels with the file and proves it on another machine.

The input comes from an integer formula, so it is the same to the bit everywhere: noise by
multiplicative hashing (Knuth, TAOCP 3, 6.4), switched between full and one eighth of its level in
stretches that differ from input to input, at half of full scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from harken.errors import SettingsError
from harken.stream import Samples

FORMULA = "hashed-noise-bursts-1"
MOST_INPUTS = 16  # the formula shifts 32-bit numbers by the input's index


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The rows that one output gave, one a probe input, and how far another machine's may be."""

    output: str
    tolerance: float
    rows: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        if not 0.0 <= self.tolerance < math.inf:
            raise SettingsError(f"tolerance: need 0 or more, got {self.tolerance}")


@dataclass(frozen=True, kw_only=True)
class Probe:
    """``count`` inputs made by ``formula``, and what each output gave for them at export."""

    formula: str = FORMULA
    count: int = 4
    expected: tuple[Expected, ...] = ()

    def __post_init__(self) -> None:
        if self.formula != FORMULA:
            raise SettingsError(f"formula: this harken knows {FORMULA!r}, got {self.formula!r}")
        if not 1 <= self.count <= MOST_INPUTS:
            raise SettingsError(f"count: need 1 to {MOST_INPUTS}, got {self.count}")
        if any(len(expected.rows) != self.count for expected in self.expected):
            raise SettingsError(f"expected: need one row for each of {self.count} inputs")


@dataclass(frozen=True)
class ProbeResult:
    """One output of a self-test: its largest difference, and what was allowed."""

    output: str
    difference: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the difference is within the tolerance; NaN is not."""
        return bool(self.difference <= self.tolerance)


def probe_inputs(count: int, channels: int, window: int, scale: float) -> Samples:
    """Give the probe's ``(count, channels, window)`` samples."""
    k = np.arange(count, dtype=np.uint32)[:, None, None]
    c = np.arange(channels, dtype=np.uint32)[None, :, None]
    i = np.arange(window, dtype=np.uint32)[None, None, :]
    h = i * np.uint32(2654435761) + c * np.uint32(3266489917) + k * np.uint32(668265263)
    h ^= h >> np.uint32(15)
    h *= np.uint32(2246822519)
    h ^= h >> np.uint32(13)
    noise = (h >> np.uint32(8)).astype(np.float64) / 2**23 - 1.0
    loud = (i >> (k + np.uint32(4))) & np.uint32(1)
    samples: Samples = (noise * (0.125 + 0.875 * loud) * (0.5 * scale)).astype(np.float32)
    return samples


def differences(
    probe: Probe, answers: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]
) -> list[ProbeResult]:
    """Hold a machine's ``answers`` (output name -> array, first axis the inputs) to the probe's."""
    return [
        ProbeResult(
            expected.output,
            float(
                np.max(
                    np.abs(
                        answers[expected.output].reshape(probe.count, -1).astype(np.float64)
                        - np.asarray(expected.rows, np.float64).reshape(probe.count, -1)
                    )
                )
            ),
            expected.tolerance,
        )
        for expected in probe.expected
    ]
