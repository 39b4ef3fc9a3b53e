"""Who came how far: the trials of a sweep as rows, the best of them, and what mattered."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.trial import TrialState

from harken_train.sweep.board import FACTS, REASON, Board
from harken_train.sweep.settings import HIGHEST, Parameter, Sweep

BINS = 4  # into which the numbers of a range are dealt, to see what difference they make
UNITS = {"latency": "ms", "size": "bytes"}
WORDS = {"macro_f1": "macro-F1", "scored_f1": "scored F1"}
_STATES = {
    TrialState.COMPLETE: "done",
    TrialState.PRUNED: "ended early",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One trial. ``values`` are its objectives, none unless it is ``"done"``."""

    trial: int  # from 1
    state: str
    values: tuple[float, ...] = ()
    settings: Mapping[str, Any]
    figures: Mapping[str, float]
    run: str = ""
    epochs: int = 0
    seconds: float = 0.0
    reason: str = ""

    @property
    def done(self) -> bool:
        """Whether it has values."""
        return self.state == "done"


def rows_of(board: Board) -> list[Row]:
    """A row a slot, in the order of the slots."""
    rows = []
    for slot, trial in sorted(board.trials().items()):
        facts = trial.user_attrs.get(FACTS, {})
        done = trial.state == TrialState.COMPLETE
        rows.append(
            Row(
                trial=slot + 1,
                state=_STATES[trial.state],
                values=tuple(trial.values) if done else (),
                settings=trial.params,
                figures=facts.get("figures", {}),
                run=facts.get("run", ""),
                epochs=facts.get("epochs", 0),
                seconds=facts.get("seconds", 0.0),
                reason=trial.user_attrs.get(REASON, ""),
            )
        )
    return rows


def losses(values: Sequence[float], objectives: Sequence[str]) -> tuple[float, ...]:
    """The objectives turned so that less is better."""
    return tuple(
        -value if objective in HIGHEST else value
        for value, objective in zip(values, objectives, strict=True)
    )


def ranked(rows: Sequence[Row], objectives: Sequence[str]) -> list[Row]:
    """Those that are done, the best of the first objective first; ties by the others."""
    done = [row for row in rows if row.done]
    return sorted(done, key=lambda row: (losses(row.values, objectives), row.trial))


def front(rows: Sequence[Row], objectives: Sequence[str]) -> list[Row]:
    """Those that no other beats in one objective without losing in another (Pareto)."""
    order = ranked(rows, objectives)
    points = [losses(row.values, objectives) for row in order]

    def beaten(point: tuple[float, ...]) -> bool:
        return any(
            other != point and all(a <= b for a, b in zip(other, point, strict=True))
            for other in points
        )

    return [row for row, point in zip(order, points, strict=True) if not beaten(point)]


def shares(rows: Sequence[Row], parameters: Sequence[Parameter]) -> dict[str, float | None]:
    """Of each parameter, the share of the first objective's variance that goes with its value.

    The variance of the means of its choices (or of `BINS` stretches of a range), each weighed by
    its trials, over the variance of all trials that have it; ``None`` with fewer than three trials
    or without variance. With few trials chance makes it large.
    """
    found: dict[str, float | None] = {}
    for parameter in parameters:
        having = [row for row in rows if row.done and parameter.name in row.settings]
        values = np.array([row.values[0] for row in having])
        total = float(values.var()) if len(values) > 2 else 0.0
        if total <= 0.0:
            found[parameter.name] = None
            continue
        kinds = np.array(_kinds([row.settings[parameter.name] for row in having], parameter))
        between = sum(
            (kinds == kind).sum() * (values[kinds == kind].mean() - values.mean()) ** 2
            for kind in np.unique(kinds)
        )
        found[parameter.name] = float(between / len(values) / total)
    return found


def _kinds(values: Sequence[Any], parameter: Parameter) -> list[str]:
    """Which choice, or which stretch of a range, each value is."""
    if parameter.choices:
        return [str(value) for value in values]
    numbers = np.array(values, np.float64)
    numbers = np.log(numbers) if parameter.log else numbers
    edges = np.quantile(numbers, np.linspace(0.0, 1.0, BINS + 1)[1:-1])
    return [str(place) for place in np.searchsorted(edges, numbers)]


def table(rows: Sequence[Row], sweep: Sweep, most: int = 20) -> str:
    """The trials that are done, best first, their settings behind them; then the others."""
    objectives = sweep.search.objectives
    best = ranked(rows, objectives)
    on_front = {row.trial for row in front(rows, objectives)} if len(objectives) > 1 else set()
    heads = "".join(f"{head(objective):>14}" for objective in objectives)
    lines = [f"{'':>3}{'trial':>6}{heads}{'epochs':>8}{'seconds':>9}  settings"]
    for row in best[:most]:
        values = "".join(
            f"{shown(value, objective):>14}"
            for value, objective in zip(row.values, objectives, strict=True)
        )
        mark = "*" if row.trial in on_front else ""
        lines.append(
            f"{mark:>3}{row.trial:>6}{values}{row.epochs:>8}{row.seconds:>9.1f}  "
            f"{settings_in_words(row.settings)}"
        )
    if len(best) > most:
        lines.append(f"and {len(best) - most} more in trials.csv")
    if on_front:
        lines.append("* no other trial is better in one objective without being worse in another")
    lines += [
        f"{'':>3}{row.trial:>6}  {row.state}: {row.reason}  {settings_in_words(row.settings)}"
        for row in rows
        if row.reason
    ]
    return "\n".join(lines)


def head(objective: str) -> str:
    """An objective with its unit."""
    unit = UNITS.get(objective)
    return WORDS.get(objective, objective) + (f", {unit}" if unit else "")


def in_words(values: Sequence[float], objectives: Sequence[str]) -> str:
    """``macro-F1 0.9312, latency 0.0310 ms``."""
    told = []
    for objective, value in zip(objectives, values, strict=True):
        unit = f" {UNITS[objective]}" if objective in UNITS else ""
        told.append(f"{WORDS.get(objective, objective)} {shown(value, objective)}{unit}")
    return ", ".join(told)


def shown(value: float, objective: str) -> str:
    """A value with as many digits as mean something."""
    return f"{value:.0f}" if objective == "size" else f"{value:.4f}"


def settings_in_words(settings: Mapping[str, Any]) -> str:
    """``name=value`` for each."""
    return " ".join(
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in settings.items()
    )


def as_csv(rows: Sequence[Row], sweep: Sweep) -> str:
    """A line a trial: state, objectives, other figures, settings."""
    names = [parameter.name for parameter in sweep.parameters]
    figures = sorted({name for row in rows for name in row.figures})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["trial", "state", *figures, "epochs", "seconds", "run", "reason", *names])
    for row in rows:
        writer.writerow(
            [
                *(row.trial, row.state),
                *(row.figures.get(name, "") for name in figures),
                *(row.epochs, round(row.seconds, 3), row.run, row.reason),
                *(row.settings.get(name, "") for name in names),
            ]
        )
    return out.getvalue()
