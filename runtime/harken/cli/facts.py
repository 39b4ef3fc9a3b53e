"""What a contract tells of a model's making and its figures, a line each, for people.

These parts of a contract are tables without a fixed form: what is not there is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harken.contract import Contract

SCORES = {"accuracy": "accuracy", "macro_f1": "macro-F1", "scored_f1": "mean F1 of"}


def short_facts(contract: Contract) -> Iterator[tuple[str, str]]:
    """Give what a person asks first: what it is made of, how good it is, how that was proved."""
    trained, rate = contract.data.get("rate"), contract.input.rate
    if trained not in (None, rate):
        told = f"recordings were resampled to {rate} Hz to prove it, and for its figures"
        yield "trained", f"at {trained} Hz; {told}"
    parts = {"front-end": contract.frontend, "network": contract.network, "head": contract.head}
    kinds = [f"{name} {part['kind']}" for name, part in parts.items() if "kind" in part]
    if kinds:
        yield "made of", ", ".join(kinds)
    beside = contract.figures.get("beside")
    for figures in (contract.figures, *(beside if isinstance(beside, list | tuple) else ())):
        if isinstance(figures, Mapping):
            yield from _figures(figures, whole=contract.input.any_length)
    yield from _calibrated(_table(contract.figures, "calibration"))
    yield from _proved(contract.parity)
    quantization = contract.quantization
    if "precision" in quantization:
        reason, accepted = quantization.get("reason"), quantization.get("accepted")
        words = f" (int8: {reason})" if reason else f" (although: {accepted})" if accepted else ""
        yield "precision", f"{quantization['precision']}{words}"


def all_facts(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Give nested tables as one line a value, named by dotted path; a figure with its interval."""
    if isinstance(value, Mapping):
        if "value" in value and set(value) <= {"value", "low", "high"}:
            yield name, _measured(value)
            return
        for key in sorted(value):
            yield from all_facts(f"{name}.{key}", value[key])
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for k, item in enumerate(value):
            yield from all_facts(f"{name}[{k}]", item)
    else:
        text = f"{value:.6g}" if isinstance(value, float) else str(value)
        yield name, text if isinstance(value, str) else text.replace("'", "")


def _figures(figures: Mapping[str, Any], *, whole: bool) -> Iterator[tuple[str, str]]:
    """A line a split: of whole recordings where they are decided whole, else of windows as well."""
    split, groups, scored = (figures.get(key) for key in ("split", "groups", "scored"))
    classes = " " + ", ".join(map(str, scored)) if isinstance(scored, list | tuple) else ""
    told = []
    for unit in ("recordings",) if whole else ("windows", "recordings"):
        found = _table(figures, unit)
        scores = [
            f"{words}{classes if key == 'scored_f1' else ''} {_measured(found[key])}"
            for key, words in SCORES.items()
            if isinstance(found.get(key), Mapping)
        ]
        if scores:
            told.append(f"{', '.join(scores)} on {found.get('count', '?')} {unit}")
    if told:
        yield "figures", f"({split}) {'; '.join(told)}; {groups} groups"


def _calibrated(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    before, after = _table(found, "error_before"), _table(found, "error_after")
    if before and after:
        error = f"calibration error {_measured(before)} before, {_measured(after)} after"
        yield "sureness", f"expected {error} calibration by {found.get('decisions', '?')} answers"


def _proved(parity: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    difference = _table(_table(parity, "stages"), "scores").get("difference")
    agreement = parity.get("agreement")
    if isinstance(difference, int | float) and isinstance(agreement, int | float):
        alike = f"scores within {difference:.2g}, the same decision on {agreement:.2%}"
        yield "parity", f"with PyTorch on {parity.get('segments', '?')} segments: {alike}"


def _measured(figure: Mapping[str, Any]) -> str:
    """A figure, and its interval where it has one."""
    value, low, high = (figure.get(key) for key in ("value", "low", "high"))
    text = f"{value:.4g}" if isinstance(value, int | float) else "not known"
    if isinstance(low, int | float) and isinstance(high, int | float):
        return f"{text} ({low:.4g} to {high:.4g})"
    return text


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = table.get(key)
    return found if isinstance(found, Mapping) else {}
