"""Features of all segments, computed once, in batches, by the module that is exported."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from harken.errors import DataError
from harken.stream import Samples
from harken_train.mapped import empty, in_batches
from harken_train.ragged import Ragged, in_rectangles

_BATCH = 256


@torch.no_grad()
def compute_features(
    frontend: nn.Module, samples: Samples, folder: Path, *, largest: int | None = None
) -> Tensor:
    """Features (n, ...) float32 of samples (n, channels, window), on the CPU.

    More than ``largest`` bytes (None: what memory has room for) lie in a mapped file in ``folder``.
    """
    if not len(samples):
        raise DataError("there is no segment to compute features of")
    shape = (len(samples), *frontend(torch.tensor(samples[:1])).shape[1:])
    kept = empty(shape, "features", folder, largest)
    values = max(math.prod(shape[1:]), math.prod(samples.shape[1:]))
    for batch in in_batches(len(samples), values, _BATCH):
        features = frontend(torch.tensor(samples[batch]))
        wrong = (~features.isfinite()).flatten(1).any(1)
        if wrong.any():
            raise _not_numbers(batch.start + int(wrong.int().argmax()))
        kept[batch] = features.numpy()
    return torch.from_numpy(kept)


@torch.no_grad()
def features_of_whole(frontend: nn.Module, samples: Ragged) -> Ragged:
    """Features of recordings of their own lengths, (channels, columns) each, on the CPU."""
    if not len(samples):
        raise DataError("there is no recording to compute features of")
    found: dict[int, Samples] = {}
    for numbers, alike in in_rectangles(samples, _BATCH):
        features = frontend(torch.from_numpy(alike))
        wrong = (~features.isfinite()).flatten(1).any(1)
        if wrong.any():
            raise _not_numbers(int(numbers[int(wrong.int().argmax())]))
        found |= zip(numbers.tolist(), features.numpy(), strict=True)
    return Ragged.of([found[number] for number in range(len(samples))])


def _not_numbers(segment: int) -> DataError:
    return DataError(
        f"segment {segment}: the front-end gives values that are not numbers; look for broken "
        f"recordings: harken-train data describe"
    )


def mean_and_deviation(features: Tensor) -> tuple[float, float]:
    """One mean and one deviation over all values, summed in float64; no deviation counts as 1."""
    batches = list(in_batches(len(features), features[0].numel(), _BATCH))
    mean = sum(float(features[batch].double().sum()) for batch in batches) / features.numel()
    squares = sum(float((features[batch].double() - mean).square().sum()) for batch in batches)
    return mean, (squares / features.numel()) ** 0.5 or 1.0
