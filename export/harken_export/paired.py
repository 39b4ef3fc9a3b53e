"""Two files on the same labelled segments: who is right where the other is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from harken.stream import Samples
from harken_train import metrics
from harken_train.bootstrap import LEVEL, draw_groups
from harken_train.ragged import Numbers


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """fp32 against int8 on the same segments; shares are 0 to 1.

    ``p_value`` is McNemar's exact test (two-sided) on the segments that only one of them gets
    right. ``interval`` holds the loss of accuracy with 95 %, drawn by group; None with too few.
    The areas under the ROC curve are one class against the rest, averaged over the classes that
    stand on both sides; None when there is none. ``scored_f1`` is the mean F1 of the classes that
    the recipe scores by; None when it names none.
    """

    segments: int
    groups: int
    accuracy: tuple[float, float]
    auc: tuple[float, float] | None
    agreement: float
    only_fp32_right: int
    only_int8_right: int
    p_value: float
    interval: tuple[float, float] | None
    scored_f1: tuple[float, float] | None = None

    @property
    def accuracy_loss(self) -> float:
        """What int8 loses of the accuracy; negative when it gains."""
        return self.accuracy[0] - self.accuracy[1]

    @property
    def auc_loss(self) -> float:
        """What int8 loses of the area under the curve; 0 when there is no such area."""
        return 0.0 if self.auc is None else self.auc[0] - self.auc[1]

    @property
    def score_loss(self) -> float:
        """What int8 loses of the scored classes' mean F1; 0 when none are scored."""
        return 0.0 if self.scored_f1 is None else self.scored_f1[0] - self.scored_f1[1]


def compare(
    labels: Numbers, groups: Numbers, fp32: Samples, int8: Samples, scored: Sequence[int] = ()
) -> Comparison:
    """Hold the ``(n, classes)`` scores of both against the labels; ``groups`` count from 0.

    ``scored`` are the numbers of the classes that the recipe scores by.
    """
    right = np.argmax(fp32, axis=1) == labels, np.argmax(int8, axis=1) == labels
    lost, gained = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    areas = _auc(labels, fp32), _auc(labels, int8)
    return Comparison(
        segments=len(labels),
        groups=len(np.unique(groups)),
        accuracy=(float(right[0].mean()), float(right[1].mean())),
        auc=None if areas[0] is None or areas[1] is None else (areas[0], areas[1]),
        agreement=float((np.argmax(fp32, axis=1) == np.argmax(int8, axis=1)).mean()),
        only_fp32_right=lost,
        only_int8_right=gained,
        p_value=float(stats.binomtest(lost, lost + gained).pvalue) if lost + gained else 1.0,
        interval=_interval(right[0].astype(float) - right[1], labels, groups),
        scored_f1=(_f1(labels, fp32, scored), _f1(labels, int8, scored)) if scored else None,
    )


def _f1(labels: Numbers, scores: Samples, scored: Sequence[int]) -> float:
    counts = metrics.confusion(labels, np.argmax(scores, axis=1), scores.shape[1])
    return float(metrics.macro_f1(counts, scored))


def _auc(labels: Numbers, scores: Samples) -> float | None:
    areas = metrics.class_aurocs(labels, scores.astype(np.float64), np.ones(len(labels)))
    mean = float(metrics.macro_auroc(areas))
    return mean if np.isfinite(mean) else None


def _interval(
    loss: npt.NDArray[np.float64], labels: Numbers, groups: Numbers
) -> tuple[float, float] | None:
    weights = draw_groups(groups, labels, np.random.default_rng(0)).weights
    if not len(weights):
        return None
    means = weights @ np.bincount(groups, weights=loss) / (weights @ np.bincount(groups))
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail])
    return float(low), float(high)
