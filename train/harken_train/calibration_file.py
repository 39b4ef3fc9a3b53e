"""What a run's calibration.json says: the temperature of its scores, and where it comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harken import atomic
from harken.errors import DataError, SettingsError
from harken.settings import dump, load
from harken_train.bootstrap import Measured

CALIBRATION = "calibration.json"
OWN_VALIDATION = "its validation part"  # what a calibration without --by is found by


@dataclass(frozen=True, kw_only=True)
class Abstention:
    """What not answering brings: a decision whose score is less than ``below`` is unsure.

    ``rate`` is the share of decisions that this is meant to be, ``left_out`` the share that it was
    on answers that had no say in temperature and threshold; the figures are those of the rest.
    """

    rate: float
    below: float
    left_out: float
    accuracy: Measured
    macro_f1: Measured
    scored_f1: Measured | None = None


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """The temperature of the epoch ``epoch``, and how good scores are with and without it.

    ``by`` says on whose answers it was found: so many decisions on so many groups. ``loss`` is the
    mean negative log-likelihood, ``error`` the expected calibration error, each at temperature 1
    (``before``) and with every answer at the temperature of others (``after``).
    """

    version: int = 1
    temperature: float
    epoch: int
    by: str
    split: str  # the stamp of those answers
    decisions: int
    groups: int
    loss_before: float
    loss_after: float
    error_before: Measured
    error_after: Measured
    abstain: tuple[Abstention, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 < self.temperature < float("inf"):
            raise SettingsError(f"temperature: need more than 0, got {self.temperature}")

    @property
    def thresholds(self) -> dict[str, float]:
        """Rates of abstaining, written as numbers, and the score below which a decision is unsure.

        As a contract has them.
        """
        return {f"{one.rate:g}": one.below for one in self.abstain}

    def figures(self) -> dict[str, Any]:
        """What a contract and a card say of it, in plain values."""
        table = dump(self)
        for key in ("version", "epoch"):
            del table[key]
        return dict(_rounded(table))


def write_calibration(folder: Path, calibrated: Calibrated) -> None:
    """Write calibration.json of the run in ``folder``, whole or not at all."""
    text = json.dumps(dump(calibrated), indent=1, ensure_ascii=False, allow_nan=False)
    atomic.write_text(folder / CALIBRATION, text + "\n")


def read_calibration(folder: Path, epoch: int) -> Calibrated | None:
    """Read calibration.json in ``folder``; ``None`` when there is none.

    `DataError` when it is broken, or of other weights than those of ``epoch``.
    """
    path = folder / CALIBRATION
    if not path.is_file():
        return None
    again = f"calibrate again: harken-train calibrate {folder}"
    try:
        found = load(Calibrated, json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, SettingsError) as error:
        raise DataError(f"{path}: is broken, {error}; {again}") from None
    if found.epoch != epoch:
        raise DataError(f"{path}: is of epoch {found.epoch}, and {epoch} is kept; {again}")
    return found


def _rounded(value: Any) -> Any:
    """Numbers with as many digits as mean something; thresholds and temperature keep theirs."""
    if isinstance(value, dict):
        return {
            key: item if key in {"temperature", "below"} else _rounded(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value
