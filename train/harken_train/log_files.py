"""The log of a training: a row an epoch, as log.csv and as TensorBoard's curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from harken import atomic
from harken_train.checkpoint import Row

COLUMNS = (
    "epoch",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "learning_rate",
    "seconds",
)


class Logs:
    """Both logs of the run in ``folder``, made to say what ``rows`` say and no more.

    Whatever an earlier process wrote beyond its last checkpoint is gone.
    """

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        self._csv = folder / "log.csv"
        curves = folder / "tensorboard"
        for old in curves.glob("events.out.tfevents.*"):
            old.unlink()
        self._curves = SummaryWriter(curves)
        for row in rows:
            self._draw(row)
        self._write(rows)

    def add(self, rows: Sequence[Row]) -> None:
        """Write the last of ``rows``, which are all rows up to now."""
        self._draw(rows[-1])
        self._write(rows)

    def close(self) -> None:
        """Write out what TensorBoard's writer still holds."""
        self._curves.close()

    def _draw(self, row: Row) -> None:
        for name in COLUMNS[1:]:
            part, _, what = name.rpartition("_")
            tag = f"{what}/{part}" if what in ("loss", "accuracy") else name
            self._curves.add_scalar(tag, row[name], int(row["epoch"]))
        self._curves.flush()

    def _write(self, rows: Sequence[Row]) -> None:
        lines = [",".join(f"{row[name]:.9g}" for name in COLUMNS) for row in rows]
        atomic.write_text(self._csv, "\n".join([",".join(COLUMNS), *lines]) + "\n")
