"""What the probe's inputs give, and how far another machine's answers may be from it.

The allowance is measured: how far the answers move when onnxruntime rewrites the graph more or
less, uses two threads, or is asked for all inputs at once. Another CPU sums in another order, as
these do. A head that was fitted counts votes: behind it, it is also how far votes turn when the
embedding moves by its own allowance.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from torch import nn

from harken.contract import ModelInput
from harken.probe import Expected, Probe, probe_inputs
from harken.stream import Samples
from harken_export.parity import decide, reference_answers
from harken_export.session import LEVELS, Answers, answers_of, in_batches, open_session
from harken_train.heads import FittedHead

OUTPUTS = ("scores", "logits", "embedding")  # features would be most of the file
SAFETY = 8.0  # times the largest movement seen here; other CPUs have other kernels
# Of the output's largest value. Float32 sums of thousands, in any order; and two steps of 8 bits,
# since a value on the edge of a step may fall either way.
FLOOR_FP32, FLOOR_INT8 = 1e-4, 1e-2
SMALLEST_SCALE = 1.0
SHAKES = 32


def probe_of(
    content: bytes,
    wanted: ModelInput,
    classifier: nn.Module | None,
    head: FittedHead | None = None,
) -> Probe:
    """Make the probe of a file; ``classifier`` (not for int8) counts as one more machine."""
    probe = Probe()
    inputs = probe_inputs(probe.count, wanted.channels, wanted.window, wanted.scale)
    base = _answers(content, inputs)
    others = [_answers(content, inputs, level=level) for level in LEVELS if level != "all"]
    others.append(_answers(content, inputs, threads=2))
    others.append(_answers(content, inputs, batch=probe.count))
    if classifier is not None:
        others.append(reference_answers(classifier, inputs))
    floor = FLOOR_INT8 if classifier is None else FLOOR_FP32
    expected = {name: _expected(name, base, others, floor) for name in OUTPUTS}
    if head is not None:
        shaken = _shaken(head, base, expected["embedding"].tolerance)
        expected |= {name: _at_least(expected[name], base, shaken) for name in shaken[0]}
    return Probe(expected=tuple(expected.values()))


def _shaken(head: FittedHead, base: Answers, most: float) -> list[Answers]:
    """What the head decides when every value of its embedding is ``most`` off, up or down."""
    rng, embedding = np.random.default_rng(0), base["embedding"]
    signs = rng.choice(np.array([-most, most]), size=(SHAKES, *embedding.shape))
    return [decide(head, {"embedding": (embedding + by).astype(np.float32)}) for by in signs]


def _at_least(expected: Expected, base: Answers, others: list[Answers]) -> Expected:
    exact = base[expected.output].astype(np.float64)
    moved = max(float(np.abs(other[expected.output] - exact).max()) for other in others)
    return replace(expected, tolerance=max(expected.tolerance, float(f"{moved:.1e}")))


def _answers(
    content: bytes, inputs: Samples, *, level: str = "all", threads: int = 1, batch: int = 1
) -> Answers:
    session = open_session(content, level=level, threads=threads)
    return in_batches(answers_of(session, OUTPUTS), inputs, batch)


def _expected(name: str, base: Answers, others: list[Answers], floor: float) -> Expected:
    exact = base[name].astype(np.float64)
    moved = max(float(np.abs(other[name] - exact).max()) for other in others)
    least = floor * max(SMALLEST_SCALE, float(np.abs(exact).max()))
    rows = base[name].reshape(len(exact), -1)
    return Expected(
        output=name,
        tolerance=float(f"{max(SAFETY * moved, least):.1e}"),
        rows=tuple(tuple(_short(value) for value in row) for row in rows.tolist()),
    )


def _short(value: float) -> float:
    """Eight digits: float32 has no more, and the file needs none."""
    return float(f"{value:.8g}")
