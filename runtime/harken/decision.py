"""What a model says of one window, or of a recording as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Windows:
    """The windows of a recording: how many were valid, and how many not for which reason."""

    valid: int
    invalid: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One window's answer: samples ``first`` to ``last`` (not included) of sensor ``stream``.

    ``valid`` is False when the window itself is not fit to be judged; then ``label`` and
    ``score`` are None, ``scores`` is empty and ``reason`` is a word of `harken.quality`, or
    ``gap``, ``too_short`` (of a recording that ended) or ``no_answer``. ``quality`` are notes on
    the input (``clipped``, ``offset``, ``low_level``, ``unit``, ``flat_part``); ``score`` is the
    score of ``label``, 0 to 1; ``scores`` stand in the order of the contract's classes. ``record``
    is True when the samples are not a window but a recording. It was decided at once, or, longer
    than the model takes, by the mean of the scores of its valid ``windows`` (else None).
    ``unsure`` is True when the score is below the one at which the model was told to abstain: then
    ``label`` is no more than a guess.
    """

    first: int
    last: int
    valid: bool
    label: str | None = None
    score: float | None = None
    scores: tuple[float, ...] = ()
    reason: str | None = None
    quality: tuple[str, ...] = ()
    stream: int = 0
    record: bool = False
    windows: Windows | None = None
    unsure: bool = False
