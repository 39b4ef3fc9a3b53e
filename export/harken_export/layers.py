"""Which nodes of an exported graph may become int8: the network between features and head.

The front-end stays float: quantized as well, decisions agree with fp32 no better than chance. So
does the head (the last matrix products and all behind them): int8 would clamp its logits. So does
whatever is not float32: a network that holds a transform in float64 wants it exact. Recurrences
stay float, since the quantizer has no static form of them; layers before them may still be int8.
"""

from __future__ import annotations

import onnx

WEIGHTED = ("Conv", "Gemm", "MatMul")  # hold weights: the layers that a person counts
# What stands between them and would otherwise go back to float and again to int8.
BETWEEN = ("Relu", "MaxPool", "AveragePool", "GlobalAveragePool", "Add", "Concat", "Reshape")
QUANTIZED_OPS = (*WEIGHTED, *BETWEEN)


def quantizable(model: onnx.ModelProto) -> list[str]:
    """Names of the nodes that may become int8, in the order of the graph.

    What stands between is taken where it touches a layer, itself or through others of its kind.
    """
    allowed, single = _allowed(model)
    names = set(weighted(model))
    tensors: set[str] = set()
    found = -1
    while found < len(names):
        found = len(names)
        for node in allowed:
            own = single & {*node.input, *node.output}
            if node.name in names or (node.op_type in BETWEEN and tensors & own):
                names.add(node.name)
                tensors |= own
    return [node.name for node in allowed if node.name in names]


def weighted(model: onnx.ModelProto) -> list[str]:
    """Those of them that hold weights."""
    constants = {tensor.name for tensor in model.graph.initializer}
    return [
        node.name
        for node in _allowed(model)[0]
        if node.op_type in WEIGHTED and node.input[1] in constants
    ]


def title(model: onnx.ModelProto, name: str) -> str:
    """A layer as its maker calls it: the name of its weights in the torch module."""
    node = next(node for node in model.graph.node if node.name == name)
    return str(node.input[1]).removeprefix("network.").removesuffix(".weight")


def _allowed(model: onnx.ModelProto) -> tuple[list[onnx.NodeProto], set[str]]:
    """Nodes that may be int8 by place, type and kind, in order; and all float32 tensors there."""
    names = _behind(model.graph, "features") - _head(model.graph)
    nodes = [node for node in model.graph.node if node.name in names]
    inferred = onnx.shape_inference.infer_shapes(model).graph
    single = {
        value.name
        for value in (*inferred.value_info, *inferred.output)
        if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    }
    made = single & {output for node in nodes for output in node.output}
    return [n for n in nodes if n.op_type in QUANTIZED_OPS and n.output[0] in made], made


def _behind(graph: onnx.GraphProto, tensor: str) -> set[str]:
    """Names of all nodes that depend on ``tensor``; a graph's nodes stand in order."""
    reached, names = {tensor}, set()
    for node in graph.node:
        if reached & set(node.input):
            reached |= set(node.output)
            names.add(node.name)
    return names


def _head(graph: onnx.GraphProto) -> set[str]:
    """Names of the last matrix products before ``logits``, and of all nodes behind them.

    They are one, or one for each of several networks whose logits are brought together.
    """
    makers = {output: node for node in graph.node for output in node.output}
    names, waiting = set[str](), ["logits"]
    while waiting:
        node = makers.get(waiting.pop())
        if node is None or node.name in names:
            continue
        names.add(node.name)
        if node.op_type in WEIGHTED:
            names |= _behind(graph, node.output[0])
        else:
            waiting += [tensor for tensor in node.input if tensor != "embedding"]
    return names
