from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest

from harken import quality
from harken.probe import Expected, Probe, ProbeResult, differences, probe_inputs

# sha256 of the float32 bytes of two inputs of two channels of 1000 samples at scale 1: the
# formula's answer on x86-64; another machine that gives other bytes would fail every probe.
DIGEST = "7bf55989c7dfbbfeea130203e38ea44e2d48f32833bbc3e0aedd9e9d0ed51299"


def test_the_inputs_are_the_same_to_the_bit_on_every_machine() -> None:
    inputs = probe_inputs(2, 2, 1000, 1.0)
    assert inputs.dtype == np.float32
    assert hashlib.sha256(inputs.astype("<f4").tobytes()).hexdigest() == DIGEST


@pytest.mark.parametrize("scale", [1.0, 10.0, 1e-3])
def test_the_inputs_are_windows_that_the_runtime_calls_fit(scale: float) -> None:
    for window in probe_inputs(16, 3, 2048, scale):
        assert quality.check(window, scale) == quality.Verdict(None)


def test_no_two_inputs_and_no_two_channels_are_alike() -> None:
    rows = probe_inputs(16, 4, 2048, 1.0).reshape(64, -1)
    likeness = np.corrcoef(rows) - np.eye(64)
    assert np.abs(likeness).max() < 0.2


def test_a_difference_is_the_largest_of_an_output() -> None:
    rows = ((0.0, 1.0), (0.5, 0.5))
    probe = Probe(count=2, expected=(Expected(output="scores", tolerance=0.1, rows=rows),))
    answers = np.array([[0.0, 1.0], [0.25, 0.5]], np.float32)
    assert differences(probe, {"scores": answers}) == [ProbeResult("scores", 0.25, 0.1)]


@pytest.mark.parametrize(
    ("difference", "passed"), [(0.0, True), (0.1, True), (0.2, False), (math.nan, False)]
)
def test_a_result_passes_within_its_tolerance(difference: float, passed: bool) -> None:
    assert ProbeResult("scores", difference, 0.1).passed is passed
