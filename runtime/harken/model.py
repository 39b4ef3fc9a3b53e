"""The one place of the runtime that imports onnxruntime: a verified file, ready to answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from harken import onnx_file
from harken.contract import KEY, VARIES, Contract, ModelInput, from_json
from harken.decider import Stream
from harken.decision import Decision
from harken.errors import DataError, ModelError, RefusedError, SettingsError
from harken.model_file import read_model
from harken.probe import ProbeResult, differences, probe_inputs
from harken.seal import check_seal
from harken.stream import Samples


class Model:
    """An exported file: its contract, and its answers. Safe to use from one thread at a time.

    ``file`` is a path, or the bytes of a file. The bytes that were checked are the bytes that
    run: the path is read once. ``probe`` runs the self-test at once and raises `RefusedError`
    when it fails. ``abstain`` is the share of recordings that may go unanswered: decisions whose
    score is below the contract's for that share are ``unsure``. Raises `MissingInputError`,
    `ModelError`, `RefusedError`, and `SettingsError` for a share that the contract does not have.
    """

    def __init__(
        self,
        file: str | Path | bytes,
        *,
        probe: bool = False,
        threads: int = 1,
        abstain: float | None = None,
    ) -> None:
        self.name = "model" if isinstance(file, bytes) else str(file)
        content = file if isinstance(file, bytes) else read_model(Path(file))
        parsed = onnx_file.parse(content, self.name)
        if KEY not in parsed.metadata:
            raise ModelError(
                f"{self.name}: has no harken contract; harken runs files made by harken-export"
            )
        self.contract: Contract = from_json(parsed.metadata[KEY], self.name)
        check_seal(parsed, self.contract, self.name)
        self.unsure_below = (
            0.0 if abstain is None else _threshold(self.contract, abstain, self.name)
        )
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._session = _open(content, self.name, threads)
        _check_shapes(self._session, self.contract, self.name)
        if probe:
            self.check_probe()

    def run(self, windows: Samples, outputs: Sequence[str] = ("scores",)) -> list[Samples]:
        """Give the named outputs for ``(batch, channels, window)`` samples, as they come.

        A model of whole recordings takes any length that its contract says in place of ``window``.
        Nothing is checked but the shape; `classify` and `stream` check the samples as well.
        """
        wanted = self.contract.input
        if (
            windows.ndim != 3
            or windows.shape[1] != wanted.channels
            or not wanted.least <= windows.shape[2] <= wanted.most
        ):
            raise DataError(
                f"{self.name}: takes (batch, {wanted.channels}, {_lengths(wanted)}) "
                f"{wanted.name}, got {tuple(windows.shape)}"
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
        """Decide one recording, ``(n,)`` or ``(channels, n)`` samples: every whole window of it.

        A model of whole recordings gives one decision on all of it; of more than it takes at once,
        the decisions on the windows and then, the last, their mean.

        Integers are scaled as the contract says, floats are in its unit. ``rate``, when given,
        must be the contract's. A recording shorter than one window, or than the model takes, is
        `DataError`. A model of spectrograms takes one, ``(bands, columns)``, values as they are.
        """
        wanted = self.contract.input
        if rate is not None:
            self.check_rate(rate, "samples")
        array = np.asarray(samples)
        if array.ndim == 1:
            array = array[None]
        if array.ndim == 2 and array.shape[0] == wanted.channels and array.shape[1] < wanted.least:
            raise DataError(
                f"{array.shape[1]} {_unit_of(wanted)} are too few: {self.name} decides on "
                f"{decides_on(wanted)}"
            )
        if wanted.any_length and array.ndim and array.shape[-1] <= wanted.most:
            stream = Stream(self, window=wanted.most + 1)  # none is so long: the end alone decides
        else:
            stream = self.stream()
        return [*stream.push(array), *stream.end()]

    def stream(self, streams: int = 1) -> Stream:
        """Start one stream, or ``streams`` sensors that are heard in step as one batch."""
        return Stream(self, streams)

    def stretches(self, samples: npt.ArrayLike) -> list[Decision]:
        """Decide stretches of a recording: the shortest that the model takes, one a second.

        They show which part of a recording that was decided whole speaks for what. `DataError`
        from a model of windows.
        """
        wanted = self.contract.input
        if not wanted.any_length:
            raise DataError(f"{self.name}: decides on windows, which are its stretches")
        return Stream(self, window=wanted.least, hop=wanted.rate).push(samples)

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


def decides_on(wanted: ModelInput) -> str:
    """What one decision of such a model is made from, in words."""
    seconds = f"{wanted.least / wanted.rate:.3g}"
    if wanted.any_length:
        return f"recordings of {_lengths(wanted)} ({seconds} to {wanted.most / wanted.rate:.3g} s)"
    return f"windows of {wanted.window} ({seconds} s)"


def _unit_of(wanted: ModelInput) -> str:
    return "columns" if wanted.is_spectrogram else "samples"


def _lengths(wanted: ModelInput) -> str:
    return f"{wanted.least} to {wanted.most}" if wanted.any_length else f"{wanted.window}"


def _threshold(contract: Contract, abstain: float, name: str) -> float:
    """Score below which a decision is unsure, where this share of recordings may be."""
    thresholds = {float(rate): below for rate, below in contract.abstain.items()}
    if abstain not in thresholds:
        there_are = ", ".join(f"{rate:g}" for rate in sorted(thresholds)) or "none"
        raise SettingsError(
            f"abstain: {name} has no threshold for a share of {abstain:g} of recordings; "
            f"there are: {there_are}"
        )
    return thresholds[abstain]


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


def _sizes(shape: Sequence[int | str | None]) -> list[int]:
    """Sizes of a graph's value; one that has a name in place of a number varies."""
    return [size if isinstance(size, int) else VARIES for size in shape]


def _check_shapes(session: Any, contract: Contract, name: str) -> None:
    """The graph must be what its contract says it is."""
    inputs = {node.name: (node.shape, node.type) for node in session.get_inputs()}
    outputs = {node.name: node.shape for node in session.get_outputs()}
    wanted = contract.input
    shape, kind = inputs.get(wanted.name, ([], ""))
    window = VARIES if wanted.any_length else wanted.window
    if (
        set(inputs) != {wanted.name}
        or kind != "tensor(float)"
        or _sizes(shape) != [VARIES, wanted.channels, window]  # a fixed batch fails for two streams
    ):
        raise ModelError(
            f"{name}: its contract says (any batch, {wanted.channels}, {_lengths(wanted)}) float "
            f"{wanted.name!r}, its graph takes {inputs}"
        )
    for output in contract.outputs:
        if _sizes(outputs.get(output.name, []))[1:] != list(output.shape):
            raise ModelError(
                f"{name}: its contract says output {output.name!r} has shape {output.shape}, "
                f"its graph gives {outputs.get(output.name, 'none')}"
            )
    scores = next((output for output in contract.outputs if output.name == "scores"), None)
    if scores is None or scores.shape != (len(contract.classes),):
        raise ModelError(f"{name}: need an output 'scores' with one value a class")
