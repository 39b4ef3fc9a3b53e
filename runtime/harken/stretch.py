"""Which part of a recording speaks most for the answer on all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harken.decision import Decision
from harken.model import Model
from harken.stream import Samples


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Samples ``first`` to ``last`` (not included), and the answer's ``score`` on them alone."""

    first: int
    last: int
    score: float


def deciding_stretch(
    model: Model, samples: Samples, decisions: Sequence[Decision], answer: str | None
) -> Stretch | None:
    """Ask the model again, on every stretch of the shortest length, a second apart.

    Gives the one on which ``answer`` scores highest, the first of equals. Of a recording longer
    than the model decides whole, only the window that scores highest is asked again. None without
    an answer, without a stretch that can be judged, and from a model of windows.
    """
    wanted = model.contract.input
    if answer is None or not wanted.any_length:
        return None
    place, begin = model.contract.classes.index(answer), 0
    if samples.shape[1] > wanted.most:
        windows = [one for one in decisions if one.valid and not one.record]
        if not windows:
            return None
        window = max(windows, key=lambda one: one.scores[place])
        begin, samples = window.first, samples[:, window.first : window.last]
    stretches = [stretch for stretch in model.stretches(samples) if stretch.valid]
    if not stretches:
        return None
    best = max(stretches, key=lambda one: one.scores[place])
    return Stretch(first=begin + best.first, last=begin + best.last, score=best.scores[place])
