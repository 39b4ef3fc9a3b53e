"""Which precision is shipped: fp32 as asked, int8 where it is worth it, or a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from harken.errors import ModelError
from harken_export.material import material_of
from harken_export.paired import Comparison
from harken_export.parity import Precision
from harken_export.search import Measured, Search, search
from harken_train.run import Run

Wanted = Literal["fp32", "int8", "auto"]
NO_LAYER = "no layer to quantize"
NAMED = 3  # of the layers that hurt most


class NotWorthItError(ModelError):
    """int8 was asked for, and is slower or loses more than the recipe allows."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The graph that is shipped. ``reason`` is what speaks against int8, if anything does.

    ``found`` is None when int8 was not looked for, or cannot be.
    """

    content: bytes
    precision: Precision
    reason: str = ""
    found: Search | None = None


def choose(
    run: Run,
    content: bytes,
    wanted: Wanted,
    *,
    accept_loss: bool,
    known: Measured | None,
    tell: Callable[[str], None],
) -> Chosen:
    """Choose between ``content``, the fp32 graph, and its int8 forms.

    ``auto`` takes int8 only if it is faster and within the recipe's loss; ``int8`` raises
    `NotWorthItError` where it is not, unless ``accept_loss``.
    """
    if wanted == "fp32":
        return Chosen(content=content, precision="fp32")
    tell("quantize   schemes, ranges and layers, timed against fp32 on this machine")
    found = search(content, material_of(run), run.recipe.export, known)
    reason = NO_LAYER if found is None else found.reason
    if wanted == "auto" and reason:
        return Chosen(content=content, precision="fp32", reason=reason, found=found)
    if found is None:
        raise NotWorthItError(f"int8: the network has {NO_LAYER}; export fp32")
    if reason and not accept_loss:
        raise NotWorthItError(
            f"int8: {against(found)} ({run.recipe.export.largest_accuracy_loss:.2%} allowed); "
            f"export fp32, or add --accept-loss"
        )
    return Chosen(content=found.content, precision="int8", reason=reason, found=found)


def _score(comparison: Comparison) -> str:
    if comparison.scored_f1 is None:
        return ""
    fp32, int8 = comparison.scored_f1
    return f", F1 of the scored classes {fp32:.4f} -> {int8:.4f}"


def against(found: Search) -> str:
    """What was measured of int8 against fp32, on one line, with the layers that hurt most."""
    comparison, measured = found.comparison, found.measured
    worst = ", ".join(f"{one.layer} ({one.noise:.1%})" for one in measured.damage[:NAMED])
    left_out = ", ".join(measured.chosen.left_out)
    return (
        f"{found.reason + ', ' if found.reason else ''}{measured.speed_up:.2f} times as fast as "
        f"fp32 here, accuracy {comparison.accuracy[0]:.2%} -> {comparison.accuracy[1]:.2%} on "
        f"{comparison.segments} held-out segments (McNemar p = {comparison.p_value:.2g})"
        f"{_score(comparison)}; "
        f"noise of the logits by layer: {worst}"
        f"{f'; left in float: {left_out}' if left_out else ''}"
    )
