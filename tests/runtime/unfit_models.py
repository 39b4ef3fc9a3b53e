"""Model files that a device must refuse, by name: right models edited, and bytes that are none."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tests.runtime import tiny_model

from harken.contract import KEY
from harken.onnx_file import NEWEST_IR, NEWEST_OPSET
from harken.protobuf import bytes_field, encoded

TINY = tiny_model.build()
Edit = Callable[[onnx.ModelProto], None]


def edited(edit: Edit) -> bytes:
    model = onnx.load_from_string(TINY)
    edit(model)
    content: bytes = model.SerializeToString()
    return content


def outside(tensor: TensorProto, place: str) -> TensorProto:
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=place)
    return tensor


def weights() -> TensorProto:
    return numpy_helper.from_array(np.zeros((2, 2), np.float32), "outside")


def branch(*initializers: TensorProto, body: tuple[onnx.NodeProto, ...] = ()) -> onnx.GraphProto:
    return helper.make_graph(list(body), "branch", [], [], list(initializers))


def nested(levels: int, *initializers: TensorProto) -> onnx.NodeProto:
    graph = branch(*initializers)
    for _ in range(levels - 1):
        graph = branch(body=(helper.make_node("If", ["c"], ["o"], then_branch=graph),))
    return helper.make_node("If", ["c"], ["o"], then_branch=graph)


def node(operator: str, **attributes: object) -> Edit:
    return lambda model: model.graph.node.append(
        helper.make_node(operator, [], ["o"], **attributes)
    )


def outside_by(place: str) -> Edit:
    return lambda model: model.graph.initializer.append(outside(weights(), place))


def entries_alone(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer.add(dims=[0], data_type=1, name="outside")
    tensor.external_data.add(key="location", value="weights.bin")


def declared(*dims: int, data_type: int = 1, raw: bytes | None = None) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer.add(dims=dims, data_type=data_type, name="large")
        if raw is not None:
            tensor.raw_data = raw

    return edit


def sparse(model: onnx.ModelProto) -> None:
    values = outside(weights(), "x")
    indices = numpy_helper.from_array(np.zeros(2, np.int64), "i")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [4]))


def input_of(kind: onnx.TypeProto) -> Edit:
    return lambda model: model.graph.input.append(helper.make_value_info("x", kind))


def set_head(opset: int = 18, ir: int = 9) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        model.opset_import[0].version = opset
        model.ir_version = ir

    return edit


def function(model: onnx.ModelProto) -> None:
    model.functions.append(
        helper.make_function("own", "f", [], [], [], [helper.make_opsetid("", 18)])
    )


def entry_twice(key: str) -> Edit:
    def edit(model: onnx.ModelProto) -> None:
        for value in "12":
            model.metadata_props.add(key=key, value=value)

    return edit


FLOATS = helper.make_tensor_type_proto(TensorProto.FLOAT, [1])
EDITS: dict[str, tuple[Edit, str]] = {
    **{
        f"external data at {place}": (outside_by(place), "keeps its data outside the file")
        for place in ("weights.bin", "../x", "/etc/passwd", "/proc/self/mem", "/dev/zero", "")
    },
    "external entries without the flag": (entries_alone, "keeps its data outside the file"),
    "external data in an attribute": (
        node("Constant", value=outside(weights(), "x")),
        "keeps its data outside the file",
    ),
    "external data in a list of tensors": (
        node("Custom", tensors=[weights(), outside(weights(), "x")]),
        "keeps its data outside the file",
    ),
    "external data in a subgraph": (
        lambda model: model.graph.node.append(nested(3, outside(weights(), "x"))),
        "keeps its data outside the file",
    ),
    "external data in a sparse tensor": (sparse, "keeps its data outside the file"),
    "10 graphs in one another": (
        lambda model: model.graph.node.append(nested(9)),
        "graphs nested deeper than 8",
    ),
    "opset 99": (set_head(opset=99), f"reads up to {NEWEST_IR} and {NEWEST_OPSET}"),
    "IR 99": (set_head(ir=99), f"reads up to {NEWEST_IR} and {NEWEST_OPSET}"),
    "opset 0": (set_head(opset=0), "no IR version or no operator set"),
    "no IR": (lambda model: model.ClearField("ir_version"), "no IR version or no operator set"),
    "no graph": (lambda model: model.ClearField("graph"), "no graph"),
    "custom operator": (node("Own", domain="my.domain"), "an operator of 'my.domain'"),
    "contrib operator": (node("FusedConv", domain="com.microsoft"), "of 'com.microsoft'"),
    "custom operator in a subgraph": (
        lambda model: model.graph.node.append(
            helper.make_node(
                "If",
                ["c"],
                ["o"],
                then_branch=branch(body=(helper.make_node("Own", [], [], domain="d"),)),
            )
        ),
        "an operator of 'd'",
    ),
    "functions": (function, "functions of its own"),
    "training information": (
        lambda model: model.training_info.add().initialization.CopyFrom(branch()),
        "training information",
    ),
    "2^40 values declared": (declared(2**40), "declares 1099511627776 elements"),
    "2^40 values declared, 4 bytes there": (declared(2**40, raw=b"1234"), "does not hold them"),
    "fewer bytes than declared": (declared(3, raw=b"12345678"), "declares 3 elements"),
    "negative length": (declared(-1, raw=b""), "negative length"),
    "100 dimensions": (declared(*[1] * 100, raw=b"1234"), "100 dimensions"),
    "unknown data type": (declared(1, data_type=99, raw=b"1234"), "data type 99"),
    "metadata key twice": (
        entry_twice(KEY),
        "the metadata key 'harken' stands there twice",
    ),
    "other metadata key twice": (
        entry_twice("a"),
        "the metadata key 'a' stands there twice",
    ),
    "sequence input": (input_of(helper.make_sequence_type_proto(FLOATS)), "a sequence"),
    "map input": (
        input_of(helper.make_map_type_proto(TensorProto.INT64, FLOATS)),
        "a map",
    ),
    "optional input": (input_of(helper.make_optional_type_proto(FLOATS)), "optional"),
    "sparse input": (
        input_of(helper.make_sparse_tensor_type_proto(TensorProto.FLOAT, [1])),
        "a sparse tensor",
    ),
    "string input": (
        input_of(helper.make_tensor_type_proto(TensorProto.STRING, [1])),
        "made of strings",
    ),
    "string output": (
        lambda model: model.graph.output.append(
            helper.make_tensor_value_info("s", TensorProto.STRING, [1])
        ),
        "made of strings",
    ),
}


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("model.onnx", TINY)
    return out.getvalue()


def deep(levels: int) -> bytes:
    """Graphs in one another, written from inside out: onnx itself cannot build so many."""
    graph = b""
    for _ in range(levels):
        graph = bytes_field(1, bytes_field(5, bytes_field(6, graph)))
    return b"\x08" + encoded(9) + bytes_field(8, b"\x10\x12") + bytes_field(7, graph)


def with_tensor(tensor: bytes) -> bytes:
    """A model whose graph holds one tensor, written by hand: onnx writes none like these."""
    head = b"\x08\x09" + bytes_field(8, b"\x10\x12")
    return head + bytes_field(7, bytes_field(5, tensor))


BYTES = {
    "empty": (b"", "the file is empty"),
    "text": (b"this is no model\n" * 9, "this is text"),
    "web page": (b"<!DOCTYPE html>\n<html><body>404", "this is text"),
    "Git LFS pointer": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "zip": (zipped(), "a zip archive; unpack it"),
    "gzip": (gzip.compress(TINY), "a gzip archive; unpack it"),
    "zeros": (bytes(100), "a field numbered 0"),
    "tag alone": (b"\x08", "ends in the middle of a number"),
    "length beyond the end": (b"\x08\x09\x3a\xff\xff\xff\xff\x0f\x00", "where 1 are left"),
    "number of eleven bytes": (b"\x08" + b"\xff" * 10 + b"\x01", "longer than 64 bits"),
    "number of 70 bits": (b"\x08" + b"\xff" * 9 + b"\x7f", "longer than 64 bits"),
    "a group": (b"\x08\x09\x0b\x0c", "wire type 3"),
    "wire type 7": (b"\x0f", "wire type 7"),
    "a graph that is a number": (
        b"\x08\x09" + bytes_field(8, b"\x10\x12") + b"\x38\x01",
        "a graph that is a number",
    ),
    "two graphs": (TINY + bytes_field(7, b""), "field 7 of a model twice"),
    "two IR versions": (TINY + b"\x08\x09", "field 1 of a model twice"),
    "key not UTF-8": (TINY + bytes_field(14, bytes_field(1, b"\xff")), "not UTF-8"),
    "metadata with two keys": (
        TINY + bytes_field(14, bytes_field(1, b"a") + bytes_field(1, b"harken")),
        "two keys or two values",
    ),
    "shape packed, and more declared than there is": (
        with_tensor(bytes_field(1, b"\x80\x01\x02") + b"\x10\x01" + bytes_field(9, bytes(8))),
        "declares 256 elements",
    ),
    "shape of 1001 bytes": (with_tensor(bytes_field(1, bytes(1001))), "whose shape is not a shape"),
    "shape a float": (with_tensor(b"\x0d" + bytes(4)), "whose shape is not a shape"),
    "data twice": (with_tensor(bytes_field(9, b"") * 2), "field 9 of a tensor twice"),
    "10^6 fields": (TINY + b"\x28\x01" * 10**6, "more than 100000 fields"),
    "10^4 graphs in one another": (deep(10_000), "graphs nested deeper than 8"),
}


CASES = {**{case: (edited(edit), why) for case, (edit, why) in EDITS.items()}, **BYTES}
