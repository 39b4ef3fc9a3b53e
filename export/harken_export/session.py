"""A file's bytes run by onnxruntime as a device runs them: one thread, no spinning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnxruntime

from harken.stream import Samples
from harken_train.classifier import Stages
from harken_train.ragged import Ragged, in_rectangles

OUTPUTS = Stages._fields
Answers = Mapping[str, Samples]  # by output; the first axis is the batch
Answer = Callable[[Samples], Answers]  # (batch, channels, window) samples in

LEVELS = {
    "none": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,  # what a device uses
}


def in_batches(answer: Answer, samples: Samples | Ragged, batch: int) -> Answers:
    """Ask for ``batch`` inputs at a time, the last time for what is left.

    Of whole recordings those of one length are asked for together; the answers stand in the order
    of the recordings, so what is asked for must not be as long as they are.
    """
    if isinstance(samples, Ragged):
        return _in_order(answer, samples, batch)
    parts = [answer(samples[k : k + batch]) for k in range(0, len(samples), batch)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _in_order(answer: Answer, samples: Ragged, batch: int) -> Answers:
    found: dict[str, Samples] = {}
    for numbers, alike in in_rectangles(samples, batch):
        for name, rows in answer(alike).items():
            places = found.setdefault(name, np.empty((len(samples), *rows.shape[1:]), rows.dtype))
            places[numbers] = rows
    return found


def features_of(content: bytes, samples: Samples | Ragged, batch: int) -> Samples | Ragged:
    """What the graph's front-end makes of them; of recordings with lengths of their own, such."""
    answer = answers_of(open_session(content), ("features",))
    if not isinstance(samples, Ragged):
        return answer(samples)["features"]
    found: dict[int, Samples] = {}
    for numbers, alike in in_rectangles(samples, batch):
        found |= zip(numbers.tolist(), answer(alike)["features"], strict=True)
    return Ragged.of([found[number] for number in range(len(samples))])


def open_session(content: bytes, *, level: str = "all", threads: int = 1) -> Any:
    """Open a session; ``level`` is how far onnxruntime may rewrite the graph."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = LEVELS[level]
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def answers_of(session: Any, outputs: tuple[str, ...] = OUTPUTS) -> Answer:
    """Make a session a plain function from samples, its only input, to named outputs."""
    [taken] = session.get_inputs()

    def answer(samples: Samples) -> Answers:
        return dict(zip(outputs, session.run(list(outputs), {taken.name: samples}), strict=True))

    return answer
