"""A tensor inside an ONNX file: it must hold, in the file, what its shape declares."""

from __future__ import annotations

from harken.protobuf import BYTES, VARINT, Field, Wire

_DIMS, _TYPE, _RAW, _EXTERNAL, _LOCATION = 1, 2, 9, 13, 14
_ONCE = (_TYPE, _RAW, _LOCATION)
_EXTERNAL_LOCATION = 1
# TensorProto.DataType -> bits of one element in raw_data; 8 (string) is never raw
_BITS = {
    1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64,
    14: 64, 15: 128, 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8,
}  # fmt: skip
_MOST_ELEMENTS_A_BYTE = 2  # of a tensor that is not raw: 4-bit numbers, two in a varint
_INSTEAD = "export it as one file with harken-export"


def check_tensor(wire: Wire, first: int, last: int) -> None:
    """Refuse the TensorProto in bytes ``first`` to ``last`` unless all its data stand in it.

    Data outside the file are refused wherever they are said to lie: a path in a model is a way to
    read any file of the device. A shape that declares more than is there is refused because
    onnxruntime would ask for that much memory first.
    """
    dims: list[int] = []
    data_type, raw = 0, None
    seen: set[int] = set()
    for field in wire.fields(first, last):
        if field.number in _ONCE:
            if field.number in seen:
                raise wire.refuse(field.at, f"field {field.number} of a tensor twice")
            seen.add(field.number)
        if field.number == _EXTERNAL or (
            field.number == _LOCATION and field.value == _EXTERNAL_LOCATION
        ):
            raise wire.refuse(
                field.at, "keeps its data outside the file, which harken never loads", _INSTEAD
            )
        if field.number == _DIMS:
            dims += _dims(wire, field)
        elif field.number == _TYPE:
            data_type = field.value
        elif field.number == _RAW:
            raw = field.last - field.first
    _check_size(wire, first, last - first, dims, data_type, raw)


def _dims(wire: Wire, field: Field) -> list[int]:
    """Read one length, or, packed, several."""
    if field.wire == VARINT:
        return [field.value]
    if field.wire != BYTES or field.last - field.first > 1000:
        raise wire.refuse(field.at, "a tensor whose shape is not a shape")
    dims, at = [], field.first
    while at < field.last:
        value, at = wire.varint(at, field.last)
        dims.append(value)
    return dims


def _check_size(
    wire: Wire, at: int, size: int, dims: list[int], data_type: int, raw: int | None
) -> None:
    elements = 1
    for length in dims[:64]:
        if length >= 2**63:
            raise wire.refuse(at, "a tensor of negative length")
        elements *= length
    if len(dims) > 64:
        raise wire.refuse(at, f"a tensor of {len(dims)} dimensions")
    if raw is None:
        enough = elements <= _MOST_ELEMENTS_A_BYTE * size
    elif data_type not in _BITS:
        raise wire.refuse(at, f"a tensor of data type {data_type}, which harken does not know")
    else:
        enough = raw == (elements * _BITS[data_type] + 7) // 8
    if not enough:
        raise wire.refuse(at, f"a tensor declares {elements} elements and does not hold them")
