"""How right the exported file itself is on the held-out segments, with the stamp of the split."""

from __future__ import annotations

from typing import Any

import numpy as np

from harken.stream import Samples
from harken_train.bootstrap import Measured
from harken_train.evaluate import draws_of, judge
from harken_train.figures import Figures
from harken_train.figures import figures_of as measure
from harken_train.metrics import Floats
from harken_train.run import Run
from harken_train.segments import Segments


def figures_of(run: Run, test: Segments, scores: Samples | Floats) -> dict[str, Any]:
    """Accuracy and F1 by window and by recording, measured as ``evaluate`` does.

    ``scores`` are the file's for the ``test`` segments, so an int8 file tells of itself. Of
    recordings that are decided whole, windows are the pieces: one each, but for the longest.
    """
    windows, recordings = (
        measure(judged, draws_of(run, judged))
        for judged in judge(test, scores.astype(np.float64), run.recordings, run.recipe.scored)
    )
    return {
        "split": run.facts.split,
        "leaky": run.split.leaky,
        "groups": windows.groups,
        **({"scored": list(run.recipe.scored)} if run.recipe.scored else {}),
        "windows": _plain(windows),
        "recordings": _plain(recordings),
    }


def _plain(found: Figures) -> dict[str, Any]:
    return {
        "count": found.count,
        "accuracy": _with_interval(found.accuracy),
        "macro_f1": _with_interval(found.macro_f1),
        **({"scored_f1": _with_interval(found.scored_f1)} if found.scored else {}),
        "class_f1": {one.label: _with_interval(one.f1) for one in found.classes},
    }


def _with_interval(figure: Measured) -> dict[str, float]:
    """``value`` from 0 to 1, and ``low`` and ``high`` where there are groups enough for them."""
    table = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {key: round(value, 4) for key, value in table.items() if value is not None}
