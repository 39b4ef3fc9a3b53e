"""What the model asks of a source."""

from __future__ import annotations

from dataclasses import dataclass

from harken.contract import ModelInput


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the model listens to, and the most samples a piece may have."""

    input: ModelInput
    piece: int
