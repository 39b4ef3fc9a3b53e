"""The search for an int8 file that is worth shipping, by measurement.

Ranges come from training segments, every choice is made on other ones that the test does not
hold, and the verdict falls once, on the held-out segments. Times are of this machine, both
precisions side by side in one run.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import onnx

from harken.errors import DataError
from harken.stream import Samples
from harken_export import calibrate, layers
from harken_export.host import host
from harken_export.material import Material
from harken_export.paired import Comparison, compare
from harken_export.quantize import SCHEMES, quantized
from harken_export.session import answers_of, features_of, in_batches, open_session
from harken_export.timing import interleaved
from harken_train.ragged import Ragged
from harken_train.recipe import ExportSettings

# Less is not worth an approximation, and would change sides from one measurement to the next.
WORTHWHILE = 1.1  # times as fast as fp32
# S8S8 is the form of arm64 and newer x86; U8S8 must be clearly faster here to be taken.
CLEARLY_FASTER = 1.25
# Of the scored classes' mean F1, unless the recipe allows a larger loss of accuracy: a rare class
# may be lost whole within the loss of accuracy that is allowed.
LARGEST_SCORE_LOSS = 0.005

_log = logging.getLogger(__name__)
Reason = Literal["", "slower", "loses accuracy", "slower and loses accuracy"]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One choice and what it does: ``noise`` is the error of the logits on the selection.

    It is relative to the spread of the fp32 logits (root mean squares, each row around its mean).
    ``left_out`` are layers that stay float, by their names in the network.
    """

    scheme: str
    calibration: str
    left_out: tuple[str, ...] = ()
    noise: float
    accuracy_loss: float
    auc_loss: float


@dataclass(frozen=True, kw_only=True)
class LayerDamage:
    """The noise of the logits when this layer alone is quantized."""

    layer: str
    noise: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the search measured on the graph with this sha256, on this host.

    Kept with the run, so that the same run exported again gives the same file although no two
    measurements of time are the same. ``fp32`` and ``int8`` are seconds a decision; ``damage``
    has the worst layer first.
    """

    graph: str
    host: str
    chosen: Candidate
    tried: tuple[Candidate, ...]
    damage: tuple[LayerDamage, ...]
    fp32: float
    int8: float

    @property
    def speed_up(self) -> float:
        """How many times as fast as fp32 the chosen form is here."""
        return self.fp32 / self.int8

    def is_of(self, content: bytes) -> bool:
        """Whether it was measured on this graph and on this host."""
        return (self.graph, self.host) == (hashlib.sha256(content).hexdigest(), host())


@dataclass(frozen=True, kw_only=True)
class Search:
    """The best int8 file, what it costs and gains, and why it is not worth it (or nothing)."""

    content: bytes
    measured: Measured
    comparison: Comparison
    reason: Reason


def search(
    content: bytes, material: Material, allowed: ExportSettings, known: Measured | None = None
) -> Search | None:
    """Find the best int8 form of an exported graph; None when it has no layer to quantize.

    ``known``, when it was measured on this very graph and host, spares the measuring.
    """
    model = onnx.load_from_string(content)
    if not layers.weighted(model):
        return None
    task = _Task(content, model, material)
    measured = known if known and known.is_of(content) else task.measure(allowed)
    file = task.file(measured.chosen)
    comparison = compare(
        material.test.labels,
        material.groups,
        scores_of(content, material.test.held),
        scores_of(file, material.test.held),
        material.scored,
    )
    reason = verdict(measured.speed_up, comparison, allowed)
    return Search(content=file, measured=measured, comparison=comparison, reason=reason)


def verdict(speed_up: float, comparison: Comparison, allowed: ExportSettings) -> Reason:
    """What speaks against int8 that is so many times as fast and answers like this; "": nothing."""
    slower = speed_up < WORTHWHILE
    score_allowed = max(LARGEST_SCORE_LOSS, allowed.largest_accuracy_loss)
    if not _within(comparison, allowed) or comparison.score_loss > score_allowed:
        return "slower and loses accuracy" if slower else "loses accuracy"
    return "slower" if slower else ""


def scores_of(content: bytes, samples: Samples | Ragged) -> Samples:
    """Scores of all samples, one at a time as on a device."""
    return in_batches(answers_of(open_session(content), ("scores",)), samples, 1)["scores"]


@dataclass(frozen=True, kw_only=True)
class _Choice:
    scheme: str
    calibration: str
    left_out: tuple[str, ...] = ()


class _Task:
    """What all candidates share: the ranges, and the fp32 answers to the selection."""

    def __init__(self, content: bytes, model: onnx.ModelProto, material: Material) -> None:
        self._content, self._model, self._material = content, model, material
        self._layers = {layers.title(model, name): name for name in layers.weighted(model)}
        if not len(material.calibration) or not len(material.selection):
            raise DataError("int8: the run has no training segments to calibrate with")
        self._features = features_of(content, material.calibration, calibrate.PIECE)
        self._ranges: dict[str, Any] = {}
        self._fp32 = self._answer(content)

    def file(self, choice: _Choice | Candidate) -> bytes:
        """Quantize as chosen; ranges are measured when a method is first asked for."""
        if choice.calibration not in self._ranges:
            self._ranges[choice.calibration] = calibrate.ranges(
                self._model, self._features, choice.calibration
            )
        nodes = [self._layers[layer] for layer in choice.left_out]
        return quantized(self._content, choice.scheme, self._ranges[choice.calibration], nodes)

    def measure(self, allowed: ExportSettings) -> Measured:
        """Try all, take the best, leave layers out until the loss is small enough, and time it."""
        tried = [
            self._candidate(_Choice(scheme=scheme, calibration=method))
            for scheme in SCHEMES
            for method in calibrate.METHODS
        ]
        scheme = self._fastest_scheme()
        best = min((one for one in tried if one.scheme == scheme), key=lambda one: one.noise)
        damage = self._damage(best)
        while not _within(best, allowed) and len(best.left_out) < len(damage) - 1:
            out = (*best.left_out, damage[len(best.left_out)].layer)
            best = self._candidate(
                _Choice(scheme=best.scheme, calibration=best.calibration, left_out=out)
            )
            tried.append(best)
            _log.info("left_out=%s noise=%.3g", ",".join(out), best.noise)
        times = self._times({"fp32": self._content, "int8": self.file(best)})
        return Measured(
            graph=hashlib.sha256(self._content).hexdigest(),
            host=host(),
            chosen=best,
            tried=tuple(tried),
            damage=damage,
            fp32=times["fp32"],
            int8=times["int8"],
        )

    def _fastest_scheme(self) -> str:
        times = self._times(
            {scheme: self.file(_Choice(scheme=scheme, calibration="minmax")) for scheme in SCHEMES}
        )
        _log.info("seconds=%s", times)
        return "U8S8" if times["S8S8"] > CLEARLY_FASTER * times["U8S8"] else "S8S8"

    def _candidate(self, choice: _Choice) -> Candidate:
        logits, scores = self._answer(self.file(choice))
        labels = self._material.selection.labels
        loss = compare(labels, np.zeros_like(labels), self._fp32[1], scores)
        return Candidate(
            scheme=choice.scheme,
            calibration=choice.calibration,
            left_out=choice.left_out,
            noise=self._noise(logits),
            accuracy_loss=loss.accuracy_loss,
            auc_loss=loss.auc_loss,
        )

    def _damage(self, best: Candidate) -> tuple[LayerDamage, ...]:
        """Quantize one layer at a time, all others float."""
        found = []
        for layer in self._layers:
            others = tuple(other for other in self._layers if other != layer)
            alone = _Choice(scheme=best.scheme, calibration=best.calibration, left_out=others)
            found.append(
                LayerDamage(layer=layer, noise=self._noise(self._answer(self.file(alone))[0]))
            )
        return tuple(sorted(found, key=lambda one: -one.noise))

    def _times(self, files: dict[str, bytes]) -> dict[str, float]:
        return interleaved(files, self._material.timed)

    def _answer(self, content: bytes) -> tuple[Samples, Samples]:
        session = answers_of(open_session(content), ("logits", "scores"))
        answers = in_batches(session, self._material.selection.held, calibrate.PIECE)
        return answers["logits"], answers["scores"]

    def _noise(self, logits: Samples) -> float:
        fp32, int8 = _about_their_mean(self._fp32[0]), _about_their_mean(logits)
        spread = np.mean(np.square(fp32, dtype=np.float64))
        return float(np.sqrt(np.mean(np.square(int8 - fp32, dtype=np.float64)) / spread))


def _about_their_mean(logits: Samples) -> Samples:
    """What of the logits decides: their mean is nothing, but a single one stands against 0."""
    if logits.shape[1] == 1:
        return logits
    centred: Samples = logits - logits.mean(axis=1, keepdims=True)
    return centred


def _within(loss: Candidate | Comparison, allowed: ExportSettings) -> bool:
    return (
        loss.accuracy_loss <= allowed.largest_accuracy_loss
        and loss.auc_loss <= allowed.largest_auc_loss
    )
