"""What a training on whole recordings is fed with: crops of their features, alike in length."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from harken_train.batch import Batch
from harken_train.features import features_of_whole
from harken_train.ragged import Ragged
from harken_train.seeding import drawn

MIXED = 0.1  # of the longest crop: by so much recordings of other lengths mix in a batch


class WholeFeed:
    """Crops of the features of whole recordings, by number. Nothing is ever padded.

    A batch is cut to one of the recipe's crops, drawn for it; its recordings are of about one
    length, and where one is too short for that crop, to the longest that all of them have.
    """

    def __init__(self, crops: Sequence[int], frontend: nn.Module, samples: Ragged) -> None:
        self._kept = features_of_whole(frontend, samples)
        values = torch.from_numpy(self._kept.values).double()
        self.mean, self.deviation = float(values.mean()), float(values.std(correction=0)) or 1.0
        channels = samples.values.shape[0]
        with torch.no_grad():
            self._crops = torch.tensor(
                sorted(frontend(torch.zeros(1, channels, crop)).shape[-1] for crop in crops)
            )
        self._lengths = torch.from_numpy(self._kept.lengths)

    def __len__(self) -> int:
        return len(self._kept)

    def notes(self) -> list[str]:
        """Sentences worth reading about what cannot be done here: there are none."""
        return []

    def batches(self, size: int, weights: Tensor | None) -> list[Batch]:
        """Batches of an epoch, by torch's generator: who is in each, and where each is cut."""
        order = drawn(len(self), weights)
        blurred = self._lengths[order] + torch.rand(len(order)) * MIXED * float(self._crops[-1])
        alike = list(torch.split(order[torch.argsort(blurred, stable=True)], size))
        if len(alike) > 1 and len(alike[-1]) == 1:  # batch norm needs two
            alike[-2:] = [torch.cat(alike[-2:])]
        return [self._cut(alike[place]) for place in torch.randperm(len(alike)).tolist()]

    def _cut(self, numbers: Tensor) -> Batch:
        lengths = self._lengths[numbers]
        wanted = int(self._crops[torch.randint(len(self._crops), ())])
        shortest = int(lengths.min())
        fitting = [int(crop) for crop in self._crops if crop <= min(wanted, shortest)]
        columns = fitting[-1] if fitting else shortest
        first = (torch.rand(len(numbers)) * (lengths - columns + 1)).long()
        return Batch(numbers, first, columns)

    def features(self, batch: Batch, epoch: int) -> Tensor:  # noqa: ARG002  # all draws are made
        """Features (rows, channels, columns) of a batch."""
        return torch.stack(
            [
                torch.from_numpy(self._kept[number][:, first : first + batch.columns])
                for number, first in zip(batch.numbers.tolist(), batch.first.tolist(), strict=True)
            ]
        )
