"""Records of WFDB, as PhysioNet's databases have them: ``RECORD.hea`` and its signals beside it.

Read by the package ``wfdb``, which the extra of that name brings; nothing else of harken wants it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harken.byte_reader import ByteReader
from harken.clip import Clip, check_channel, check_rate, finished, formats, whole_rate
from harken.errors import DataError, UsageError
from harken.text_table import choice
from harken.wfdb_record import Header, look, samples_of


@formats.register("wfdb")
@dataclass(frozen=True, kw_only=True)
class Wfdb:
    """The header of a record; ``column`` is a channel by its name, ``channel`` counts from 0.

    Samples are in the unit that the header tells. ``rate`` is what it must say.
    """

    rate: int | None = None
    channel: int | None = None
    column: str | int | tuple[str | int, ...] | None = None
    suffixes: ClassVar[tuple[str, ...]] = (".hea",)

    @staticmethod
    def claims(head: bytes) -> bool:  # noqa: ARG004  # the protocol's; a header is any text
        """Nothing: a header is known by its suffix."""
        return False

    def read(self, reader: ByteReader) -> Clip:
        """Read the signals that are wanted; the reader tells where their header lies."""
        if reader.path is None:
            raise DataError(f"{reader.name}: a WFDB record is several files; name its header")
        check_rate(self.rate, reader.name)
        header = look(reader.path)
        rate, notes = whole_rate(header.rate, self.rate, reader.name)
        channels = self._channels(header, reader.name)
        units = {header.units[k] for k in channels}
        if len(units) > 1:
            raise DataError(
                f"{reader.name}: its channels are in {', '.join(sorted(units))}; choose one of "
                f"{', '.join(header.channels)[:200]} by {choice(header.channels, channels[0])}"
            )
        clip = Clip(
            samples_of(header, channels),
            rate,
            full_scale=False,
            notes=(*notes, *header.doubts(channels)),
            unit=units.pop(),
        )
        return finished(clip, reader)

    def _channels(self, header: Header, name: str) -> list[int]:
        """Where the wanted channels stand; all of them when none is named."""
        if self.column is not None and self.channel is not None:
            raise UsageError(f"{name}: say channel or column, not both")
        if self.column is not None:
            wanted = self.column if isinstance(self.column, tuple) else (self.column,)
            return [header.channel(one) for one in wanted]
        check_channel(self.channel, len(header.channels), name)
        return list(range(len(header.channels))) if self.channel is None else [self.channel]
