"""What a training brings down: cross-entropy, or for two classes that of the single logit."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def loss_sums(
    logits: Tensor, labels: Tensor, weights: Tensor, label_smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Give the summed loss of a batch, and what it is divided by for the mean.

    ``weights`` has one weight a class. A single logit, that of the second class, is held to its
    label by binary cross-entropy in which a positive weighs ``weights[1] / weights[0]``.
    """
    divisor = loss_divisor(labels, weights, logits.shape[-1]).to(logits.dtype)
    if logits.shape[-1] == 1:
        targets = labels.to(logits.dtype) * (1.0 - label_smoothing) + label_smoothing / 2
        total = functional.binary_cross_entropy_with_logits(
            logits[:, 0], targets, pos_weight=weights[1] / weights[0], reduction="sum"
        )
        return total, divisor
    total = functional.cross_entropy(
        logits, labels, weights, reduction="sum", label_smoothing=label_smoothing
    )
    return total, divisor


def loss_divisor(labels: Tensor, weights: Tensor, logits: int) -> Tensor:
    """What the summed loss of segments with these labels is divided by for their mean."""
    return weights.new_tensor(len(labels)) if logits == 1 else weights[labels].sum()


def mean_loss(
    logits: Tensor, labels: Tensor, weights: Tensor, label_smoothing: float = 0.0
) -> Tensor:
    """Give the mean loss of a batch, every segment counting with its weight."""
    total, count = loss_sums(logits, labels, weights, label_smoothing)
    return total / count
