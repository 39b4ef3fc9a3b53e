"""How right a file is and how sure it may be: the part of the card that has its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harken.contract import Contract

JUDGED = (
    "A group is a physical thing (a bearing, a machine, a patient); intervals are 95 % and draw "
    "whole groups. A *leaky* figure says how well the recordings are remembered, not how well "
    "what nobody recorded will be judged."
)


def figures_of(contract: Contract) -> list[str]:
    """Lines of the card, from the contract's figures alone."""
    figures = contract.figures
    whole = contract.input.any_length
    rows = [figures, *figures.get("beside", ())]
    units = ("recordings",) if whole else ("windows", "recordings")
    columns = [column for unit in units for column in (unit, "accuracy", *_f1_names(rows, unit))]
    lines = [
        "## How right it is",
        "",
        f"| split | groups | {' | '.join(columns)} |",
        "|---" * (2 + len(columns)) + "|",
        *(_row(row, rows, units) for row in rows),
        "",
        *_by_class(contract, units[-1]),
        (
            f"Measured on {'recordings' if whole else 'segments'} that it was not trained on; the "
            f"first row is this very file. {JUDGED}"
        ),
        "",
        *_calibration(figures.get("calibration")),
    ]
    return [*lines, f"Limits: {contract.limits}", ""] if contract.limits else lines


def _f1_names(rows: list[Mapping[str, Any]], unit: str) -> list[str]:
    """Names of the columns: the recipe's own score stands last, where it has one."""
    scored = next((row["scored"] for row in rows if "scored_f1" in row[unit]), None)
    return ["macro-F1"] + ([f"mean F1 of {', '.join(scored)}"] if scored else [])


def _row(row: Mapping[str, Any], rows: list[Mapping[str, Any]], units: tuple[str, ...]) -> str:
    cells = [row["split"], str(row["groups"])]
    for unit in units:
        found = row[unit]
        cells += [str(found["count"]), _share(found["accuracy"]), _ratio(found["macro_f1"])]
        if len(_f1_names(rows, unit)) > 1:
            cells.append(_ratio(found.get("scored_f1", {})))
    return f"| {' | '.join(cells)} |"


def _by_class(contract: Contract, unit: str) -> list[str]:
    found = contract.figures[unit].get("class_f1")
    if not found:  # a file of an older harken
        return []
    classes = "; ".join(f"{label} {_ratio(figure)}" for label, figure in found.items())
    return [f"F1 by class, by {unit.removesuffix('s')}: {classes}.", ""]


def _calibration(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return []
    lines = [
        (
            f"Scores are calibrated (temperature {found['temperature']:.3g}) by "
            f"{found['decisions']} answers on {found['groups']} groups: {found['by']}. Expected "
            f"calibration error {_ratio(found['error_before'])} before, "
            f"{_ratio(found['error_after'])} after, on answers that had no say in it."
        ),
        "",
    ]
    if not found["abstain"]:
        return lines
    f1 = "scored_f1" if found["abstain"][0].get("scored_f1") else "macro_f1"
    name = "the scored classes' mean F1" if f1 == "scored_f1" else "macro-F1"
    return [
        *lines,
        (
            "What leaving out the least sure of those answers brings. They are others than those "
            "of the table above, so compare these lines with each other only."
        ),
        "",
        f"| left unanswered | when the score is below | accuracy of the rest | {name} |",
        "|---|---|---|---|",
        *(
            f"| {100 * row['rate']:g} % | {row['below']:.3f} | {_share(row['accuracy'])} "
            f"| {_ratio(row[f1])} |"
            for row in found["abstain"]
        ),
        "",
    ]


def _share(figure: Mapping[str, float | None]) -> str:
    return _with_interval(figure, lambda value: f"{100 * value:.1f}") + " %"


def _ratio(figure: Mapping[str, float | None]) -> str:
    return _with_interval(figure, lambda value: f"{value:.3f}")


def _with_interval(figure: Mapping[str, float | None], text: Callable[[float], str]) -> str:
    value, low, high = (figure.get(key) for key in ("value", "low", "high"))
    if value is None:
        return "-"
    return (
        text(value) if low is None or high is None else f"{text(value)} ({text(low)}-{text(high)})"
    )
