"""What a recording too long to be decided whole held for a while, beside its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harken.decision import Decision


@dataclass(frozen=True, kw_only=True)
class Passing:
    """A class that was the answer of ``windows`` windows, and no more than that.

    Samples ``first`` to ``last`` (not included) are the window that is surest of it, with
    ``score``.
    """

    label: str
    windows: int
    first: int
    last: int
    score: float


def passing(
    decisions: Sequence[Decision], answer: str | None, normal: Sequence[str]
) -> list[Passing]:
    """Give each class that is neither the ``answer`` nor ``normal``, in the order of the windows.

    The mean of many windows hides what comes and goes. A window that is unsure tells nothing, and
    of a recording that was decided at once there is nothing to tell.
    """
    found: dict[str, Passing] = {}
    if any(decision.record and decision.windows is None for decision in decisions):
        return []
    for decision in decisions:
        label, score = decision.label, decision.score
        if decision.record or decision.unsure or label is None or score is None:
            continue
        if label == answer or label in normal:
            continue
        so_far = found.get(label)
        windows = 1 if so_far is None else so_far.windows + 1
        if so_far is None or score > so_far.score:
            found[label] = Passing(
                label=label,
                windows=windows,
                first=decision.first,
                last=decision.last,
                score=score,
            )
        else:
            found[label] = replace(so_far, windows=windows)
    return sorted(found.values(), key=lambda one: one.first)
