"""Blocks of 3 x 3 convolutions that halve an image, plain, with batch norm, or residual."""

from __future__ import annotations

from torch import Tensor, nn


class ImageBlocks(nn.Module):
    """(batch, channels, bands, columns) -> (batch, channels[-1], *``size``).

    One block for each of ``channels``: convolution, batch norm if wanted, ReLU, max-pool of 2.
    ``residual`` adds the block's input to what its convolution gives, before the ReLU, through a
    1 x 1 convolution, since its channels are fewer.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        channels: tuple[int, ...],
        *,
        batch_norm: bool,
        residual: bool = False,
    ) -> None:
        super().__init__()
        narrow, bands, columns = shape
        blocks = []
        for wide in channels:
            blocks.append(_Block(narrow, wide, batch_norm=batch_norm, residual=residual))
            narrow, bands, columns = wide, bands // 2, columns // 2
        self.blocks = nn.Sequential(*blocks)
        self.size = (bands, columns)

    def forward(self, image: Tensor) -> Tensor:
        halved: Tensor = self.blocks(image)
        return halved


class _Block(nn.Module):
    """(batch, narrow, bands, columns) -> (batch, wide, bands // 2, columns // 2)."""

    def __init__(self, narrow: int, wide: int, *, batch_norm: bool, residual: bool) -> None:
        super().__init__()
        convolution = nn.Conv2d(narrow, wide, 3, padding=1, bias=not batch_norm)
        norm = [nn.BatchNorm2d(wide)] if batch_norm else []
        self.convolved = nn.Sequential(convolution, *norm)
        self.shortcut = nn.Conv2d(narrow, wide, 1, bias=False) if residual else None
        self.halved = nn.Sequential(nn.ReLU(), nn.MaxPool2d(2))

    def forward(self, image: Tensor) -> Tensor:
        convolved = self.convolved(image)
        if self.shortcut is not None:
            convolved = convolved + self.shortcut(image)
        halved: Tensor = self.halved(convolved)
        return halved
