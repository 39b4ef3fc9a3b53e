"""The turns that a Fourier transform is made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def rotation(turns: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.complex128]:
    """exp(-2 pi i turns / n), with the turns reduced first so that no accuracy is lost."""
    made: npt.NDArray[np.complex128] = np.exp(-2j * np.pi * (turns % n) / n)
    return made
