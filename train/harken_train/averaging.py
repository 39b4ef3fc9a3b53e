"""A running mean of the weights over a training's steps, steadier than any one of them."""

from __future__ import annotations

import copy

import torch

from harken_train.classifier import Classifier


class Averaged:
    """``module`` holds the exponential moving average of another one's weights and buffers.

    ``memory`` is the share of the mean that a step keeps; early steps, of which there are few,
    keep less. Source: Polyak and Juditsky 1992, in the exponential form of Tarvainen and Valpola
    2017.
    """

    def __init__(self, module: Classifier, memory: float) -> None:
        self.module = copy.deepcopy(module).eval()
        self._memory = memory

    @torch.no_grad()
    def add(self, module: Classifier, step: int) -> None:
        """Take the weights after ``step`` steps, counted from 1 over all epochs, into the mean."""
        kept = min(self._memory, (1 + step) / (10 + step))
        for mean, new in zip(
            self.module.state_dict().values(), module.state_dict().values(), strict=True
        ):
            if mean.is_floating_point():
                mean.lerp_(new, 1.0 - kept)
            else:
                mean.copy_(new)
