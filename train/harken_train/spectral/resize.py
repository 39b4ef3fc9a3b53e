"""scikit-image's resize as two small matrices, taken from scikit-image itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from skimage.transform import resize
from torch import Tensor, nn

from harken.errors import SettingsError


def check_size(size: tuple[int, int] | None) -> None:
    """Refuse a size without rows or columns; ``None`` is no resize."""
    if size is not None and min(size) < 1:
        raise SettingsError(f"size: need at least 1 x 1, got {list(size)}")


def resize_matrix(length: int, wanted: int) -> npt.NDArray[np.float64]:
    """(wanted, length): what ``resize(mode="reflect", anti_aliasing=True)`` does along one axis.

    The resize is linear and works on each axis alone, its Gaussian included, so its answers to
    the columns of the unit matrix are all there is to know.
    """
    answers: npt.NDArray[Any] = resize(
        np.eye(length), (wanted, length), mode="reflect", anti_aliasing=True, clip=False
    )
    return answers.astype(np.float64)


class Resize(nn.Module):
    """(..., bands, columns) -> (..., *size) of the same type."""

    rows: Tensor
    columns: Tensor

    def __init__(self, shape: tuple[int, int], size: tuple[int, int], dtype: torch.dtype) -> None:
        super().__init__()
        rows, columns = resize_matrix(shape[0], size[0]), resize_matrix(shape[1], size[1])
        self.register_buffer("rows", torch.from_numpy(rows).to(dtype))
        self.register_buffer("columns", torch.from_numpy(columns.T.copy()).to(dtype))

    def forward(self, image: Tensor) -> Tensor:
        return self.rows @ image @ self.columns
