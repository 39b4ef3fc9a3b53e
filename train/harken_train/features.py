"""Features of all segments, computed once, in batches, by the module that is exported."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from harken.errors import DataError, InputOutputError
from harken.stream import Samples

LARGEST_IN_MEMORY = 2 * 2**30  # bytes; beyond it the features lie in a file that is mapped
_BATCH = 256

_log = logging.getLogger(__name__)


@torch.no_grad()
def compute_features(
    frontend: nn.Module, samples: Samples, folder: Path, *, largest: int = LARGEST_IN_MEMORY
) -> Tensor:
    """Features (n, ...) float32 of samples (n, channels, window), on the CPU.

    More than ``largest`` bytes go to a nameless file in ``folder``, which is gone with the process.
    """
    if not len(samples):
        raise DataError("there is no segment to compute features of")
    shape = (len(samples), *frontend(torch.tensor(samples[:1])).shape[1:])
    size = 4 * int(np.prod(shape))
    kept = np.empty(shape, np.float32) if size <= largest else _mapped(folder, shape, size)
    for first in range(0, len(samples), _BATCH):
        features = frontend(torch.tensor(samples[first : first + _BATCH]))
        wrong = (~features.isfinite()).flatten(1).any(1)
        if wrong.any():
            raise DataError(
                f"segment {first + int(wrong.int().argmax())}: the front-end gives values that "
                f"are not numbers; look for broken recordings: harken-train data describe"
            )
        kept[first : first + len(features)] = features.numpy()
    return torch.from_numpy(kept)


def _mapped(
    folder: Path, shape: tuple[int, ...], size: int
) -> np.memmap[tuple[int, ...], np.dtype[np.float32]]:
    _log.warning("features are kept in a file megabytes=%d folder=%s", size >> 20, folder)
    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            os.posix_fallocate(file.fileno(), 0, size)  # a full disk is told now, not by a crash
        except OSError as error:
            raise InputOutputError(
                f"{folder}: {size >> 20} MB of features do not fit there, {error.strerror}; "
                f"free some space, or set a longer signal.train_hop"
            ) from None
        return np.memmap(file, np.float32, "r+", shape=shape)


def mean_and_deviation(features: Tensor) -> tuple[float, float]:
    """One mean and one deviation over all values, summed in float64; no deviation counts as 1."""
    batches = torch.split(features, _BATCH)
    mean = sum(float(batch.double().sum()) for batch in batches) / features.numel()
    squares = sum(float((batch.double() - mean).square().sum()) for batch in batches)
    return mean, (squares / features.numel()) ** 0.5 or 1.0
