"""Everything a file says of itself, gathered from its run and from what was measured on it.

No times stand here, and no names of this machine: the same run gives the same bytes.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from harken.contract import Contract, ModelInput, Output
from harken.probe import Probe
from harken.settings import dump
from harken_export.at_rate import RunAtRate
from harken_export.host import versions
from harken_export.paired import Comparison
from harken_export.parity import ParityReport
from harken_export.search import Search
from harken_train.level import level_range
from harken_train.recipe import Recipe, Signal
from harken_train.run import Run

RATE = "rate"  # in ``data``, of a file for sensors of another one
LAYERS_AT_FAULT = 3  # the worst ones are named


def signal_of(recipe: Recipe) -> Signal:
    """What the file is fed: with ``made_by`` the samples that the spectrograms are made of."""
    return recipe.signal if recipe.made_by is None else recipe.made_by.signal


def input_of(recipe: Recipe) -> ModelInput:
    """What the file takes, from the signal it is fed."""
    signal = signal_of(recipe)
    return ModelInput(
        name=signal.input,
        rate=signal.rate,
        channels=signal.channels,
        window=signal.window,
        scale=signal.scale,
        unit=signal.unit,
        shortest=signal.shortest,
        longest=signal.longest,
    )


def contract_of(
    run: Run,
    shapes: dict[str, tuple[int, ...]],
    *,
    figures: dict[str, Any],
    parity: ParityReport,
    front: ParityReport | None,
    quantization: dict[str, Any],
    probe: Probe,
) -> Contract:
    """Fill the contract of a graph whose outputs have these ``shapes``; its seal comes later.

    ``parity`` is that of what was trained, ``front`` that of the whole behind ``made_by``.
    """
    recipe, settings, calibrated = run.recipe, dump(run.recipe), run.calibration
    return Contract(
        name=recipe.name,
        input=replace(input_of(recipe), levels=_levels(run)),
        hop=signal_of(recipe).hop,
        outputs=tuple(Output(name=name, shape=shape) for name, shape in shapes.items()),
        classes=run.classes,
        normal=recipe.normal,
        words=recipe.words,
        abstain={} if calibrated is None else calibrated.thresholds,
        alarm=recipe.alarm,
        frontend=settings["frontend"],
        network=settings["network"],
        head={**settings["head"], **run.facts.head},
        made_by=_made_by(settings),
        recipe=run.facts.recipe,
        data=_data(run),
        figures=figures | ({"calibration": calibrated.figures()} if calibrated else {}),
        parity=in_short(parity) | ({"in_front": in_short(front)} if front else {}),
        quantization=quantization,
        versions=versions(),
        licence=recipe.export.licence,
        credit=recipe.export.credit,
        limits=" ".join(filter(None, (unfinished(run), recipe.export.limits))),
        probe=probe,
    )


def _levels(run: Run) -> tuple[float, float] | None:
    """How loud the recordings of the training were; of pictures, and what made them, nothing."""
    signal = run.recipe.signal
    if signal.input != "samples":
        return None
    piece = min(signal.rate, signal.window)
    return level_range(run.prepared.recordings, run.prepared.split.train, piece)


def unfinished(run: Run) -> str:
    """A sentence on a training that did not come to its end; empty when it did."""
    if run.facts.finished:
        return ""
    return (
        f"The training stopped after epoch {run.facts.epochs} of {run.recipe.training.epochs}; "
        f"this is the model of epoch {run.facts.best_epoch}."
    )


def _made_by(settings: dict[str, Any]) -> dict[str, Any]:
    """What stands in front; where its recordings lie is of this machine, and is left out."""
    return {key: value for key, value in settings.get("made_by", {}).items() if key != "data"}


def in_short(parity: ParityReport) -> dict[str, Any]:
    """The parity report without the names of the inputs: they are the user's own recordings."""
    table = parity.as_dict()
    for stage in table["stages"].values():
        stage.pop("input")
    return table


def quantization_of(shipped: str, found: Search | None, reason: str) -> dict[str, Any]:
    """What was decided on int8, and why; ``found`` is None when it was not looked for."""
    if found is None:
        return {"precision": shipped, **({"reason": reason} if reason else {})}
    worst = [damage.layer for damage in found.measured.damage[:LAYERS_AT_FAULT]]
    if shipped == "fp32":
        return {
            "precision": shipped,
            "reason": reason,
            "layers_at_fault": worst if "accuracy" in reason else [],
        }
    chosen = found.measured.chosen
    return {
        "precision": shipped,
        "scheme": chosen.scheme,
        "calibration": chosen.calibration,
        "weight_bits": 7,
        "left_out": list(chosen.left_out),
        "against_fp32": against_fp32(found.comparison),
        **({"accepted": reason} if reason else {}),
    }


def against_fp32(comparison: Comparison) -> dict[str, Any]:
    """The paired comparison as plain values."""
    table = asdict(comparison)
    table["loss"] = round(comparison.accuracy_loss, 6)
    table["auc_loss"] = round(comparison.auc_loss, 6)
    for key, value in table.items():
        if isinstance(value, tuple):
            table[key] = [round(number, 6) for number in value]
        elif isinstance(value, float):
            table[key] = round(value, 6)
    return {key: value for key, value in table.items() if value is not None}


def _data(run: Run) -> dict[str, Any]:
    audit = run.prepared.audit
    return {
        "digest": run.facts.data,
        "stamp": audit.stamp,
        "leaky": audit.leaky,
        "shares": list(audit.shares),
        "groups_on_both_sides": len(audit.both_sides),
        "parts": {part: asdict(share) for part, share in audit.totals.items()},
        **({RATE: run.trained.recipe.signal.rate} if isinstance(run, RunAtRate) else {}),
    }
