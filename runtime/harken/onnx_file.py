"""An ONNX file read just far enough to know what it is, before onnxruntime sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class OnnxFile:
    """What the bytes say: versions, metadata, and the digest of all but the harken metadata."""

    ir_version: int
    opsets: Mapping[str, int]
    metadata: Mapping[str, str]
    digest: str
