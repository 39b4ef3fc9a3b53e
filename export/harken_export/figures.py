"""How right the exported file itself is on the held-out segments, with the stamp of the split."""

from __future__ import annotations

from typing import Any

import numpy as np

from harken.stream import Samples
from harken_export.paired import interval_by_group
from harken_train.part_scores import Score, score
from harken_train.run import Run
from harken_train.segments import Numbers, Segments


def figures_of(run: Run, test: Segments, groups: Numbers, scores: Samples) -> dict[str, Any]:
    """Accuracy and macro-F1 by window and by recording (which its mean scores decide).

    ``scores`` are the file's for the ``test`` segments. ``interval`` holds the accuracy by window
    with 95 %, drawn by group, where there is more than one.
    """
    _, first, place = np.unique(test.recording, return_index=True, return_inverse=True)
    sums = np.zeros((len(first), scores.shape[1]))
    np.add.at(sums, place, scores)
    decided = np.argmax(scores, axis=1)
    interval = interval_by_group((decided == test.labels).astype(float), groups)
    classes = len(run.classes)
    return {
        "run": run.path.resolve().name,
        "split": run.facts.split,
        "leaky": run.split.leaky,
        "groups": len(np.unique(groups)),
        "windows": _plain(score(decided, test.labels, classes)),
        "recordings": _plain(score(np.argmax(sums, axis=1), test.labels[first], classes)),
        **({} if interval is None else {"interval": [round(end, 4) for end in interval]}),
    }


def _plain(score: Score) -> dict[str, Any]:
    return {
        "count": score.count,
        "accuracy": round(score.accuracy, 4),
        "macro_f1": round(score.macro_f1, 4),
    }
