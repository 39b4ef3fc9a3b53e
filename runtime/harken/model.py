"""The one place of the runtime that imports onnxruntime: a verified file, ready to answer."""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from harken import onnx_file, quality
from harken.contract import KEY, Contract, ModelInput, from_json
from harken.decision import Decision
from harken.errors import DataError, ModelError, RefusedError
from harken.model_file import read_model
from harken.probe import ProbeResult, differences, probe_inputs
from harken.seal import check_seal
from harken.stream import Block, Framer, Gap, Samples, Window, to_float


class Model:
    """An exported file: its contract, and its answers. Safe to use from one thread at a time.

    ``file`` is a path, or the bytes of a file. The bytes that were checked are the bytes that
    run: the path is read once. ``probe`` runs the self-test at once and raises `RefusedError`
    when it fails. Raises `MissingInputError`, `ModelError`, `RefusedError`.
    """

    def __init__(self, file: str | Path | bytes, *, probe: bool = False, threads: int = 1) -> None:
        self.name = "model" if isinstance(file, bytes) else str(file)
        content = file if isinstance(file, bytes) else read_model(Path(file))
        parsed = onnx_file.parse(content, self.name)
        if KEY not in parsed.metadata:
            raise ModelError(
                f"{self.name}: has no harken contract; harken runs files made by harken-export"
            )
        self.contract: Contract = from_json(parsed.metadata[KEY], self.name)
        check_seal(parsed, self.contract, self.name)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._session = _open(content, self.name, threads)
        _check_shapes(self._session, self.contract, self.name)
        if probe:
            self.check_probe()

    def run(self, windows: Samples, outputs: Sequence[str] = ("scores",)) -> list[Samples]:
        """Give the named outputs for ``(batch, channels, window)`` samples, as they come.

        Nothing is checked but the shape; `classify` and `stream` check the samples as well.
        """
        wanted = self.contract.input
        if windows.ndim != 3 or windows.shape[1:] != (wanted.channels, wanted.window):
            raise DataError(
                f"{self.name}: takes (batch, {wanted.channels}, {wanted.window}) {wanted.name}, "
                f"got {tuple(windows.shape)}"
            )
        known = [output.name for output in self.contract.outputs]
        for name in outputs:
            if name not in known:
                raise DataError(f"{self.name}: has no output {name!r}; it has {', '.join(known)}")
        try:
            answers: list[Samples] = self._session.run(list(outputs), {wanted.name: windows})
        except Exception as error:  # noqa: BLE001  # see _open
            raise ModelError(f"{self.name}: onnxruntime fails on it, {_one_line(error)}") from None
        return answers

    def classify(self, samples: npt.ArrayLike, *, rate: int | None = None) -> list[Decision]:
        """Decide every whole window of one recording: ``(n,)`` or ``(channels, n)`` samples.

        Integers are scaled as the contract says, floats are in its unit. ``rate``, when given,
        must be the contract's. A recording shorter than one window is `DataError`. A model of
        spectrograms takes one, ``(bands, columns)``, values as they are.
        """
        wanted = self.contract.input
        if rate is not None:
            self.check_rate(rate, "samples")
        array = np.asarray(samples)
        if array.ndim == 1:
            array = array[None]
        if array.ndim == 2 and array.shape[0] == wanted.channels and array.shape[1] < wanted.window:
            raise DataError(
                f"{array.shape[1]} {_unit_of(wanted)} are too few: {self.name} decides on windows "
                f"of {wanted.window} ({wanted.window / wanted.rate:.3g} s)"
            )
        return self.stream().push(array)

    def stream(self, streams: int = 1) -> Stream:
        """Start one stream, or ``streams`` sensors that are heard in step as one batch."""
        return Stream(self, streams)

    def check_rate(self, rate: int, source: str) -> None:
        """Raise `DataError` unless ``rate`` is the contract's; harken never resamples unasked."""
        wanted = self.contract.input.rate
        if rate != wanted:
            raise DataError(
                f"{source}: has {rate} Hz, {self.name} listens at {wanted} Hz; "
                f"record at {wanted} Hz, or resample (files: --resample)"
            )

    def selftest(self) -> list[ProbeResult]:
        """Answer the probe on this machine and hold the answers to the export's."""
        wanted, probe = self.contract.input, self.contract.probe
        inputs = probe_inputs(probe.count, wanted.channels, wanted.window, wanted.scale)
        names = [expected.output for expected in probe.expected]
        singles = [self.run(inputs[k : k + 1], names) for k in range(probe.count)]
        answers = {
            name: np.concatenate([single[n] for single in singles]) for n, name in enumerate(names)
        }
        return differences(probe, answers)

    def check_probe(self) -> None:
        """Raise `RefusedError` unless every output of the self-test is within its tolerance."""
        results = self.selftest()
        if not results:
            raise RefusedError(f"{self.name}: has no probe to prove itself by; export it again")
        for result in results:
            if not result.passed:
                raise RefusedError(
                    f"{self.name}: fails its probe, {result.output} differs by "
                    f"{result.difference:.3g} where {result.tolerance:.3g} is allowed; "
                    f"the file or this machine's onnxruntime is at fault"
                )


class Stream:
    """Samples in pieces of any size in, decisions out; see `Model.stream`.

    Decisions are the same to the bit however the samples are cut into pieces.
    """

    def __init__(self, model: Model, streams: int = 1) -> None:
        if streams < 1:
            raise DataError(f"need at least one stream, got {streams}")
        wanted = model.contract.input
        self._model, self._streams = model, streams
        self._framer = Framer(
            window=wanted.window, hop=model.contract.hop, channels=streams * wanted.channels
        )
        self._next = 0

    def push(self, samples: npt.ArrayLike, *, first: int | None = None) -> list[Decision]:
        """Take the next piece; give the decisions it completes, oldest first, stream by stream.

        One stream: ``(n,)`` or ``(channels, n)``; several: ``(streams, n)`` for one channel,
        else ``(streams, channels, n)``. ``first`` is the position of the piece's first sample:
        later than the end of the last piece means a gap, which gives an invalid decision.
        """
        wanted = self._model.contract.input
        shaped = self._shaped(np.asarray(samples))
        block = (
            np.asarray(shaped, np.float32)
            if wanted.is_spectrogram
            else to_float(shaped, wanted.scale)
        )
        start = self._next if first is None else first
        found = self._framer.push(Block(start, block))
        self._next = start + block.shape[1]
        return [decision for item in found for decision in self._decide(item)]

    def answer_by(self, model: Model) -> None:
        """Let ``model`` answer from the next window on; no window is lost between the two.

        `DataError` unless it takes the same input at the same hop.
        """
        old, new = self._model.contract, model.contract
        if (old.input, old.hop) != (new.input, new.hop):
            raise DataError(
                f"{model.name}: has another input or hop than the model that runs; start anew"
            )
        self._model = model

    def _shaped(self, samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
        channels, streams = self._model.contract.input.channels, self._streams
        if samples.ndim == 1 and channels * streams == 1:
            return samples[None]
        rows = channels * streams
        if samples.ndim == 2 and samples.shape[0] == rows and 1 in (channels, streams):
            return samples
        if samples.ndim == 3 and samples.shape[:2] == (streams, channels):
            return samples.reshape(streams * channels, -1)
        shape = (channels, "n") if streams == 1 else (streams, channels, "n")
        raise DataError(
            f"{self._model.name}: takes {self._model.contract.input.name} of shape {shape!r}, "
            f"got {samples.shape}".replace("'", "")
        )

    def _decide(self, item: Window | Gap) -> list[Decision]:
        if isinstance(item, Gap):
            return [
                Decision(first=item.first, last=item.last, valid=False, reason="gap", stream=k)
                for k in range(self._streams)
            ]
        contract = self._model.contract
        windows = item.samples.reshape(self._streams, contract.input.channels, -1)
        if contract.input.is_spectrogram:
            verdicts = [quality.check_spectrogram(window) for window in windows]
        else:
            verdicts = [quality.check(window, contract.input.scale) for window in windows]
        fit = [k for k, verdict in enumerate(verdicts) if verdict.reason is None]
        scores: dict[int, list[float]] = {}
        if fit:
            with contextlib.suppress(ModelError):  # a window without scores is "no_answer"
                heard = windows if len(fit) == len(windows) else windows[fit]
                answers = self._model.run(np.ascontiguousarray(heard))[0]
                scores = dict(zip(fit, answers.tolist(), strict=True))
        return [
            _decision(item, k, verdict, scores.get(k), contract.classes)
            for k, verdict in enumerate(verdicts)
        ]


def _decision(
    window: Window,
    stream: int,
    verdict: quality.Verdict,
    scores: list[float] | None,
    classes: tuple[str, ...],
) -> Decision:
    if scores is None or not all(map(math.isfinite, scores)):
        return Decision(
            first=window.first,
            last=window.last,
            valid=False,
            reason=verdict.reason or "no_answer",
            quality=verdict.notes,
            stream=stream,
        )
    best = scores.index(max(scores))
    return Decision(
        first=window.first,
        last=window.last,
        valid=True,
        label=classes[best],
        score=scores[best],
        scores=tuple(scores),
        quality=verdict.notes,
        stream=stream,
    )


def _unit_of(wanted: ModelInput) -> str:
    return "columns" if wanted.is_spectrogram else "samples"


def _open(content: bytes, name: str, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4  # an error is raised and told once, not logged as well
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001  # onnxruntime raises a dozen unrelated types, one a failing
        raise ModelError(f"{name}: onnxruntime refuses it, {_one_line(error)}") from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _check_shapes(session: Any, contract: Contract, name: str) -> None:
    """The graph must be what its contract says it is."""
    inputs = {node.name: (node.shape, node.type) for node in session.get_inputs()}
    outputs = {node.name: node.shape for node in session.get_outputs()}
    wanted = contract.input
    shape, kind = inputs.get(wanted.name, ([], ""))
    if (
        set(inputs) != {wanted.name}
        or kind != "tensor(float)"
        or shape[1:] != [wanted.channels, wanted.window]
        or isinstance(shape[0], int)  # a fixed batch would answer one stream and fail for two
    ):
        raise ModelError(
            f"{name}: its contract says (any batch, {wanted.channels}, {wanted.window}) float "
            f"{wanted.name!r}, its graph takes {inputs}"
        )
    for output in contract.outputs:
        if list(outputs.get(output.name, [None]))[1:] != list(output.shape):
            raise ModelError(
                f"{name}: its contract says output {output.name!r} has shape {output.shape}, "
                f"its graph gives {outputs.get(output.name, 'none')}"
            )
    scores = next((output for output in contract.outputs if output.name == "scores"), None)
    if scores is None or scores.shape != (len(contract.classes),):
        raise ModelError(f"{name}: need an output 'scores' with one value a class")
