"""What a model says of one window."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One window's answer: samples ``first`` to ``last`` (not included) of sensor ``stream``.

    ``valid`` is False when the window itself is not fit to be judged; then ``label`` and
    ``score`` are None, ``scores`` is empty and ``reason`` is a word of `harken.quality`.
    ``quality`` are notes on the input (``clipped``, ``offset``, ``low_level``); ``score`` is the
    score of ``label``, 0 to 1; ``scores`` stand in the order of the contract's classes.
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
