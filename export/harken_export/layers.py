"""Which nodes of an exported graph may become int8: the network between features and head.

The front-end stays float: quantized as well, decisions agree with fp32 no better than chance. So
does the head (the last matrix product and all behind it): int8 would clamp its logits.
"""

from __future__ import annotations

import onnx

WEIGHTED = ("Conv", "Gemm", "MatMul")  # hold weights: the layers that a person counts
# What stands between them and would otherwise go back to float and again to int8.
BETWEEN = ("Relu", "MaxPool", "AveragePool", "GlobalAveragePool", "Add", "Concat", "Reshape")
QUANTIZED_OPS = (*WEIGHTED, *BETWEEN)


def quantizable(model: onnx.ModelProto) -> list[str]:
    """Names of the nodes that may become int8, in the order of the graph."""
    behind = _behind(model.graph, "features")
    head = _head(model.graph)
    return [
        node.name
        for node in model.graph.node
        if node.name in behind - head and node.op_type in QUANTIZED_OPS
    ]


def weighted(model: onnx.ModelProto) -> list[str]:
    """Those of them that hold weights."""
    names = set(quantizable(model))
    constants = {tensor.name for tensor in model.graph.initializer}
    return [
        node.name
        for node in model.graph.node
        if node.name in names and node.op_type in WEIGHTED and node.input[1] in constants
    ]


def title(model: onnx.ModelProto, name: str) -> str:
    """A layer as its maker calls it: the name of its weights in the torch module."""
    node = next(node for node in model.graph.node if node.name == name)
    return str(node.input[1]).removeprefix("network.").removesuffix(".weight")


def _behind(graph: onnx.GraphProto, tensor: str) -> set[str]:
    """Names of all nodes that depend on ``tensor``; a graph's nodes stand in order."""
    reached, names = {tensor}, set()
    for node in graph.node:
        if reached & set(node.input):
            reached |= set(node.output)
            names.add(node.name)
    return names


def _head(graph: onnx.GraphProto) -> set[str]:
    """Names of the last matrix product before ``logits``, and of all nodes behind it."""
    makers = {output: node for node in graph.node for output in node.output}
    node = makers["logits"]
    while node.op_type not in WEIGHTED and node.input[0] in makers:
        node = makers[node.input[0]]
    return {node.name} | _behind(graph, node.output[0])
