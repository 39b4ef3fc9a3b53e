"""The few formulas that figures are made of, over any number of confusion matrices at once.

A confusion matrix is (..., classes, classes) of counts or weights: rows are what is true, columns
what was decided. Definitions are scikit-learn's (``zero_division=0``); tests hold them to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


def confusion(labels: Numbers, decided: Numbers, classes: int) -> Floats:
    """Count who was decided to be what: (classes, classes)."""
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels, decided), 1.0)
    return counts


def accuracy(counts: Floats) -> Floats:
    """Share that was decided rightly."""
    return _ratio(_hits(counts).sum(-1), counts.sum((-1, -2)))


def recall(counts: Floats) -> Floats:
    """Of each class, the share that was found; 0 for a class that is not there."""
    return _ratio(_hits(counts), counts.sum(-1))


def precision(counts: Floats) -> Floats:
    """Of each class, the share of its decisions that were right; 0 if it was never decided."""
    return _ratio(_hits(counts), counts.sum(-2))


def f1(counts: Floats) -> Floats:
    """Of each class, the harmonic mean of precision and recall."""
    return _ratio(2.0 * _hits(counts), counts.sum(-1) + counts.sum(-2))


def macro_f1(counts: Floats, of: Sequence[int] | None = None) -> Floats:
    """Mean F1 of the classes that are there or were decided: each weighs the same.

    With ``of`` only these classes, by number, are in the mean; the others still count as mistakes.
    """
    chosen = slice(None) if of is None else list(of)
    known = ((counts.sum(-1) + counts.sum(-2)) > 0.0)[..., chosen]
    return _ratio((f1(counts)[..., chosen] * known).sum(-1), known.sum(-1))


def balanced_accuracy(counts: Floats) -> Floats:
    """Mean recall of the classes that are there: chance is one over their number."""
    known = counts.sum(-1) > 0.0
    return _ratio((recall(counts) * known).sum(-1), known.sum(-1))


def auroc(positive: npt.NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Probability that a positive scores higher than a negative, ties counting half.

    ``weights`` is (..., n): one answer each; NaN where positives or negatives are missing.
    """
    order = np.argsort(scores, kind="stable")
    steps = np.flatnonzero(np.diff(scores[order], prepend=-np.inf) > 0.0)  # first of equal scores
    sorted_weights = weights[..., order]
    up = np.add.reduceat(np.where(positive[order], sorted_weights, 0.0), steps, axis=-1)
    down = np.add.reduceat(np.where(positive[order], 0.0, sorted_weights), steps, axis=-1)
    below = np.cumsum(down, axis=-1) - down
    total = up.sum(-1) * down.sum(-1)
    won = (up * (below + 0.5 * down)).sum(-1)
    return np.where(total > 0.0, won / np.where(total > 0.0, total, 1.0), np.nan)


def class_aurocs(labels: Numbers, scores: Floats, weights: Floats) -> Floats:
    """Each class against all others by its own score: (..., classes)."""
    classes = scores.shape[1]
    return np.stack(
        [auroc(labels == c, scores[:, c], weights) for c in range(classes)],
        axis=-1,
    )


def macro_auroc(aurocs: Floats) -> Floats:
    """Mean over the classes for which it is defined; NaN if for none."""
    known = np.isfinite(aurocs)
    total = np.where(known, aurocs, 0.0).sum(-1)
    return np.where(known.any(-1), total / np.maximum(known.sum(-1), 1), np.nan)


def _hits(counts: Floats) -> Floats:
    return np.diagonal(counts, axis1=-2, axis2=-1)


def _ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.where(whole > 0.0, part / np.where(whole > 0.0, whole, 1.0), 0.0)
