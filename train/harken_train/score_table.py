"""Scores of windows and recordings side by side, in columns for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from harken_train.figures import scored_words
from harken_train.part_scores import Score

UNITS = ("windows", "recordings")


def units_of(*, whole: bool) -> tuple[str, ...]:
    """What figures are told by; of recordings that are decided whole there are no others."""
    return UNITS[1:] if whole else UNITS


def score_head(scored: Sequence[str], *, whole: bool) -> str:
    """The names of the columns of `score_row`."""
    last = f"  {scored_words(scored)}" if scored else ""
    return "   ".join(
        f"{unit:>{_width(unit)}}{'accuracy':>10}{'macro-F1':>10}{last}"
        for unit in units_of(whole=whole)
    )


def score_row(windows: Score, recordings: Score, scored: Sequence[str], *, whole: bool) -> str:
    """How many windows or recordings, accuracy, macro-F1, and the F1 of the scored classes."""
    width = len(scored_words(scored)) + 2
    return "   ".join(
        f"{score.count:>{_width(unit)}}{100 * score.accuracy:>8.1f} %{score.macro_f1:>10.3f}"
        + (f"{score.scored_f1:>{width}.3f}" if score.scored_f1 is not None else "")
        for unit, score in zip(UNITS, (windows, recordings), strict=True)
        if unit in units_of(whole=whole)
    )


def _width(unit: str) -> int:
    return max(8, len(unit))
