"""Plain one-dimensional convolutions that go up in channels and down in time."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Ladder:
    """``layers`` take (batch, narrow, time) to (batch, channels[-1], ``time``)."""

    layers: list[nn.Module]
    time: int


def ladder(
    narrow: int, time: int, channels: tuple[int, ...], *, kernel: int, columns: int
) -> Ladder:
    """Make a convolution for each of ``channels``, each followed by batch norm and ReLU.

    More than ``columns`` steps of time are brought down by the stride of the first. Each but the
    first ends in a max-pool of 2 while there is time left.
    """
    stride = -(-time // columns)
    width = kernel if stride == 1 else 2 * stride + 1
    layers: list[nn.Module] = []
    for i, wide in enumerate(channels):
        layers += [
            nn.Conv1d(narrow, wide, width, stride, width // 2, bias=False),
            nn.BatchNorm1d(wide),
            nn.ReLU(),
        ]
        time = (time - 1) // stride + 1
        if i > 0 and time > 1:
            layers.append(nn.MaxPool1d(2))
            time //= 2
        narrow, width, stride = wide, kernel, 1
    return Ladder(layers, time)
