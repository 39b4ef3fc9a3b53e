"""Checkpoints: the state after a whole epoch, enough to go on exactly."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch

from harken import atomic
from harken.errors import DataError, MissingInputError

BEST, LAST, HEAD = "best.pt", "last.pt", "head.pt"
Row = dict[str, float]
# What torch raises, by where the file ends or what it is instead.
_BROKEN = (pickle.UnpicklingError, RuntimeError, OSError, EOFError, TypeError, ValueError, KeyError)


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """``rows`` is the log up to here: one row an epoch, so its length is the epochs trained.

    What else a training remembers (random draws, learning rate, patience) follows from the
    recipe's seed, the epoch and the rows, and is not kept twice. ``average`` is the running mean
    of the classifier's weights, for a recipe that wants one: the better classifier of the two.
    """

    recipe: str  # sha256
    rows: list[Row]
    classifier: Mapping[str, Any]
    optimizer: Mapping[str, Any] = field(default_factory=dict)
    average: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class HeadCheckpoint:
    """A head that was fitted on the embedding of ``epoch``, the kept one."""

    recipe: str  # sha256
    epoch: int
    head: Mapping[str, Any]


Kept = TypeVar("Kept", Checkpoint, HeadCheckpoint)


def write_checkpoint(path: Path, checkpoint: Checkpoint | HeadCheckpoint) -> None:
    """Write it whole or not at all."""
    content = io.BytesIO()  # on a full disk torch's own writing ends in no OSError
    torch.save(vars(checkpoint), content)
    atomic.write_bytes(path, content.getvalue())


def read_checkpoint(path: Path, recipe: str) -> Checkpoint:
    """Read a checkpoint of the recipe with this digest, onto the CPU; any other is refused."""
    return _read(Checkpoint, path, recipe, "no epoch of this run was finished")


def read_head(path: Path, recipe: str) -> HeadCheckpoint:
    """Read a fitted head as `read_checkpoint` reads an epoch."""
    return _read(HeadCheckpoint, path, recipe, "the head is fitted after the last epoch")


def _read(kind: type[Kept], path: Path, recipe: str, reason: str) -> Kept:
    if not path.is_file():
        raise MissingInputError(
            f"{path}: there is no such checkpoint; {reason}, "
            f"go on with: harken-train fit --resume {path.parent}"
        )
    try:
        checkpoint = kind(**torch.load(path, map_location="cpu", weights_only=True))
    except _BROKEN:
        raise DataError(f"{path}: is not a whole checkpoint of harken; train again") from None
    if checkpoint.recipe != recipe:
        raise DataError(
            f"{path}: is a checkpoint of another recipe "
            f"({checkpoint.recipe[:12]}, not {recipe[:12]}); train this recipe as a run of its own"
        )
    return checkpoint
