"""What a training is fed with: the features of its segments, as they are or augmented."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harken.errors import DataError
from harken.stream import Samples
from harken_train.augmenter import Augmenter
from harken_train.batch import Batch
from harken_train.features import compute_features, mean_and_deviation
from harken_train.ragged import Numbers
from harken_train.run import Run
from harken_train.seeding import shuffled_batches
from harken_train.segments import Segments


class Feed:
    """Features of training segments, by number.

    They are computed once, from the segments as they are, and measured: ``mean`` and ``deviation``.
    A segment whose samples an epoch changes has its features computed anew, in its batch.
    """

    def __init__(self, run: Run, frontend: nn.Module, segments: Segments) -> None:
        self._frontend = frontend
        self._kept = compute_features(frontend, segments.samples, run.path)
        self.mean, self.deviation = mean_and_deviation(self._kept)
        self._augmenter = (
            Augmenter(run.recipe, run.recordings, run.split.train, segments)
            if run.recipe.augmentations
            else None
        )

    def __len__(self) -> int:
        return len(self._kept)

    def notes(self) -> list[str]:
        """Sentences worth reading about what the augmentations cannot do here."""
        share = 0.0 if self._augmenter is None else self._augmenter.share_without_room()
        if not share:
            return []
        sentence = (
            f"{100 * share:.0f} % of the training segments are as long as the stretch they are cut "
            f'from: crop cannot move them, nor can shift unless ends = "mirror"'
        )
        return [sentence]

    def batches(self, size: int, weights: Tensor | None) -> list[Batch]:
        """Batches of an epoch, by torch's generator."""
        return [Batch(numbers) for numbers in shuffled_batches(len(self), size, weights)]

    def features(self, batch: Batch, epoch: int) -> Tensor:
        """Features (rows, ...) of a batch, as ``epoch`` has them."""
        found = self._kept[batch.numbers]
        if self._augmenter is None:
            return found
        numbers = batch.numbers.numpy()
        if self._augmenter.moves_samples:
            samples, touched = self._augmenter.samples(numbers, epoch)
            if touched.any():
                found[torch.from_numpy(touched)] = self._anew(samples[touched], numbers[touched])
        if self._augmenter.masks_features:
            found = torch.from_numpy(self._augmenter.features(found.numpy(), numbers, epoch))
        return found

    @torch.no_grad()
    def _anew(self, samples: Samples, numbers: Numbers) -> Tensor:
        features: Tensor = self._frontend(torch.from_numpy(samples))
        wrong = (~features.isfinite()).flatten(1).any(1)
        if wrong.any():
            raise DataError(
                f"segment {numbers[int(wrong.int().argmax())]}: augmented, the front-end gives "
                f"values that are not numbers; lower the settings of its augmentations"
            )
        return features
