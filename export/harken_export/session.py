"""A file's bytes run by onnxruntime as a device runs them: one thread, no spinning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import onnxruntime

from harken.stream import Samples
from harken_train.classifier import Stages

OUTPUTS = Stages._fields
Answers = Mapping[str, Samples]  # by output; the first axis is the batch
Answer = Callable[[Samples], Answers]  # (batch, channels, window) samples in

LEVELS = {
    "none": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,  # what a device uses
}


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
