"""The log of a training: a row an epoch, as log.csv and as TensorBoard's curves."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from harken import atomic
from harken.errors import InputOutputError
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

    Whatever an earlier process wrote beyond its last checkpoint is gone. A full disk is
    `InputOutputError`.
    """

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        self._csv = folder / "log.csv"
        curves = folder / "tensorboard"
        for old in curves.glob("events.out.tfevents.*"):
            old.unlink()
        began = time.time()
        self._curves = curves / f"events.out.tfevents.{began:.0f}.harken"
        self._append([Event(wall_time=began, file_version="brain.Event:2"), *map(_event, rows)])
        self._write(rows)

    def add(self, rows: Sequence[Row]) -> None:
        """Write the last of ``rows``, which are all rows up to now."""
        self._append([_event(rows[-1])])
        self._write(rows)

    def _append(self, events: Sequence[Event]) -> None:
        """Add to the file that TensorBoard follows.

        Its own writer does so in a thread, which prints a traceback when the disk is full.
        """
        content = io.BytesIO()
        records = RecordWriter(content)
        for event in events:
            records.write(event.SerializeToString())
        try:
            self._curves.parent.mkdir(exist_ok=True)
            with self._curves.open("ab") as file:
                file.write(content.getvalue())
        except OSError as error:
            raise InputOutputError(f"{self._curves}: writing failed, {error.strerror}") from None

    def _write(self, rows: Sequence[Row]) -> None:
        lines = [",".join(f"{row[name]:.9g}" for name in COLUMNS) for row in rows]
        atomic.write_text(self._csv, "\n".join([",".join(COLUMNS), *lines]) + "\n")


def _event(row: Row) -> Event:
    """One epoch: train_loss is the curve loss/train, and so on."""
    values = []
    for name in COLUMNS[1:]:
        part, _, what = name.rpartition("_")
        tag = f"{what}/{part}" if what in ("loss", "accuracy") else name
        values.append(Summary.Value(tag=tag, simple_value=row[name]))
    return Event(wall_time=time.time(), step=int(row["epoch"]), summary=Summary(value=values))
