"""A spectrogram that comes as it is, from a file, or clipped, standardised and resized."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from harken.errors import SettingsError
from harken_train.frontends import frontends
from harken_train.spectral.axis import Axis, evenly, resized
from harken_train.spectral.number import number
from harken_train.spectral.resize import Resize, check_size
from harken_train.spectral.standardise import Standardise


@frontends.register("image")
@dataclass(frozen=True, kw_only=True)
class Image:
    """(batch, bands, columns) -> (batch, 1, bands, columns), or (..., *size), in this order.

    - ``level = "maximum"``: relative to the largest value of each image, which is taken off
      decibels, and divides linear values (the largest magnitude does; an image of zeros stays so).
    - ``clip = [low, high]``: values outside are brought to these.
    - ``standardise``: each image, or each band of it, to mean 0 and deviation 1. What is flat
      gives zeros; behind a resize it would give rounding errors, blown up.
    - ``size``: equals ``skimage.transform.resize(image, size, mode="reflect",
      anti_aliasing=True)``.

    ``values`` says what the files hold. Standardised decibels are decibels no more.
    """

    takes: ClassVar[tuple[str, ...]] = ("spectrogram",)

    values: Literal["dB", "linear"] = "dB"
    bands: int = 128  # of the files
    level: Literal["as stored", "maximum"] = "as stored"
    clip: tuple[float, float] | None = None
    size: tuple[int, int] | None = None
    standardise: Literal["none", "image", "band"] = "none"

    def __post_init__(self) -> None:
        if self.bands < 1:
            raise SettingsError(f"bands: need at least 1, got {self.bands}")
        if self.clip is not None and not (
            all(map(math.isfinite, self.clip)) and self.clip[0] < self.clip[1]
        ):
            raise SettingsError(f"clip: need [low, high] with low < high, got {list(self.clip)}")
        check_size(self.size)

    @property
    def unit(self) -> str:
        """What the features are in."""
        return self.values if self.standardise == "none" else "linear"

    def build(self, *, rate: int, window: int) -> nn.Module:  # noqa: ARG002 (the same for all)
        return ImageLayer(self, window)

    def axes(self, *, rate: int, window: int) -> tuple[Axis, ...]:  # noqa: ARG002 (counted only)
        axes = (
            evenly("band", 0.0, self.bands - 1.0, self.bands),
            evenly("column", 0.0, window - 1.0, window),
        )
        if self.size is None:
            return axes
        return tuple(resized(axis, count) for axis, count in zip(axes, self.size, strict=True))


class ImageLayer(nn.Module):
    """The front-end's arithmetic, in float64 up to the last step."""

    least: Tensor
    low: Tensor
    high: Tensor

    def __init__(self, settings: Image, window: int) -> None:
        super().__init__()
        self._bands = settings.bands
        self._relative, self._decibels = settings.level == "maximum", settings.values == "dB"
        self._clip = settings.clip is not None
        low, high = settings.clip or (0.0, 0.0)
        self.register_buffer("low", number(low))
        self.register_buffer("high", number(high))
        self.register_buffer("least", number(1e-60))  # far below any float32 value but 0
        over = {"none": (), "image": (-2, -1), "band": (-1,)}[settings.standardise]
        self.standardise = Standardise(over) if over else nn.Identity()
        self.resize: nn.Module | None = None
        if settings.size is not None:
            self.resize = Resize((settings.bands, window), settings.size, torch.float64)

    def forward(self, spectrogram: Tensor) -> Tensor:
        if spectrogram.shape[1] != self._bands:
            raise SettingsError(
                f"bands: are {self._bands}, but the spectrograms have {spectrogram.shape[1]}; "
                f"set frontend.bands to that"
            )
        image: Tensor = spectrogram.double().unsqueeze(1)  # (batch, 1, bands, columns)
        if self._relative and self._decibels:
            image = image - image.amax(dim=(-2, -1), keepdim=True)
        elif self._relative:
            largest = image.abs().amax(dim=(-2, -1), keepdim=True)
            image = image / torch.maximum(largest, self.least)
        if self._clip:
            image = torch.minimum(torch.maximum(image, self.low), self.high)
        image = self.standardise(image)
        if self.resize is not None:
            image = self.resize(image)
        return image.float()
