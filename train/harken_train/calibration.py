"""Whether scores mean what they say: of all decisions with score 0.8, 80 % should be right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harken_train.bootstrap import Draws, Measured, measured
from harken_train.metrics import Floats, Numbers

BINS = 10


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Decisions whose score lies between ``low`` and ``high``: how sure, and how often right."""

    low: float
    high: float
    count: int
    score: float | None  # mean of the decisions' scores
    right: float | None  # share that was right


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """``error`` is the expected calibration error: mean gap between score and share right.

    Bins are of equal width and weigh as many decisions as they hold (Naeini et al., AAAI 2015).
    With few decisions the error is not 0 even for perfect scores. ``over`` is mean score less
    accuracy: above 0, the model is surer than it is right.
    """

    error: Measured
    over: Measured
    bins: tuple[Bin, ...]


def calibration(labels: Numbers, scores: Floats, group_of: Numbers, draws: Draws) -> Calibration:
    """Hold the decided classes' scores to how often they are right."""
    decided = scores.argmax(axis=1)
    best = scores.max(axis=1)
    right = (decided == labels).astype(np.float64)
    place = np.minimum((best * BINS).astype(np.int64), BINS - 1)
    sums = np.zeros((draws.weights.shape[1], 3, BINS))  # a group: count, scores, right
    for i, values in enumerate((np.ones_like(best), best, right)):
        np.add.at(sums[:, i], (group_of, place), values)
    total = sums.sum(axis=0)
    drawn = np.einsum("dg,gsb->dsb", draws.weights, sums)
    filled = total[0] > 0
    return Calibration(
        error=measured(_error(total), _error(drawn)),
        over=measured(_over(total), _over(drawn)),
        bins=tuple(
            Bin(
                low=i / BINS,
                high=(i + 1) / BINS,
                count=int(total[0, i]),
                score=float(total[1, i] / total[0, i]) if filled[i] else None,
                right=float(total[2, i] / total[0, i]) if filled[i] else None,
            )
            for i in range(BINS)
        ),
    )


def _error(sums: Floats) -> Floats:
    """(..., 3, bins) -> (...)."""
    gaps = np.abs(sums[..., 1, :] - sums[..., 2, :]).sum(-1)
    return np.asarray(gaps / np.maximum(sums[..., 0, :].sum(-1), 1e-12))


def _over(sums: Floats) -> Floats:
    gaps = (sums[..., 1, :] - sums[..., 2, :]).sum(-1)
    return np.asarray(gaps / np.maximum(sums[..., 0, :].sum(-1), 1e-12))
