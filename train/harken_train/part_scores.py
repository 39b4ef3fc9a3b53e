"""How right a classifier is on one part of a split: by window and by recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from harken_train import metrics
from harken_train.classifier import Classifier, a_class_each
from harken_train.metrics import Floats, Numbers
from harken_train.ragged import in_rectangles
from harken_train.segments import Segments

_BATCH = 64


@dataclass(frozen=True, kw_only=True)
class Score:
    """``count`` windows or recordings; accuracy and F1 from 0 to 1.

    ``scored_f1`` is the mean F1 of the classes that the recipe names as scored, if it does.
    """

    count: int
    accuracy: float
    macro_f1: float
    scored_f1: float | None = None


@dataclass(frozen=True, kw_only=True)
class PartScores:
    """The scores of one part, by window and by recording."""

    part: str
    windows: Score
    recordings: Score


def score_part(
    classifier: Classifier, segments: Segments, part: str, scored: Sequence[str] = ()
) -> PartScores:
    """Decide every segment and hold the decisions to the labels."""
    scores = scores_of(classifier, segments)
    first, means = by_recording(segments, scores)
    return PartScores(
        part=part,
        windows=score(scores.argmax(1), segments.labels, segments.classes, scored),
        recordings=score(means.argmax(1), segments.labels[first], segments.classes, scored),
    )


def by_recording(segments: Segments, scores: Floats) -> tuple[Numbers, Floats]:
    """Decide recordings: by the mean of the scores of their windows that are among ``segments``.

    For each recording the number of its first segment, and its mean scores.
    """
    _, first, where = np.unique(segments.recording, return_index=True, return_inverse=True)
    sums = np.zeros((len(first), len(segments.classes)))
    np.add.at(sums, where, scores)
    return first, sums / np.bincount(where)[:, None]


def score(
    decided: Numbers, labels: Numbers, classes: Sequence[str], scored: Sequence[str] = ()
) -> Score:
    """Hold decisions to labels, both numbers of ``classes``."""
    counts = metrics.confusion(labels, decided, len(classes))
    numbers = [classes.index(label) for label in scored]
    return Score(
        count=len(labels),
        accuracy=float(metrics.accuracy(counts)),
        macro_f1=float(metrics.macro_f1(counts)),
        scored_f1=float(metrics.macro_f1(counts, numbers)) if numbers else None,
    )


def scores_of(classifier: Classifier, segments: Segments) -> Floats:
    """Scores (segments, classes) of every segment, in batches; recordings whole, none padded."""
    return answers_of(classifier, segments)[1]


@torch.no_grad()
def answers_of(classifier: Classifier, segments: Segments) -> tuple[Floats, Floats]:
    """Logits, one a class (`a_class_each`), and scores: both (segments, classes)."""
    logits, scores = (np.empty((len(segments), len(segments.classes))) for _ in range(2))
    for numbers, samples in in_rectangles(segments.held, _BATCH):
        stages = classifier(torch.tensor(samples))
        logits[numbers] = a_class_each(stages.logits).numpy()
        scores[numbers] = stages.scores.numpy()
    return logits, scores
