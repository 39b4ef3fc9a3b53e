"""A run -> one ONNX file: composed, held to PyTorch stage by stage, quantized where it pays."""

from __future__ import annotations

from harken.extra import require

require("export", "torch", "onnx", "onnxscript")
