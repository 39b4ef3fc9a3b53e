"""Mixup: a batch is trained on as blends of its own rows, and held to both labels of each.

Source: Zhang, Cisse, Dauphin, Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", ICLR 2018.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from harken_train.loss import loss_sums


class Mixed(NamedTuple):
    """Features of a batch, each ``kept`` of one row and the rest of another; labels of both."""

    features: Tensor
    labels: Tensor
    others: Tensor
    kept: float

    def loss(self, logits: Tensor, weights: Tensor, label_smoothing: float) -> Tensor:
        """The summed loss, each label counting by its share in the blend."""
        total, _ = loss_sums(logits, self.labels, weights, label_smoothing)
        if self.kept == 1.0:
            return total
        other, _ = loss_sums(logits, self.others, weights, label_smoothing)
        return self.kept * total + (1.0 - self.kept) * other


def mixed(features: Tensor, labels: Tensor, alpha: float) -> Mixed:
    """Blend the rows with each other by a share drawn from Beta(alpha, alpha); 0: leave them."""
    if alpha == 0.0:
        return Mixed(features, labels, labels, 1.0)
    share = float(torch.distributions.Beta(alpha, alpha).sample())
    kept, order = max(share, 1.0 - share), torch.randperm(len(labels))
    blended = kept * features + (1.0 - kept) * features[order]
    return Mixed(blended, labels, labels[order], kept)
