"""The learning rate, as a pure function of how far the training is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harken_train.recipe import Training

PLATEAU_EPOCHS = 5  # without a better validation loss before the rate is halved
LOWEST = 0.01  # of the recipe's rate, where the cosine ends


def learning_rate(training: Training, position: float, losses: Sequence[float]) -> float:
    """The rate at ``position``, in epochs since the start, after these validation losses.

    It climbs in a straight line over ``warmup_epochs``, at most half of the training; then it
    follows a half cosine down, stays, or is halved on every plateau.
    """
    warmup = min(float(training.warmup_epochs), training.epochs / 2)
    if position < warmup:
        return training.learning_rate * position / warmup
    if training.schedule == "plateau":
        return training.learning_rate * _plateau_factor(losses)
    if training.schedule == "constant":
        return training.learning_rate
    done = (position - warmup) / (training.epochs - warmup)
    return training.learning_rate * (LOWEST + (1 - LOWEST) * (1 + math.cos(math.pi * done)) / 2)


def best_epoch(losses: Sequence[float]) -> int:
    """The first epoch, from 1, with the lowest validation loss; 0 when there is none yet."""
    return min(range(len(losses)), key=losses.__getitem__) + 1 if losses else 0


def kept_epoch(training: Training, losses: Sequence[float]) -> int:
    """The epoch whose weights the run gives: the best so far, or of ``last`` the newest."""
    return len(losses) if training.keep == "last" else best_epoch(losses)


def is_kept(training: Training, losses: Sequence[float]) -> bool:
    """Whether the newest epoch is called the kept one; of ``last`` only the end is, not each."""
    if training.keep == "last":
        return is_over(training, losses)
    return best_epoch(losses) == len(losses)


def kept_in_words(training: Training, epoch: int, epochs: int) -> str:
    """Say which epoch of so many was kept, and by which rule."""
    rule = "the last" if training.keep == "last" else "the lowest validation loss"
    return f"kept epoch {epoch} of {epochs} ({rule})"


def is_over(training: Training, losses: Sequence[float]) -> bool:
    """Whether all epochs are done, or ``patience`` of them brought no better validation loss."""
    if len(losses) >= training.epochs:
        return True
    return 0 < training.patience <= len(losses) - best_epoch(losses)


def _plateau_factor(losses: Sequence[float]) -> float:
    factor, best, stale = 1.0, math.inf, 0
    for loss in losses:
        best, stale = (loss, 0) if loss < best else (best, stale + 1)
        if stale == PLATEAU_EPOCHS:
            factor, stale = factor / 2, 0
    return factor
