"""Classes of unequal size: how many segments each has, and what each weighs in the loss."""

from __future__ import annotations

import torch
from torch import Tensor

from harken_train.segments import Segments

UNEVEN = 1.5  # largest class over smallest, from where it is worth a word


def class_counts(segments: Segments) -> Tensor:
    """Segments a class, in the order of the classes."""
    return torch.bincount(torch.from_numpy(segments.labels), minlength=len(segments.classes))


def class_weights(counts: Tensor, how: str) -> Tensor:
    """Float32 weights a class: 1, or for ``"balanced"`` the inverse of its share, 1 on average."""
    if how == "none":
        return torch.ones(len(counts))
    return (counts.sum() / (len(counts) * counts.double())).float()


def draw_weights(counts: Tensor, labels: Tensor, balance: float) -> Tensor | None:
    """How likely each segment is drawn: its class's size to the power ``-balance``; 0: no draw."""
    return counts.double()[labels].pow(-balance) if balance else None


def uneven_in_words(
    counts: Tensor, classes: tuple[str, ...], how: str, balance: float = 0.0
) -> str:
    """One line on training classes of unequal size and what is done; empty when they are alike."""
    ratio = float(counts.max() / counts.min())
    if ratio < UNEVEN:
        return ""
    listed = ", ".join(f"{name} {int(count)}" for name, count in zip(classes, counts, strict=True))
    done = (
        "every class weighs the same in the loss"
        if how == "balanced"
        else 'set training.class_weights = "balanced" to weigh every class the same'
    )
    if balance:
        done = f"drawn by the size of their class to the power -{balance:g}; {done}"
    return f"training segments are uneven, {ratio:.1f} to 1 ({listed}): {done}"
