"""What a calibration found, as a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from harken_train.bootstrap import Measured
from harken_train.calibration_file import Calibrated
from harken_train.figures import scored_words

RIGHT = 1.05  # a temperature from there to one over it changes no score by more than 0.03
FEW = 100  # groups: with fewer the table's ends are luck


def table(found: Calibrated, scored: Sequence[str]) -> str:
    """Temperature, loss and calibration error before and after, and what abstaining brings."""
    last = scored_words(scored) or "macro-F1"
    lines = [
        f"by {found.by}: {found.decisions} answers on {found.groups} groups; split: {found.split}",
        f"temperature {found.temperature:.3f}: scores were {how_sure(found.temperature)}",
        "",
        f"{'':<27}{'before':>9}  after",
        f"{'mean -log score of the true':<27}{found.loss_before:>9.4f}  {found.loss_after:.4f}",
        (
            f"{'expected calibration error':<27}{_percent(found.error_before.value):>9}  "
            f"{_percent(found.error_after.value)}{_between(found.error_after)}"
        ),
        "(after: each part of the answers at the temperature of the others)",
        "",
        "leaving out the least sure of these answers, none of which is of the test part:",
        f"{'unsure':>8}{'below':>8}{'it was':>9}{'right of the rest':>20}  {last} of the rest",
    ]
    for one in found.abstain:
        score = one.scored_f1 if one.scored_f1 is not None else one.macro_f1
        lines.append(
            f"{_percent(one.rate):>8}{one.below:>8.3f}{_percent(one.left_out):>9}"
            f"{_percent(one.accuracy.value):>20}  {_number(score)}"
        )
    if found.groups < FEW:
        lines.append(
            f"note: {found.groups} groups are few for this; harken-train cross-validate and --by "
            "give every group a say"
        )
    return "\n".join(lines)


def how_sure(temperature: float) -> str:
    """Say what scores were before they were divided by this temperature, to follow "were"."""
    if 1.0 / RIGHT < temperature < RIGHT:
        return "about as sure as they should be"
    return "too sure" if temperature > 1.0 else "not sure enough"


def _percent(value: float | None) -> str:
    return "not known" if value is None else f"{100 * value:.1f} %"


def _between(figure: Measured) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f" (95 % {100 * figure.low:.1f} to {100 * figure.high:.1f})"


def _number(figure: Measured) -> str:
    if figure.value is None:
        return "not known"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} (95 % {figure.low:.3f} to {figure.high:.3f})"
