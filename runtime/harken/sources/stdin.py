"""Standard input: a WAV stream (it carries its rate), or raw samples in a format that is named."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from harken.errors import MissingInputError
from harken.sources import Source, sources
from harken.stream import Samples
from harken.transport.byte_stream import StoppableBytes
from harken.transport.pieces import check_dtype, pieces_of
from harken.transport.stop import Stop
from harken.transport.wanted import Wanted


@sources.register("stdin")
@dataclass(frozen=True, kw_only=True)
class Stdin:
    """The pipe's writer is made to wait when it is too quick, unless it is ``live``."""

    WORD: ClassVar[str] = ""
    dtype: str = "wav"
    live: bool = False

    def __post_init__(self) -> None:
        check_dtype(self.dtype)

    def open(self, wanted: Wanted) -> Source:
        if sys.stdin is None or sys.stdin.isatty():
            raise MissingInputError(
                "stdin: is a terminal; pipe sound into it: "
                "arecord -f S16_LE -r 12000 -t wav | harkend MODEL -"
            )
        return StandardInput(self, wanted)


class StandardInput:
    """The one input that standard input is."""

    listens = False

    def __init__(self, settings: Stdin, wanted: Wanted) -> None:
        self._pieces = pieces_of(settings.dtype, wanted, "stdin")

    def inputs(self, stop: Stop) -> Iterator[Iterable[Samples]]:
        yield self._pieces(StoppableBytes.of_descriptor(sys.stdin.fileno(), stop))

    def close(self) -> None:
        """Nothing: standard input is not ours to close."""
