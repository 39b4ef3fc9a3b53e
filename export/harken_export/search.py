"""The search for an int8 file that is worth shipping, by measurement.

Ranges come from training segments, every choice is made on other ones that the test does not
hold (the validation part, else the rest of training), and the verdict falls once, on the held-out
segments. Times are of this machine, both precisions side by side in one run.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import onnx

from harken.errors import DataError, ModelError
from harken.stream import Samples
from harken_export import calibrate, layers
from harken_export.material import Material
from harken_export.paired import Comparison, compare
from harken_export.parity import in_batches
from harken_export.quantize import SCHEMES, quantized
from harken_export.session import answers_of, open_session
from harken_export.timing import interleaved
from harken_train.recipe import ExportSettings

# Less is not worth an approximation, and would change sides from one measurement to the next.
WORTHWHILE = 1.1  # times as fast as fp32
# S8S8 is the form of arm64 and newer x86; U8S8 must be clearly faster here to be taken.
CLEARLY_FASTER = 1.25

_log = logging.getLogger(__name__)
Reason = Literal[
    "", "slower", "loses accuracy", "slower and loses accuracy", "no layer to quantize"
]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One choice and what it does: ``noise`` is the error of the logits on the selection.

    It is relative to the spread of the fp32 logits (root mean squares, each row around its mean).
    """

    scheme: str
    calibration: str
    left_out: tuple[str, ...]
    noise: float
    accuracy_loss: float
    auc_loss: float


@dataclass(frozen=True, kw_only=True)
class LayerDamage:
    """The noise of the logits when this layer alone is quantized."""

    layer: str
    noise: float


@dataclass(frozen=True, kw_only=True)
class Search:
    """What came out: the best int8 file, what it costs and gains, and why it is not worth it.

    ``reason`` is empty when it is worth shipping. ``times`` are seconds a decision.
    """

    content: bytes
    chosen: Candidate
    tried: tuple[Candidate, ...]
    damage: tuple[LayerDamage, ...]  # the worst first
    times: dict[str, float]
    comparison: Comparison
    reason: Reason

    @property
    def speed_up(self) -> float:
        """How many times as fast as fp32 it is here."""
        return self.times["fp32"] / self.times["int8"]


class NotWorthItError(ModelError):
    """int8 was asked for and is slower, or loses more than the recipe allows."""


def search(content: bytes, material: Material, allowed: ExportSettings) -> Search | None:
    """Find the best int8 form of an exported graph; None when it has no layer to quantize."""
    model = onnx.load_from_string(content)
    if not layers.weighted(model):
        return None
    task = _Task(content, model, material)
    scheme = task.fastest_scheme()
    tried = [task.candidate(each, method) for each in SCHEMES for method in calibrate.METHODS]
    best = min((one for one in tried if one.scheme == scheme), key=lambda one: one.noise)
    damage = task.damage(best)
    while not _within(best, allowed) and len(best.left_out) < len(damage) - 1:
        worst = damage[len(best.left_out)].layer
        best = task.candidate(best.scheme, best.calibration, (*best.left_out, worst))
        tried.append(best)
        _log.info("left_out=%s noise=%.3g", ",".join(best.left_out), best.noise)
    file = task.file(best.scheme, best.calibration, best.left_out)
    times = interleaved({"fp32": content, "int8": file}, material.test.samples[:1])
    comparison = compare(
        material.test.labels,
        material.groups,
        scores_of(content, material.test.samples),
        scores_of(file, material.test.samples),
    )
    found = Search(
        content=file,
        chosen=best,
        tried=tuple(tried),
        damage=damage,
        times=times,
        comparison=comparison,
        reason="",
    )
    return replace(found, reason=_reason(found, allowed))


def scores_of(content: bytes, samples: Samples) -> Samples:
    """Scores of all samples, one at a time as on a device."""
    return in_batches(answers_of(open_session(content), ("scores",)), samples, 1)["scores"]


class _Task:
    """What all candidates share: the ranges, the fp32 answers, the times of the schemes."""

    def __init__(self, content: bytes, model: onnx.ModelProto, material: Material) -> None:
        self._content, self._model, self._selection = content, model, material.selection
        self._titles = {layers.title(model, name): name for name in layers.weighted(model)}
        if not len(material.calibration) or not len(material.selection):
            raise DataError("int8: no training segments to calibrate with")
        features = answers_of(open_session(content), ("features",))(material.calibration)
        self._ranges = {
            method: calibrate.ranges(model, features["features"], method)
            for method in calibrate.METHODS
        }
        self._window = material.calibration[:1]
        self._logits, self._scores = self._answer(content)

    def file(self, scheme: str, method: str, left_out: tuple[str, ...] = ()) -> bytes:
        nodes = [self._titles[layer] for layer in left_out]
        return quantized(self._content, scheme, self._ranges[method], nodes)

    def fastest_scheme(self) -> str:
        files = {scheme: self.file(scheme, "minmax") for scheme in SCHEMES}
        times = interleaved(files, self._window)
        _log.info("seconds=%s", times)
        return "U8S8" if times["S8S8"] > CLEARLY_FASTER * times["U8S8"] else "S8S8"

    def candidate(self, scheme: str, method: str, left_out: tuple[str, ...] = ()) -> Candidate:
        logits, scores = self._answer(self.file(scheme, method, left_out))
        labels = self._selection.labels
        loss = compare(labels, np.zeros_like(labels), self._scores, scores)
        return Candidate(
            scheme=scheme,
            calibration=method,
            left_out=left_out,
            noise=self._noise(logits),
            accuracy_loss=loss.accuracy_loss,
            auc_loss=loss.auc_loss,
        )

    def damage(self, best: Candidate) -> tuple[LayerDamage, ...]:
        """Quantize one layer at a time, all others float: the worst first."""
        found = []
        for layer in self._titles:
            others = tuple(other for other in self._titles if other != layer)
            logits, _ = self._answer(self.file(best.scheme, best.calibration, others))
            found.append(LayerDamage(layer=layer, noise=self._noise(logits)))
        return tuple(sorted(found, key=lambda one: -one.noise))

    def _answer(self, content: bytes) -> tuple[Samples, Samples]:
        session = answers_of(open_session(content), ("logits", "scores"))
        answers = in_batches(session, self._selection.samples, calibrate.PIECE)
        return answers["logits"], answers["scores"]

    def _noise(self, logits: Any) -> float:
        fp32 = self._logits - self._logits.mean(axis=1, keepdims=True)
        int8 = logits - logits.mean(axis=1, keepdims=True)
        spread = float(np.sqrt(np.mean(np.square(fp32, dtype=np.float64))))
        return float(np.sqrt(np.mean(np.square(int8 - fp32, dtype=np.float64)))) / max(
            spread, 1e-12
        )


def _within(loss: Candidate | Comparison, allowed: ExportSettings) -> bool:
    return (
        loss.accuracy_loss <= allowed.largest_accuracy_loss
        and loss.auc_loss <= allowed.largest_auc_loss
    )


def _reason(found: Search, allowed: ExportSettings) -> Reason:
    slower = found.speed_up < WORTHWHILE
    if _within(found.comparison, allowed):
        return "slower" if slower else ""
    return "slower and loses accuracy" if slower else "loses accuracy"
