"""A product with a matrix whose columns each hold few numbers, close together, as a resize's do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

WIDTH = 8  # columns of a piece; each piece is a slice and a product


class Banded(nn.Module):
    """(..., n) -> (..., m): equals ``values @ matrix``, an (n, m) matrix, by pieces of its columns.

    A piece multiplies only the rows between the first and the last that are not 0.
    """

    def __init__(self, matrix: npt.NDArray[np.float64], dtype: torch.dtype) -> None:
        super().__init__()
        self._spans: list[tuple[int, int]] = []
        self._pieces: list[str] = []
        for i, first in enumerate(range(0, matrix.shape[1], WIDTH)):
            piece = matrix[:, first : first + WIDTH]
            rows = np.flatnonzero(piece.any(axis=1))
            begin, end = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 1)
            self._spans.append((begin, end))
            self._pieces.append(f"piece_{i}")
            numbers = torch.from_numpy(np.ascontiguousarray(piece[begin:end])).to(dtype)
            self.register_buffer(f"piece_{i}", numbers)

    def forward(self, values: Tensor) -> Tensor:
        answers = [
            values[..., begin:end] @ self.get_buffer(name)
            for (begin, end), name in zip(self._spans, self._pieces, strict=True)
        ]
        return torch.cat(answers, dim=-1) if len(answers) > 1 else answers[0]
