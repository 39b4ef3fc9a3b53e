"""A torch module -> the bytes of one plain ONNX file, the same bytes every time.

What is written is what the oldest supported onnxruntime (1.20) reads: operator set 18, the lowest
that the exporter writes itself (asked for less it writes 18 without a word), and IR version 9,
which onnxruntime reads since 1.16. No custom operators, no functions, no external data; the batch
is the only dynamic dimension, and the length where whole recordings are taken. All of it is checked
on the result, since the exporter falls back silently.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence

import onnx
import torch
from torch import Tensor, nn

import harken
from harken.errors import ModelError
from harken_export.recurrence import with_onnx_recurrences

OPSET = 18
IR_VERSION = 9
SAMPLES = "samples"
BATCH, LENGTH = "batch", "length"

# Told by the exporter on every call, and of no use to who exports.
_NOISY_LOGGER = "torch.onnx._internal.exporter._registration"  # "torchvision is not installed"
_KNOWN_WARNINGS = (
    # torch.export copies its own tree specs in a way that its next release deprecates.
    (r"`isinstance\(treespec, LeafSpec\)` is deprecated", FutureWarning),
)


def to_onnx(
    module: nn.Module,
    example: Tensor,
    output_names: Sequence[str],
    input_name: str = SAMPLES,
    lengths: tuple[int, int] | None = None,
) -> bytes:
    """Export ``module``, which must be in eval mode, as one self-contained ONNX file.

    ``example`` is (any batch, channels, window) float32: its last two sizes become static, its
    values do not matter. With ``lengths``, the shortest and the longest, the last one is any from
    the one to the other. ``output_names`` name what the module gives, in order. Raises
    `ModelError` when the graph is not as promised above.
    """
    if module.training:
        raise ModelError("the module to export is in training mode; call eval() first")
    two = torch.cat([example[:1], example[:1]])  # a batch of 1 would be taken for a constant
    dynamic = {0: torch.export.Dim(BATCH, min=1)}
    if lengths is not None:
        # Without the longest: torch, looking for a length to advise, fails where none is in range.
        dynamic[2] = torch.export.Dim(LENGTH, min=lengths[0])
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            with_onnx_recurrences(module),
            (two,),
            dynamo=True,
            input_names=[input_name],
            output_names=list(output_names),
            opset_version=OPSET,
            dynamic_shapes=(dynamic,),
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise ModelError("torch.onnx gave no program for this module")
    model = stripped(program.model_proto)
    channels, window = example.shape[1:]
    check(model, (channels, window if lengths is None else LENGTH), output_names, input_name)
    return to_bytes(model)


def stripped(model: onnx.ModelProto) -> onnx.ModelProto:
    """Give the model without what only its maker needs: stack traces, local paths, value shapes."""
    plain = onnx.ModelProto()
    plain.CopyFrom(model)
    plain.ir_version = IR_VERSION
    plain.producer_name, plain.producer_version = "harken", harken.__version__
    plain.ClearField("doc_string")
    plain.ClearField("metadata_props")
    graph = plain.graph
    graph.name = "harken"
    graph.ClearField("doc_string")
    graph.ClearField("metadata_props")
    graph.ClearField("value_info")
    for item in (*graph.node, *graph.initializer, *graph.input, *graph.output):
        item.ClearField("doc_string")
        item.ClearField("metadata_props")
    return plain


def to_bytes(model: onnx.ModelProto) -> bytes:
    """Serialize with maps in sorted order: equal models give equal bytes."""
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def check(
    model: onnx.ModelProto,
    sample_shape: tuple[int | str, ...],
    outputs: Sequence[str],
    input_name: str = SAMPLES,
) -> None:
    """Raise `ModelError` unless the graph is plain: see this file's first lines.

    ``sample_shape`` is (channels, window), static, or (channels, `LENGTH`); then the last size of
    an output may go with the length, and does by a name. ``outputs`` are the names in order.
    """
    opsets = {opset.domain: opset.version for opset in model.opset_import}
    if opsets != {"": OPSET} or model.ir_version != IR_VERSION:
        raise ModelError(
            f"the graph has operator sets {opsets} and IR {model.ir_version}, "
            f"wanted {OPSET} of the standard ones and IR {IR_VERSION}"
        )
    if len(model.functions):
        raise ModelError("the graph holds functions, which were to be inlined")
    foreign = sorted({f"{node.domain}::{node.op_type}" for node in model.graph.node if node.domain})
    if foreign:
        raise ModelError(f"the graph holds custom operators: {', '.join(foreign)}")
    if any(tensor.external_data for tensor in model.graph.initializer):
        raise ModelError("the graph holds external data")
    if [value.name for value in model.graph.output] != list(outputs):
        raise ModelError(
            f"the graph's outputs are {[value.name for value in model.graph.output]}, "
            f"wanted {list(outputs)}"
        )
    if [value.name for value in model.graph.input] != [input_name]:
        raise ModelError(f"the graph's only input must be {input_name!r}")
    if shape_of(model.graph.input[0]) != (BATCH, *sample_shape):
        raise ModelError(
            f"the graph takes {shape_of(model.graph.input[0])}, wanted {(BATCH, *sample_shape)}"
        )
    for value in model.graph.output:
        batch, *rest = shape_of(value) or (None,)
        static = rest[:-1] if sample_shape[-1] == LENGTH else rest
        if batch != BATCH or not all(isinstance(size, int) for size in static):
            raise ModelError(
                f"output {value.name!r} has shape {shape_of(value)}, "
                f"wanted a dynamic batch first and the rest static"
            )
    onnx.checker.check_model(model)


def shape_of(value: onnx.ValueInfoProto) -> tuple[int | str, ...]:
    """Sizes of a graph input or output; a dynamic one is its name."""
    return tuple(
        size.dim_param if size.HasField("dim_param") else int(size.dim_value)
        for size in value.type.tensor_type.shape.dim
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's known noise from the user; any other warning comes through."""
    noisy = logging.getLogger(_NOISY_LOGGER)
    level = noisy.level
    noisy.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for message, category in _KNOWN_WARNINGS:
                warnings.filterwarnings("ignore", message=message, category=category)
            yield
    finally:
        noisy.setLevel(level)
