"""How right a classifier is on one part of a split: by window and by recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from harken_train import metrics
from harken_train.classifier import Classifier
from harken_train.metrics import Floats, Numbers
from harken_train.ragged import in_rectangles
from harken_train.segments import Segments

_BATCH = 64


@dataclass(frozen=True, kw_only=True)
class Score:
    """``count`` windows or recordings; accuracy and macro-F1 from 0 to 1."""

    count: int
    accuracy: float
    macro_f1: float


@dataclass(frozen=True, kw_only=True)
class PartScores:
    """The scores of one part, by window and by recording."""

    part: str
    windows: Score
    recordings: Score


def score_part(classifier: Classifier, segments: Segments, part: str) -> PartScores:
    """Decide every segment and hold the decisions to the labels."""
    scores = scores_of(classifier, segments)
    first, means = by_recording(segments, scores)
    classes = len(segments.classes)
    return PartScores(
        part=part,
        windows=score(scores.argmax(1), segments.labels, classes),
        recordings=score(means.argmax(1), segments.labels[first], classes),
    )


def by_recording(segments: Segments, scores: Floats) -> tuple[Numbers, Floats]:
    """Decide recordings: by the mean of the scores of their windows that are among ``segments``.

    For each recording the number of its first segment, and its mean scores.
    """
    _, first, where = np.unique(segments.recording, return_index=True, return_inverse=True)
    sums = np.zeros((len(first), len(segments.classes)))
    np.add.at(sums, where, scores)
    return first, sums / np.bincount(where)[:, None]


def score(decided: Numbers, labels: Numbers, classes: int) -> Score:
    """Hold decisions to labels."""
    counts = metrics.confusion(labels, decided, classes)
    return Score(
        count=len(labels),
        accuracy=float(metrics.accuracy(counts)),
        macro_f1=float(metrics.macro_f1(counts)),
    )


@torch.no_grad()
def scores_of(classifier: Classifier, segments: Segments) -> Floats:
    """Scores (segments, classes) of every segment, in batches."""
    found = np.empty((len(segments), len(segments.classes)))
    for numbers, samples in in_rectangles(segments.held, _BATCH):
        found[numbers] = classifier(torch.tensor(samples)).scores.numpy()
    return found
