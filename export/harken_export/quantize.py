"""One int8 file by one choice of scheme, ranges and layers; the mechanics are onnxruntime's.

Static QDQ, per channel, weights of 7 bits: AVX2 without VNNI sums two products of 8 bits in int16,
which holds 255 * (64 + 64) but not 255 * (127 + 127). With all 8 bits such a CPU decides otherwise
than others.
"""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any, Literal

import onnx
from onnxruntime.quantization import QuantType
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

from harken_export.calibrate import quiet
from harken_export.graph import check, shape_of, stripped, to_bytes
from harken_export.layers import QUANTIZED_OPS, quantizable
from harken_export.session import OUTPUTS

SCHEMES = {  # activations and weights
    "S8S8": (QuantType.QInt8, QuantType.QInt8),
    "U8S8": (QuantType.QUInt8, QuantType.QInt8),
}


def quantized(
    content: bytes,
    scheme: str,
    ranges: Any,
    left_out: Collection[str] = (),
    *,
    weight_bits: Literal[7, 8] = 7,
) -> bytes:
    """Quantize an exported graph with the ``ranges`` of its tensors; outputs keep their names.

    ``weight_bits`` is 8 only to measure what the eighth would bring.
    """
    model = onnx.load_from_string(content)
    nodes = [name for name in quantizable(model) if name not in left_out]
    activations, weights = SCHEMES[scheme]
    with quiet():
        quantizer = QDQQuantizer(
            onnx.shape_inference.infer_shapes(copy.deepcopy(model)),
            per_channel=True,
            reduce_range=weight_bits == 7,
            weight_qType=weights,
            activation_qType=activations,
            tensors_range=ranges,
            nodes_to_quantize=nodes,
            nodes_to_exclude=[],
            op_types_to_quantize=list(QUANTIZED_OPS),
            extra_options={},
        )
        quantizer.quantize_model()
        quantizer.model.topological_sort()
    result = stripped(quantizer.model.model)
    [taken] = model.graph.input
    check(result, shape_of(taken)[1:], OUTPUTS, taken.name)
    return to_bytes(result)
