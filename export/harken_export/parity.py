"""PyTorch against onnxruntime, stage by stage, on every input that is given.

Each stage has its own limit, an input at a time, so that a loud input cannot hide what happens to
a quiet one; it is never finer than what the last digit of that input's features is worth. The
decisions must be the same on all of them; only where PyTorch itself cannot tell two classes apart
within the limit of the logits is a different one a *tie*, and counted.

A head that was fitted counts votes, and a vote turns on less than the embedding may differ by. So
such a head is held to what PyTorch's makes of the very embedding it was given, in int8 files too
(it stays float), and a decision that differs although the embedding is within its limit is a tie.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from harken.errors import ModelError
from harken.stream import Samples
from harken_export.inputs import Inputs
from harken_export.last_digit import last_digit
from harken_export.session import OUTPUTS, Answer, Answers, in_batches
from harken_train.classifier import scores_of
from harken_train.heads import FittedHead

Precision = Literal["fp32", "int8"]
BATCHES = (1, 7)  # a device's own, and one that divides nothing

# Features: what every front-end is held to against its float64 reference, kept here as well.
FEATURES_DECIBEL = 5e-5  # dB
FEATURES_LINEAR = 1e-6  # of the input's largest feature
# Behind the features all is float32 sums in another order. Relative to the input's largest value;
# measured 1e-6 at the most (cnn1d, cnn2d, edge), so this leaves room for deeper networks.
EMBEDDING = 2e-5
LOGITS = 2e-5
SMALLEST_FLOAT = float(np.finfo(np.float32).smallest_subnormal)  # nothing finer can be answered
SMALLEST_SCALE = 1.0  # below it the limits are absolute: a row of zeros has no relative error
SCORES = 1e-6  # softmax itself; what the logits may differ by comes on top, halved (its slope)


class ParityError(ModelError):
    """The exported graph does not answer as PyTorch does."""


@dataclass(frozen=True)
class StageParity:
    """Where a stage came nearest to its limit: the difference, the limit, the input's name."""

    stage: str
    difference: float
    allowed: float
    input: str


@dataclass(frozen=True, kw_only=True)
class ParityReport:
    """How well a file answers as PyTorch does.

    ``agreement`` is the share of held-out segments with the same decision (1 of none); ``ties``
    are the inputs on which PyTorch itself is undecided. With int8 only features are held to a
    limit; the other stages say what was measured, on the held-out segments alone: outside of what
    it was calibrated for, an int8 stage saturates.
    """

    precision: Precision
    segments: int
    stress: int
    batches: tuple[int, ...]
    stages: tuple[StageParity, ...]
    agreement: float
    ties: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for contract and report; differences to two digits."""
        return {
            "precision": self.precision,
            "segments": self.segments,
            "stress": self.stress,
            "batches": list(self.batches),
            "agreement": round(self.agreement, 6),
            "ties": len(self.ties),
            "stages": {
                stage.stage: {
                    "difference": _two_digits(stage.difference),
                    "input": stage.input,
                    **({"allowed": _two_digits(stage.allowed)} if stage.allowed < np.inf else {}),
                }
                for stage in self.stages
            },
        }


def prove(
    classifier: nn.Module,
    answer: Answer,
    inputs: Inputs,
    *,
    unit: str,
    precision: Precision = "fp32",
) -> ParityReport:
    """Hold ``answer`` to the classifier on all inputs; ``unit`` is the front-end's.

    Raises `ParityError` naming the first stage that is beyond its limit, the input and the batch.
    """
    worst: dict[str, StageParity] = {}
    ties: list[str] = []
    head = fitted_head(classifier)
    agreeing = 0
    for numbers, samples in inputs.chunks():
        names = tuple(inputs.names[number] for number in numbers.tolist())
        held_out = numbers < inputs.segments
        reference = reference_answers(classifier, samples)
        for batch in BATCHES:
            given = in_batches(answer, samples, batch)
            expected = reference if head is None else {**reference, **decide(head, given)}
            limits = _limits(expected, unit)
            free = OUTPUTS[1:] if head is None else ("embedding",)
            if precision == "int8":
                limits |= {stage: np.full(len(names), np.inf) for stage in free}
            else:
                _allow_last_digits(classifier, expected, given, limits, free)
            for stage in OUTPUTS:
                rows = held_out | np.isfinite(limits[stage])
                _compare_stage(stage, expected, given, limits[stage], names, rows, batch, worst)
            same = _decisions(reference, given)
            if batch == BATCHES[0]:
                agreeing += int((same & held_out).sum())
            if precision == "fp32" and head is None:
                ties += _ties(reference, same, limits["logits"], names)
            elif precision == "fp32":
                ties += [names[k] for k in np.flatnonzero(~same).tolist()]
    return ParityReport(
        precision=precision,
        segments=inputs.segments,
        stress=len(inputs.names) - inputs.segments,
        batches=BATCHES,
        stages=tuple(worst[stage] for stage in OUTPUTS if stage in worst),
        agreement=agreeing / inputs.segments if inputs.segments else 1.0,
        ties=tuple(dict.fromkeys(ties)),
    )


def reference_answers(classifier: nn.Module, samples: Samples) -> Answers:
    """What PyTorch says, on one thread: its sums then have one order, and the figures repeat."""
    with one_thread(), torch.no_grad():
        stages = classifier(torch.from_numpy(np.ascontiguousarray(samples)))
    return {name: stage.numpy() for name, stage in zip(OUTPUTS, stages, strict=True)}


def fitted_head(classifier: nn.Module) -> FittedHead | None:
    """The head that was fitted after the network, if there is one."""
    return next((part for part in classifier.modules() if isinstance(part, FittedHead)), None)


def decide(head: FittedHead, answers: Answers) -> Answers:
    """What PyTorch's head makes of the embedding that was answered."""
    with one_thread(), torch.no_grad():
        logits = head(torch.from_numpy(np.ascontiguousarray(answers["embedding"])))
        return {"logits": logits.numpy(), "scores": scores_of(logits).numpy()}


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch on one thread inside the block."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _limits(reference: Answers, unit: str) -> dict[str, Any]:
    """The largest difference allowed, a stage and an input at a time."""
    scale = {name: _largest(np.abs(value)) for name, value in reference.items()}
    logits = LOGITS * np.maximum(scale["logits"], SMALLEST_SCALE)
    return {
        "features": (
            np.full(len(logits), FEATURES_DECIBEL)
            if unit == "dB"
            else FEATURES_LINEAR * scale["features"] + SMALLEST_FLOAT
        ),
        "embedding": EMBEDDING * np.maximum(scale["embedding"], SMALLEST_SCALE),
        "logits": logits,
        "scores": SCORES + logits / 2,
    }


def _allow_last_digits(
    classifier: nn.Module,
    reference: Answers,
    given: Answers,
    limits: dict[str, Any],
    stages: tuple[str, ...],
) -> None:
    """Widen what is beyond the limit of these stages to what rounding alone would do to it."""
    for stage in {"embedding", "logits"} & set(stages):
        if given[stage].shape != reference[stage].shape:
            return
        difference = _largest(np.abs(given[stage] - reference[stage]))
        for k in np.flatnonzero(difference > limits[stage]).tolist():
            allowed = last_digit(classifier, reference["features"][k : k + 1])
            limits[stage][k] = max(limits[stage][k], allowed.get(stage, 0.0))
    if "scores" in stages:
        limits["scores"] = np.maximum(limits["scores"], SCORES + limits["logits"] / 2)


def _compare_stage(
    stage: str,
    reference: Answers,
    given: Answers,
    limits: Any,
    names: tuple[str, ...],
    rows: Any,
    batch: int,
    worst: dict[str, StageParity],
) -> None:
    """Raise beyond the limit; else keep in ``worst`` what came nearest to it."""
    if given[stage].shape != reference[stage].shape:
        raise ParityError(
            f"parity: {stage} has shape {given[stage].shape} in onnxruntime "
            f"and {reference[stage].shape} in PyTorch"
        )
    exact = reference[stage].astype(np.float64)
    difference = _largest(np.abs(given[stage].astype(np.float64) - exact))
    beyond = ~(difference <= limits)  # NaN is beyond every limit
    if beyond.any():
        k = int(np.argmax(np.where(np.isnan(difference), np.inf, difference) * beyond))
        raise ParityError(
            f"parity: {stage} differs by {difference[k]:.3g} where {limits[k]:.3g} is allowed, "
            f"on {names[k]} in a batch of {batch}"
        )
    for k in np.flatnonzero(rows).tolist():
        found = StageParity(stage, float(difference[k]), float(limits[k]), names[k])
        if stage not in worst or _nearness(found) > _nearness(worst[stage]):
            worst[stage] = found


def _nearness(parity: StageParity) -> float:
    """How much of the limit is used up; without a limit, the difference itself."""
    if parity.allowed == np.inf:
        return parity.difference
    return parity.difference / parity.allowed if parity.allowed > 0.0 else 0.0


def _decisions(reference: Answers, given: Answers) -> Any:
    return np.argmax(reference["scores"], axis=1) == np.argmax(given["scores"], axis=1)


def _ties(reference: Answers, same: Any, limits: Any, names: tuple[str, ...]) -> list[str]:
    """Names of undecided inputs; another decision on any other input is a `ParityError`."""
    logits = reference["logits"].astype(np.float64)
    if logits.shape[1] == 1:  # of the second of two classes; the first stands at 0
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    ordered = np.sort(logits, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    undecided = margin <= 2 * limits
    for k in np.flatnonzero(~same & ~undecided).tolist():
        raise ParityError(
            f"parity: scores decide otherwise than PyTorch on {names[k]}, "
            f"where the two best logits are {margin[k]:.3g} apart"
        )
    return [names[k] for k in np.flatnonzero(undecided).tolist()]


def _largest(values: Any) -> Any:
    return values.reshape(len(values), -1).max(axis=1)


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")
