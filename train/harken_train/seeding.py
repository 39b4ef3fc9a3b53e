"""Where a training's random numbers come from: the recipe's seed and the epoch, nothing else.

Every epoch starts its own sequence, so an epoch repeated after a crash draws what it drew before.
"""

from __future__ import annotations

import os

import numpy as np
import torch
from torch import Tensor

START = 0  # the "epoch" in which the weights are drawn; the first real one is 1


def seed_epoch(seed: int, epoch: int, process: int = 0) -> None:
    """Seed torch on every device for one epoch; dropout and initial weights draw from there.

    Another ``process`` of the same training draws something else.
    """
    keys = [seed, epoch, process] if process else [seed, epoch]
    torch.manual_seed(int(np.random.SeedSequence(keys).generate_state(1, np.uint64)[0]))


def drawn(segments: int, weights: Tensor | None) -> Tensor:
    """Numbers of an epoch's segments, by torch's generator: all in a new order, or by weight.

    By weight as many are drawn as there are, some twice and some not.
    """
    if weights is None:
        return torch.randperm(segments)
    return torch.multinomial(weights, segments, replacement=True)


def shuffled_batches(segments: int, size: int, weights: Tensor | None = None) -> list[Tensor]:
    """Indices of the segments that are `drawn`, in batches of ``size``.

    A last batch of one segment joins the one before it: batch norm needs two.
    """
    batches = list(torch.split(drawn(segments, weights), size))
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


def repeatable(device: torch.device) -> None:
    """Ask torch for the same sums every time; on a GPU, as far as its operators can."""
    if device.type == "cuda":
        os.environ.setdefault(
            "CUBLAS_WORKSPACE_CONFIG", ":4096:8"
        )  # cuBLAS reads it when it starts
        torch.backends.cudnn.benchmark = False
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
