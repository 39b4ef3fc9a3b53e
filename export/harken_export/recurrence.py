"""Recurrences as ONNX has them by itself: no initial state means zeros.

The exporter makes the zeros anyway, of a shape that it reads off the samples. Behind the features
nothing may look back at the samples: the part is calibrated alone, for int8. How many nodes it
takes for them varies with what was exported before, and the numbers in its names with that.
"""

from __future__ import annotations

import re

import onnx
from onnx import numpy_helper

STATES = {"LSTM": (5, 6), "GRU": (5,)}  # which inputs are initial states
NUMBERED = re.compile(r"(val|node_[A-Za-z]+)_\d+")  # names that the exporter counts up


def drop_zero_states(model: onnx.ModelProto) -> None:
    """Take initial states that are constant zeros off, and the nodes that only made them.

    Then number the names anew. A graph without recurrences is left as it is.
    """
    graph = model.graph
    if not any(node.op_type in STATES for node in graph.node):
        return
    zeros = _zeros(graph)
    for node in graph.node:
        for place in STATES.get(node.op_type, ()):
            if place < len(node.input) and node.input[place] in zeros:
                node.input[place] = ""
        while node.op_type in STATES and not node.input[-1]:
            del node.input[-1]
    _drop_unused(graph)
    _number_anew(graph)


def _zeros(graph: onnx.GraphProto) -> set[str]:
    """Names of tensors that are an expanded constant 0, or a piece of one."""
    found = {
        tensor.name
        for tensor in graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT and not numpy_helper.to_array(tensor).any()
    }
    for node in graph.node:
        if node.op_type in ("Expand", "Slice") and node.input[0] in found:
            found |= set(node.output)
    return found


def _drop_unused(graph: onnx.GraphProto) -> None:
    used = {value.name for value in graph.output}
    for node in reversed(list(graph.node)):
        if used & set(node.output):
            used |= set(node.input)
        else:
            graph.node.remove(node)
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)


def _number_anew(graph: onnx.GraphProto) -> None:
    """Rename what the exporter numbered, by the order in which the nodes speak of it."""
    names: dict[str, str] = {}

    def renamed(name: str) -> str:
        match = NUMBERED.fullmatch(name)
        if match and name not in names:
            names[name] = f"{match[1]}_{len(names)}"
        return names.get(name, name)

    for node in graph.node:
        node.name = renamed(node.name)
        for tensors in (node.input, node.output):
            tensors[:] = [renamed(tensor) for tensor in tensors]
    for tensor in graph.initializer:
        tensor.name = renamed(tensor.name)
    graph.initializer.sort(key=lambda tensor: tensor.name)
