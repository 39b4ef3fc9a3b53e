"""A number that stands beside float64 tensors."""

from __future__ import annotations

import torch
from torch import Tensor


def number(value: float) -> Tensor:
    """(1,) float64, for a buffer: a Python scalar would be rounded to float32 by the exporter."""
    return torch.tensor([value], dtype=torch.float64)
