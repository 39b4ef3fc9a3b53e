"""What the int8 search may look at: no sample of it is in the test."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harken.probe import probe_inputs
from harken.stream import Samples
from harken_train.ragged import Numbers, Ragged
from harken_train.recipe import Signal
from harken_train.run import Run
from harken_train.segments import Segments

CALIBRATION = 128  # segments; ranges hardly move beyond
SELECTION = 256  # segments every candidate answers


@dataclass(frozen=True, kw_only=True)
class Material:
    """Ranges are measured on ``calibration``, choices made on ``selection``, judged on ``test``.

    ``groups`` are the groups of the test segments, counted from 0; ``timed`` is what a decision is
    timed on, one window; ``scored`` the numbers of the classes that the recipe scores by.
    """

    calibration: Samples | Ragged
    selection: Segments
    test: Segments
    groups: Numbers
    timed: Samples
    scored: tuple[int, ...] = ()


def material_of(run: Run) -> Material:
    """Take calibration from training, selection from validation (without one: from training)."""
    test = run.segments("test")
    train = apart(run.segments("train"), test)
    validation = apart(run.segments("validation"), test)
    selection = validation if len(validation) else train
    names = [run.recordings[k].group for k in test.recording]
    numbers = {name: number for number, name in enumerate(sorted(set(names)))}
    calibration = train.held[evenly(train, CALIBRATION)]
    return Material(
        calibration=calibration,
        selection=rows_of(selection, evenly(selection, SELECTION)),
        test=test,
        groups=np.array([numbers[name] for name in names], np.int64),
        timed=calibration[:1] if not isinstance(calibration, Ragged) else _noise(run.recipe.signal),
        scored=tuple(map(run.classes.index, run.recipe.scored)),
    )


def _noise(signal: Signal) -> Samples:
    """One window, where recordings have lengths of their own."""
    return probe_inputs(1, signal.channels, signal.window, signal.scale)


def apart(segments: Segments, test: Segments) -> Segments:
    """Leave out segments that share a sample with one of the test (leaky splits have such)."""
    lasts, test_lasts = _lasts(segments), _lasts(test)
    places = {
        recording: (test.first[rows], test_lasts[rows])
        for recording in set(test.recording)
        for rows in [test.recording == recording]
    }

    def is_apart(k: int) -> bool:
        recording = segments.recording[k]
        if recording not in places:
            return True
        first, last = places[recording]
        return bool(((lasts[k] <= first) | (last <= segments.first[k])).all())

    kept = [k for k in range(len(segments)) if is_apart(k)]
    if len(kept) == len(segments):
        return segments  # as it is: a set larger than memory stays where it lies
    return rows_of(segments, np.array(kept, np.int64))


def _lasts(segments: Segments) -> Numbers:
    """The first sample after each segment."""
    held = segments.held
    lengths = held.lengths if isinstance(held, Ragged) else held.shape[-1]
    return segments.first + lengths


def rows_of(segments: Segments, rows: npt.NDArray[np.int64]) -> Segments:
    """Give the chosen rows, in their order."""
    return replace(
        segments,
        samples=segments.samples if segments.whole is not None else segments.samples[rows],
        whole=None if segments.whole is None else segments.whole[rows],
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
