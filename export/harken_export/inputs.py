"""What an export is compared on: all held-out segments of its run, and the stress inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harken.errors import DataError
from harken.stream import Samples
from harken_train.ragged import Numbers, Ragged, in_rectangles
from harken_train.recipe import Signal
from harken_train.run import Run
from harken_train.stress import stress_inputs

CHUNK = 28  # segments PyTorch answers at a time: whole batches of 7


@dataclass(frozen=True)
class Inputs:
    """``samples`` (n, channels, window), or whole recordings, each with a name for people.

    The first ``segments`` of them are held-out recordings, the rest stress inputs.
    """

    samples: Samples | Ragged
    names: tuple[str, ...]
    segments: int

    def chunks(self) -> Iterator[tuple[Numbers, Samples]]:
        """Numbers of some of them and these, all of one length, until all were given."""
        if isinstance(self.samples, Ragged):
            yield from in_rectangles(self.samples, CHUNK)
            return
        for first in range(0, len(self.samples), CHUNK):
            some = self.samples[first : first + CHUNK]
            yield np.arange(first, first + len(some)), some


def inputs_of(run: Run) -> Inputs:
    """All held-out segments of a run, and the stress inputs at its rate and `lengths_of` it."""
    test = run.segments("test")
    if not len(test):
        raise DataError(f"{run.path}: has no held-out segments to prove an export on")
    signal, recordings = run.recipe.signal, run.recordings
    stress = {
        f"{name!r} of {length} samples" if signal.lengths else repr(name): samples
        for length in lengths_of(signal)
        for name, samples in stress_inputs(length, signal.rate, signal.channels).items()
    }
    samples: Samples | Ragged
    if test.whole is None:
        samples = np.concatenate([test.samples, np.stack(list(stress.values()))])
    else:
        samples = Ragged.of([*test.whole, *stress.values()])
    return Inputs(
        samples=samples,
        names=(
            *(
                _name(recordings[recording].name, int(first), whole=test.whole is not None)
                for recording, first in zip(test.recording, test.first, strict=True)
            ),
            *(f"stress input {name}" for name in stress),
        ),
        segments=len(test),
    )


def _name(recording: str, first: int, *, whole: bool) -> str:
    return recording if whole and not first else f"{recording} from sample {first}"


def lengths_of(signal: Signal) -> tuple[int, ...]:
    """How long the stress inputs are: a window; or both ends of the range, and odd ones inside.

    An exporter that takes a length for a constant, or for even, is right at some of them only.
    """
    if signal.lengths is None:
        return (signal.window,)
    shortest, longest = signal.lengths
    between = ((2 * shortest + longest) // 3, (shortest + 2 * longest) // 3)
    odd = (shortest + 1, *(length | 1 for length in between), longest - 1)
    inside = {length for length in odd if shortest < length < longest}
    return tuple(sorted({shortest, signal.window, longest, *inside}))
