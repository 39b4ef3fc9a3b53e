"""What the int8 search may look at: no sample of it is in the test."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harken.stream import Samples
from harken_train.ragged import Numbers
from harken_train.run import Run
from harken_train.segments import Segments

CALIBRATION = 128  # segments; ranges hardly move beyond
SELECTION = 256  # segments every candidate answers


@dataclass(frozen=True, kw_only=True)
class Material:
    """Ranges are measured on ``calibration``, choices made on ``selection``, judged on ``test``.

    ``groups`` are the groups of the test segments, counted from 0.
    """

    calibration: Samples
    selection: Segments
    test: Segments
    groups: Numbers


def material_of(run: Run) -> Material:
    """Take calibration from training, selection from validation (without one: from training)."""
    window = run.recipe.signal.window
    test = run.segments("test")
    train = apart(run.segments("train"), test, window)
    validation = apart(run.segments("validation"), test, window)
    selection = validation if len(validation) else train
    names = [run.recordings[k].group for k in test.recording]
    numbers = {name: number for number, name in enumerate(sorted(set(names)))}
    return Material(
        calibration=train.samples[evenly(train, CALIBRATION)],
        selection=rows_of(selection, evenly(selection, SELECTION)),
        test=test,
        groups=np.array([numbers[name] for name in names], np.int64),
    )


def apart(segments: Segments, test: Segments, window: int) -> Segments:
    """Leave out segments that share a sample with one of the test (leaky splits have such)."""
    places = {
        recording: test.first[test.recording == recording] for recording in set(test.recording)
    }
    kept = [
        k
        for k, (recording, first) in enumerate(zip(segments.recording, segments.first, strict=True))
        if recording not in places or (np.abs(places[recording] - first) >= window).all()
    ]
    if len(kept) == len(segments):
        return segments  # as it is: a set larger than memory stays where it lies
    return rows_of(segments, np.array(kept, np.int64))


def rows_of(segments: Segments, rows: npt.NDArray[np.int64]) -> Segments:
    """Give the chosen rows, in their order."""
    return replace(
        segments,
        samples=segments.samples[rows],
        labels=segments.labels[rows],
        recording=segments.recording[rows],
        first=segments.first[rows],
    )


def evenly(segments: Segments, at_most: int) -> npt.NDArray[np.int64]:
    """Rows of up to ``at_most`` segments, as many a class, spread over all of the class."""
    share = max(1, at_most // len(segments.classes))
    rows: list[int] = []
    for label in range(len(segments.classes)):
        own = np.flatnonzero(segments.labels == label)
        rows += own[np.linspace(0, len(own) - 1, min(share, len(own))).astype(int)].tolist()
    return np.array(sorted(rows), np.int64)
