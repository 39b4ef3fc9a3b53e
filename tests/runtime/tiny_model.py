"""A model of a few hundred bytes, with contract and probe, for tests that need a real file.

It answers by the mean energy of the window, or of the whole recording when it takes any length: a
quiet one is the first class, a loud one the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from harken.contract import KEY, VARIES, Contract, ModelInput, Output, to_json
from harken.probe import Expected, Probe, probe_inputs
from harken.stream import Samples

LOUD = 0.02  # mean energy where first and last class are equally likely; full scale is 1
STEEPNESS = 200.0  # logit a unit of energy: the probe's answers then stay well off 0 and 1
FLOAT32_ROUNDING = 1e-4  # of a score; the sums of the probe err by 1e-6


def build(
    *,
    window: int = 256,
    hop: int = 128,
    channels: int = 1,
    rate: int = 8000,
    classes: Sequence[str] = ("normal", "fault"),
    name: str = "tiny",
    honest: bool = True,
    takes: Literal["samples", "spectrogram"] = "samples",
    lengths: tuple[int, int] | None = None,
    unit: str = "full scale",
    scale: float = 1.0,
    levels: tuple[float, float] | None = None,
    words: Mapping[str, str] | None = None,
    abstain: Mapping[str, float] | None = None,
    limits: str = "",
) -> bytes:
    """Give the bytes of an ONNX file; ``honest=False`` makes one that fails its probe.

    With ``lengths`` it takes any from the one to the other, and gives the power of each sample too.
    """
    varies = lengths is not None
    slope = np.zeros((1, len(classes)), np.float32)
    slope[0, -1] = STEEPNESS
    offset = np.full(len(classes), -20.0, np.float32)
    offset[0], offset[-1] = 0.0, -STEEPNESS * LOUD
    shapes: dict[str, tuple[int, ...]] = {"scores": (len(classes),)}
    if varies:
        shapes["power"] = (channels, VARIES)
    shape = ["batch", channels, "length" if varies else window]
    graph = helper.make_graph(
        [
            *(_mean_of_any(takes) if varies else _mean_of_window(takes)),
            helper.make_node("Gemm", ["energy", "slope", "offset"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["scores"]),
        ],
        "tiny",
        [helper.make_tensor_value_info(takes, TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info(
                output,
                TensorProto.FLOAT,
                ["batch", *("length" if size == VARIES else size for size in sizes)],
            )
            for output, sizes in shapes.items()
        ],
        [
            *_constants(varies=varies, size=channels * window),
            numpy_helper.from_array(slope, "slope"),
            numpy_helper.from_array(offset, "offset"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    contract = Contract(
        name=name,
        input=ModelInput(
            name=takes,
            rate=rate,
            channels=channels,
            window=window,
            scale=scale,
            unit=unit,
            levels=levels,
            shortest=lengths[0] if lengths else None,
            longest=lengths[1] if lengths else None,
        ),
        hop=hop,
        outputs=tuple(Output(name=output, shape=sizes) for output, sizes in shapes.items()),
        classes=tuple(classes),
        normal=(classes[0],),
        words=words or {},
        abstain=abstain or {},
        limits=limits,
        probe=_probe(probe_inputs(4, channels, window, scale), slope[0], offset, honest=honest),
    )
    model.metadata_props.append(onnx.StringStringEntryProto(key=KEY, value=to_json(contract)))
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _mean_of_window(takes: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Flatten", [takes], ["flat"]),
        helper.make_node("Mul", ["flat", "flat"], ["power"]),
        helper.make_node("MatMul", ["power", "average"], ["energy"]),
    ]


def _mean_of_any(takes: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Mul", [takes, takes], ["power"]),
        helper.make_node("ReduceMean", ["power", "both"], ["mean"], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "last"], ["energy"]),
    ]


def _constants(*, varies: bool, size: int) -> list[TensorProto]:
    if not varies:
        return [numpy_helper.from_array(np.full((size, 1), 1 / size, np.float32), "average")]
    return [
        numpy_helper.from_array(np.array(axes, np.int64), name)
        for name, axes in (("both", [1, 2]), ("last", [1]))
    ]


def _probe(inputs: Samples, slope: Samples, offset: Samples, *, honest: bool) -> Probe:
    """The true answers, by the same sums in float64."""
    energy = np.mean(inputs.astype(np.float64) ** 2, axis=(1, 2))[:, None]
    powers = np.exp(energy * slope + offset)
    scores = powers / powers.sum(axis=1, keepdims=True)
    rows = scores if honest else 1.0 - scores
    expected = Expected(
        output="scores", tolerance=FLOAT32_ROUNDING, rows=tuple(tuple(map(float, r)) for r in rows)
    )
    return Probe(count=len(inputs), expected=(expected,))


def tone(seconds: float, level: float, *, rate: int = 8000) -> Samples:
    """A tone of 440 Hz with amplitude ``level``: above 0.3 it is loud, below 0.1 quiet."""
    time = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * 440.0 * time)).astype(np.float32)
