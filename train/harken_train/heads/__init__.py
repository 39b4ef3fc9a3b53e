"""Heads: what decides on the network's embedding. One file, one kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol

from torch import Tensor, nn

from harken.registry import Registry


class FittedHead(nn.Module):
    """(batch, embedding) float32 -> (batch, logits) float32; all that it learned is buffers."""

    def facts(self) -> dict[str, int]:
        """What run and contract say of its size."""
        return {}


class Head(Protocol):
    """Settings of a head."""

    fitted: ClassVar[bool]  # False: the network's own logits are what decides

    def check(self, embedding: int, counts: Tensor) -> None:
        """Raise before the first epoch what `fit` would refuse after the last.

        ``embedding`` is how many values it has, ``counts`` are training segments a class.
        """
        ...

    def fit(self, embeddings: Tensor, labels: Tensor, classes: int) -> FittedHead | None:
        """Make the head from training segments: (n, embedding) float32 and their classes.

        The module turns embeddings into logits, as many as `logit_count` says; ``None`` leaves
        the network's own logits.
        """
        ...

    def load(self, state: Mapping[str, Tensor]) -> FittedHead | None:
        """Make the head that `fit` made, from its buffers; `KeyError` when one is missing."""
        ...


heads: Registry[Head] = Registry("head", "harken_train.heads")
