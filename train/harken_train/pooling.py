"""Global average pooling: in the form that the quantizer knows, and for any size."""

from __future__ import annotations

from torch import Tensor, nn


class GlobalAverage(nn.Module):
    """(batch, channels, *size) -> (batch, channels): the mean over all of ``size``.

    An average pool whose kernel is all there is, because a mean or an adaptive pool is exported
    as ReduceMean, which onnxruntime's quantizer leaves in float.
    """

    def __init__(self, size: tuple[int, ...]) -> None:
        super().__init__()
        self.pool: nn.Module = (
            nn.AvgPool1d(size[0]) if len(size) == 1 else nn.AvgPool2d((size[0], size[1]))
        )

    def forward(self, features: Tensor) -> Tensor:
        pooled: Tensor = self.pool(features)
        return pooled.flatten(1)


class MeanOfAll(nn.Module):
    """(batch, channels, any sizes) -> (batch, channels): the mean, where the sizes vary."""

    def forward(self, features: Tensor) -> Tensor:
        return features.mean(tuple(range(2, features.ndim)))
