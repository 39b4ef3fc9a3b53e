"""Power in decibels, as ``librosa.power_to_db`` defines them, but with one logarithm a value.

``max(db, max(db) - top)`` is taken on the powers, before the logarithm: the ratio to the
reference is formed in the transform's precision, and what is left for the logarithm is so close
to what is heard that float32 is enough for it down to `DEEP` decibels.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.spectral.number import number

DEEP = 120.0  # dB; below that float32's logarithm would err by more than 1e-5 dB


def check_decibels(amin: float, ref: str | float, top_db: str | float) -> None:
    """Refuse least amplitudes, references and depths that decibels cannot have."""
    if not amin > 0.0 or (not isinstance(ref, str) and not ref > 0.0):
        raise SettingsError("amin and ref: need more than 0")
    if not isinstance(top_db, str) and not top_db >= 0.0:
        raise SettingsError(f"top_db: need at least 0, got {top_db}")


class Decibels(nn.Module):
    """(..., bands, columns) powers -> the same shape in decibels.

    ``floor`` is the least power told apart from silence, ``reference`` the power that is 0 dB
    (``None``: the largest of each spectrogram), ``top`` how far below its largest value a
    spectrogram is cut off (``None``: nowhere). Given float32 it works in float32; given float64
    the result is float32 where that is enough, float64 otherwise.
    """

    floor: Tensor
    bottom: Tensor
    inverse_reference: Tensor
    scale: Tensor

    def __init__(self, *, floor: float, reference: float | None, top: float | None) -> None:
        super().__init__()
        self._relative, self._cut = reference is None, top is not None
        self._shallow = self._relative and top is not None and top <= DEEP
        self.register_buffer("floor", number(floor))
        self.register_buffer("bottom", number(10.0 ** (-(top or 0.0) / 10.0)))
        self.register_buffer("inverse_reference", number(1.0 / max(floor, reference or floor)))
        self.register_buffer("scale", number(10.0 / math.log(10.0)))

    def dtype_for(self, power: torch.dtype) -> torch.dtype:
        """Give the type of the decibels made from powers of type ``power``."""
        return torch.float32 if self._shallow else power

    def forward(self, power: Tensor) -> Tensor:
        power = torch.maximum(power, self.floor.to(power.dtype))
        loudest = power.amax(dim=(-2, -1), keepdim=True)  # (..., 1, 1)
        inverse = loudest.reciprocal() if self._relative else self.inverse_reference.to(power.dtype)
        ratio = power * inverse
        if self._cut:
            bottom = self.bottom.to(power.dtype)
            ratio = torch.maximum(ratio, bottom if self._relative else loudest * inverse * bottom)
        ratio = ratio.to(self.dtype_for(ratio.dtype))
        return ratio.log() * self.scale.to(ratio.dtype)
