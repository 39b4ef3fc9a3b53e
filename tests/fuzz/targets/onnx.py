"""Model files: whatever is let through, protobuf itself reads alike, with all its data inside."""

from __future__ import annotations

from random import Random

import onnx
from onnx import TensorProto
from tests.runtime.unfit_models import CASES, TINY, deep

from harken.contract import KEY
from harken.onnx_file import parse as parse_onnx
from harken.onnx_file import with_metadata
from harken.protobuf import BYTES, Wire, bytes_field, encoded

TOKENS = (
    b"\x70\x01", b"\x6a\x04\x0a\x00\x12\x00", b"\x3a\x00", b"\x72\x08\x0a\x06harken",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x80\x80\x80\x80\x10", b"\x0b", b"\x0c",
    b"location", b"../../etc/passwd", b"my.domain", b"\x42\x04\x0a\x00\x10\x12",
)  # fmt: skip
_UNFIT = [content for content, _ in CASES.values() if 50 < len(content) < 10_000]
_DEEPEST = 8


def make(rng: Random) -> bytes:
    """A model's tree of messages with fields dropped, doubled, moved, renumbered or nested."""
    if rng.random() < 0.02:
        return deep(rng.randrange(200))
    content = TINY if rng.random() < 0.7 else rng.choice(_UNFIT)
    return _shaken(content, rng, rng.choice((0.0, 0.01, 0.1)), 0)


def _shaken(content: bytes, rng: Random, share: float, depth: int) -> bytes:
    try:
        fields = list(Wire(content, "x").fields(0, len(content)))
    except Exception:  # noqa: BLE001  # the mutator's own question: is this a message at all?
        return content
    out = []
    for field in fields:
        whole = content[field.at : field.last]
        if field.wire == BYTES and depth < _DEEPEST and rng.random() < 0.8:
            inner = _shaken(content[field.first : field.last], rng, share, depth + 1)
            whole = bytes_field(field.number, inner)
        if rng.random() >= share:
            out.append(whole)
            continue
        match rng.randrange(6):
            case 0:
                pass
            case 1:
                out += [whole, whole]
            case 2:
                out.insert(0, whole)
            case 3:
                out.append(encoded(rng.randrange(1, 30) << 3 | field.wire) + whole[1:])
            case 4:
                out.append(bytes_field(rng.randrange(1, 30), whole))
            case _:
                out.append(encoded(rng.randrange(1, 30) << 3) + encoded(rng.randrange(2**64)))
    return b"".join(out)


def parse(content: bytes) -> None:
    """Check it; then hold what was let through to what onnx finds in it."""
    parsed = parse_onnx(content, "x")
    again = parse_onnx(with_metadata(content, KEY, "anything"), "x")
    assert again.digest == parsed.digest
    assert again.metadata == {**parsed.metadata, KEY: "anything"}
    try:
        model = onnx.load_from_string(content)
    except Exception:  # noqa: BLE001  # protobuf's DecodeError has no types; onnxruntime refuses it
        return
    assert parsed.metadata == {entry.key: entry.value for entry in model.metadata_props}
    assert parsed.ir_version == model.ir_version
    _check_graph(model.graph)


def _check_graph(graph: onnx.GraphProto) -> None:
    tensors = list(graph.initializer)
    pairs = list(graph.sparse_initializer)
    for node in graph.node:
        assert node.domain in ("", "ai.onnx", "ai.onnx.ml")
        for attribute in node.attribute:
            tensors += [attribute.t, *attribute.tensors]
            pairs += [attribute.sparse_tensor, *attribute.sparse_tensors]
            for inner in (attribute.g, *attribute.graphs):
                if inner.ByteSize():
                    _check_graph(inner)
    for pair in pairs:
        tensors += [pair.values, pair.indices]
    for tensor in tensors:
        assert tensor.data_location != TensorProto.EXTERNAL
        assert not tensor.external_data
