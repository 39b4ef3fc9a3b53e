"""Heads: what decides on the network's embedding. One file, one kind."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor, nn

from harken.registry import Registry


class Head(Protocol):
    """Settings of a head."""

    def fit(self, embeddings: Tensor, labels: Tensor, classes: int) -> nn.Module | None:
        """Make the head from training segments: (n, embedding) float32 and their classes.

        The module turns embeddings into logits, as many as `logit_count` says; ``None`` leaves
        the network's own logits.
        """
        ...


heads: Registry[Head] = Registry("head", "harken_train.heads")
