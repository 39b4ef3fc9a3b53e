"""An ONNX file read just far enough to know what it is, before onnxruntime sees it.

Our own walk over the messages of ``onnx.proto`` (field numbers: onnx 1.16, IR version 10). What a
device must not load is refused here, with the byte where it stands: files that are not ONNX, data
kept outside the file, operators of other domains, newer versions than every supported onnxruntime
reads, and tensors that declare more than they hold. Weights are stepped over, not read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from harken.errors import ModelError
from harken.onnx_tensor import check_tensor
from harken.protobuf import AGAIN, BYTES, VARINT, Field, Wire, bytes_field

# onnxruntime 1.20, the oldest that harken installs with, reads up to these (its versioning page).
NEWEST_IR, NEWEST_OPSET = 10, 21
STANDARD_DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
DEEPEST_SUBGRAPH = 8  # Loop in If in Loop ...; harken's own exports have none
CONTRACT_KEY = "harken"
_IR_VERSION, _OPSET, _METADATA = 1, 8, 14
# message -> its fields that are messages and may hold something to refuse
_INSIDE = {
    "model": {7: "graph"},
    "graph": {1: "node", 5: "tensor", 11: "value", 12: "value", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "value": {2: "type"},
    "type": {1: "tensor type"},
}
_ONCE = {"model": {_IR_VERSION, 7}, "node": {7}, "value": {2}}  # given twice they would be merged
_UNFIT_TYPES = {4: "a sequence", 5: "a map", 7: "opaque", 8: "a sparse tensor", 9: "optional"}
_STRING = 8


@dataclass(frozen=True)
class OnnxFile:
    """What the bytes say: versions, metadata, and the digest of all but the harken metadata.

    ``opsets`` has ``""`` for ONNX's own operators. ``digest`` is the SHA-256 (hex) of the bytes
    without the metadata entry ``harken``, so that the contract in there can carry it.
    """

    ir_version: int
    opsets: Mapping[str, int]
    metadata: Mapping[str, str]
    digest: str


@dataclass(frozen=True)
class _Entry:
    """One entry of the metadata, and the whole field it stands in."""

    key: str
    value: str
    field: Field


def parse(content: bytes, where: str) -> OnnxFile:
    """Read and check a model's bytes; ``where`` names the file in the `ModelError` of a bad one.

    Weights may be anything: whether the file is the one that was exported is told by its digest,
    and whether it answers rightly by its probe.
    """
    _check_is_binary(content, where)
    wire = Wire(content, where)
    ir_version, opsets, entries = _read_head(wire)
    _check_versions(wire, ir_version, opsets)
    _check_inside(wire)
    metadata = {entry.key: entry.value for entry in entries}
    if len(metadata) < len(entries):
        keys = [entry.key for entry in entries]
        again = next(entry for k, entry in enumerate(entries) if entry.key in keys[:k])
        raise wire.refuse(again.field.at, f"the metadata key {again.key[:80]!r} stands there twice")
    return OnnxFile(ir_version, opsets, metadata, _digest(content, entries))


def with_metadata(content: bytes, key: str, value: str) -> bytes:
    """Give the model with ``key`` set to ``value`` in its metadata, as the file's last field.

    An entry of that key is dropped first; all other bytes stay as they are, so that with the key
    ``harken`` the digest stays as well. Raises `ModelError` where `parse` would for the wire.
    """
    entries = [entry for entry in _read_head(Wire(content, "model"))[2] if entry.key == key]
    kept = _without(content, [entry.field for entry in entries])
    return kept + bytes_field(
        _METADATA, bytes_field(1, key.encode()) + bytes_field(2, value.encode())
    )


def _check_is_binary(content: bytes, where: str) -> None:
    """Say what the commonest mistakes are, rather than at which byte they stop to be ONNX."""
    starts = {
        b"PK\x03\x04": "a zip archive; unpack it and give the .onnx file in it",
        b"\x1f\x8b": "a gzip archive; unpack it first",
        b"version https://git-lfs": "a Git LFS pointer, not the model; run git lfs pull",
        b"\x89HDF": "an HDF5 file; export an ONNX file with harken-export",
        b"\x1c\x00\x00\x00TFL3": "a TensorFlow Lite file; export an ONNX file with harken-export",
    }
    for start, what in starts.items():
        if content.startswith(start):
            raise ModelError(f"{where}: byte 0: this is {what}")
    if not content:
        raise ModelError(f"{where}: byte 0: the file is empty; {AGAIN}")
    if all(0x20 <= byte < 0x7F or byte in b"\t\r\n" for byte in content[:64]):
        raise ModelError(f"{where}: byte 0: this is text, not an ONNX file; {AGAIN}")


def _read_head(wire: Wire) -> tuple[int, dict[str, int], list[_Entry]]:
    """Read what stands at the top: IR version, operator sets, metadata."""
    ir_version = 0
    opsets: dict[str, int] = {}
    entries: list[_Entry] = []
    for field in wire.fields(0, len(wire.content)):
        if field.number == _IR_VERSION and field.wire == VARINT:
            ir_version = field.value
        elif field.number == _OPSET and field.wire == BYTES:
            domain, version = "", 0
            for inner in wire.fields(field.first, field.last):
                if inner.number == 1 and inner.wire == BYTES:
                    domain = wire.text(inner)
                elif inner.number == 2 and inner.wire == VARINT:
                    version = inner.value
            opsets["" if domain == "ai.onnx" else domain] = version
        elif field.number == _METADATA and field.wire == BYTES:
            entries.append(_read_entry(wire, field))
    return ir_version, opsets, entries


def _read_entry(wire: Wire, field: Field) -> _Entry:
    texts: dict[int, str] = {}
    for inner in wire.fields(field.first, field.last):
        if inner.number in (1, 2) and inner.wire == BYTES:
            if inner.number in texts:
                raise wire.refuse(inner.at, "a metadata entry with two keys or two values")
            texts[inner.number] = wire.text(inner)
    return _Entry(texts.get(1, ""), texts.get(2, ""), field)


def _check_versions(wire: Wire, ir_version: int, opsets: Mapping[str, int]) -> None:
    if not ir_version or not opsets.get(""):
        raise wire.refuse(0, "no IR version or no operator set, this is not ONNX or not all of it")
    if ir_version > NEWEST_IR or opsets[""] > NEWEST_OPSET:
        raise ModelError(
            f"{wire.where}: is ONNX with IR version {ir_version} and operator set {opsets['']}, "
            f"harken reads up to {NEWEST_IR} and {NEWEST_OPSET}; export it with those"
        )


def _check_inside(wire: Wire) -> None:
    """Walk graphs, nodes, attributes and tensors with a stack of our own, refusing what is unfit.

    An entry of the stack is a message, its bytes, and how many graphs it stands in.
    """
    graphs = 0
    stack = [("model", 0, len(wire.content), 0)]
    while stack:
        message, first, last, depth = stack.pop()
        if message == "tensor":
            check_tensor(wire, first, last)
            continue
        inside, once, seen = _INSIDE.get(message, {}), _ONCE.get(message, ()), set()
        for field in wire.fields(first, last):
            if field.number in once:
                if field.number in seen:
                    raise wire.refuse(field.at, f"field {field.number} of a {message} twice")
                seen.add(field.number)
            child = inside.get(field.number)
            if child is None:
                _check_field(wire, message, field)
                continue
            if field.wire != BYTES:
                raise wire.refuse(field.at, f"a {child} that is a number, this is not ONNX")
            if child == "graph":
                graphs += 1
                if depth > DEEPEST_SUBGRAPH:
                    raise wire.refuse(
                        field.at, f"graphs nested deeper than {DEEPEST_SUBGRAPH}", "export it again"
                    )
            if child == "value" and depth > 1:
                continue  # only what goes in and out of the whole model is harken's business
            stack.append((child, field.first, field.last, depth + (child == "graph")))
    if not graphs:
        raise wire.refuse(0, "no graph, this is not ONNX or not all of it")


def _check_field(wire: Wire, message: str, field: Field) -> None:
    """Refuse a field by what it is, where its message has such fields."""
    instead = "export it with harken-export"
    if message == "model" and field.number in (20, 25):
        what = {20: "training information", 25: "functions of its own"}[field.number]
        raise wire.refuse(field.at, f"the model holds {what}", instead)
    if message == "node" and field.number == 7 and field.wire == BYTES:
        domain = wire.text(field)
        if domain not in STANDARD_DOMAINS:
            raise wire.refuse(
                field.at, f"an operator of {domain[:80]!r}, only ONNX's own are allowed", instead
            )
    if message == "type" and field.number in _UNFIT_TYPES:
        what = _UNFIT_TYPES[field.number]
        raise wire.refuse(field.at, f"an input or output that is {what}, not a tensor", instead)
    if message == "tensor type" and field.number == 1 and field.value == _STRING:
        raise wire.refuse(field.at, "an input or output made of strings", instead)


def _digest(content: bytes, entries: list[_Entry]) -> str:
    own = [entry.field for entry in entries if entry.key == CONTRACT_KEY]
    return hashlib.sha256(_without(content, own)).hexdigest()


def _without(content: bytes, fields: list[Field]) -> bytes:
    kept, after = [], 0
    for field in fields:
        kept.append(content[after : field.at])
        after = field.last
    return b"".join([*kept, content[after:]])
