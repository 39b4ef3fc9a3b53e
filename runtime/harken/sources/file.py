"""A recording in a file, as quick as it can be decided or as slow as it was recorded."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from harken import formats
from harken.errors import DataError, MissingInputError
from harken.sources import Source, sources
from harken.stream import Samples
from harken.transport.pieces import check_form, tell_if_short
from harken.transport.stop import Stop
from harken.transport.wanted import Wanted

logger = logging.getLogger(__name__)


@sources.register("file")
@dataclass(frozen=True, kw_only=True)
class File:
    """A WAV, npy or csv file, or a WFDB record; nothing of it is ever dropped.

    ``realtime`` gives the samples no sooner than a sensor would. ``rate`` in hertz is for files
    that do not say theirs; ``channel``, counted from 0, takes one of several, ``column``, by its
    name or counted, one of a table or of a record. ``decimal`` and ``delimiter`` are a table's.
    """

    WORD: ClassVar[str] = "path"
    path: Path
    realtime: bool = False
    rate: int | None = None
    channel: int | None = None
    column: str | int | None = None
    decimal: Literal[".", ","] | None = None
    delimiter: Literal[",", ";", "\t", "|", " "] | None = None

    @property
    def live(self) -> bool:
        return False

    def open(self, wanted: Wanted) -> Source:
        return Recording(self, wanted)


class Recording:
    """The one input that a file is."""

    listens = False

    def __init__(self, settings: File, wanted: Wanted) -> None:
        path, heard = settings.path, wanted.input
        _check_word(path)
        clip = formats.read(
            path,
            rate=settings.rate,
            channel=settings.channel,
            column=settings.column,
            decimal=settings.decimal,
            delimiter=settings.delimiter,
        )
        if clip.rate is None:
            raise DataError(f"{path}: does not say its rate; say it: file:{path}?rate={heard.rate}")
        self._samples = clip.in_unit(heard.scale, heard.unit, str(path))
        check_form(clip.rate, self._samples.shape[0], heard, str(path), file=True)
        for note in clip.notes:
            logger.warning("%s: %s", path, note)
        tell_if_short(self._samples.shape[1], heard, str(path))
        self._rate, self._realtime, self._piece = clip.rate, settings.realtime, wanted.piece

    def inputs(self, stop: Stop) -> Iterator[Iterable[Samples]]:
        yield self._pieces(stop)

    def _pieces(self, stop: Stop) -> Iterator[Samples]:
        began, total = time.monotonic(), self._samples.shape[1]
        for first in range(0, total, self._piece):
            last = min(first + self._piece, total)
            if self._realtime:
                stop.wait(began + last / self._rate - time.monotonic())
            if stop.is_set:
                return
            yield self._samples[:, first:last]

    def close(self) -> None:
        self._samples = self._samples[:, :0]


def _check_word(path: Path) -> None:
    """Raise `MissingInputError` for a file whose name has options behind it: it is no bare path."""
    name, question, _ = str(path).partition("?")
    if question and not path.exists() and (Path(name).exists() or Path(f"{name}.hea").exists()):
        raise MissingInputError(
            f"{path}: there is no such file, but {name}; options want the kind of source before "
            f"them: 'file:{path}'"
        )
