"""What harkend can be told; a model and a source are all that it must be told."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from harken.daemon.words import table_of
from harken.errors import SettingsError
from harken.settings import load, read_toml, with_overrides
from harken.sinks import SinkSettings, sinks
from harken.sinks.lines import Lines
from harken.sources import SourceSettings, sources


@dataclass(frozen=True, kw_only=True)
class DaemonSettings:
    """The tables of ``harkend.toml``; the command line fills the same ones."""

    model: Path
    source: Annotated[SourceSettings, sources]
    sinks: tuple[Annotated[SinkSettings, sinks], ...] = field(default_factory=lambda: (Lines(),))
    device: str = field(default_factory=socket.gethostname)  # first part of every alarm's id
    abstain: float | None = None  # share of recordings that may be unsure, one of the contract's
    ring: float = 2.0  # seconds of signal that may wait for the model
    no_input: float = 2.0  # seconds without samples that are a fault
    queue: int = 1000  # lines that may wait for a sink
    drain: float = 5.0  # seconds that sinks are given to finish when the daemon is told to stop
    state: Path | None = None  # folder of the alarms not yet delivered; none: in memory
    socket: Path | None = None  # where `harken status` asks

    def __post_init__(self) -> None:
        if not self.device.isprintable() or ":" in self.device or not 1 <= len(self.device) <= 64:
            raise SettingsError("device: need 1 to 64 printable characters without a colon")
        if not 0.01 <= self.ring <= 600.0:
            raise SettingsError(f"ring: need 0.01 to 600 seconds, got {self.ring}")
        if not 1.0 <= self.no_input <= 1e6:  # health is looked at once a second
            raise SettingsError(f"no_input: need 1 to 1e6 seconds, got {self.no_input}")
        if not 1 <= self.queue <= 1_000_000:
            raise SettingsError(f"queue: need 1 to 1000000 lines, got {self.queue}")
        if not 0.0 <= self.drain <= 60.0:
            raise SettingsError(f"drain: need 0 to 60 seconds, got {self.drain}")
        names = [sink.name for sink in self.sinks]
        if not names or len(set(names)) != len(names):
            raise SettingsError("sinks: need at least one, each once")


def read_settings(
    config: Path | None,
    words: Mapping[str, Any],
    overrides: Iterable[str] = (),
) -> DaemonSettings:
    """Put the file's tables under what the command line says, and check all of it.

    ``words`` are top-level keys as plain values; ``source`` and ``sinks`` may be words there and
    in the file.
    """
    table = read_toml(config) if config else {}
    table.update(words)
    if isinstance(table.get("source"), str):
        table["source"] = source_table(table["source"])
    if isinstance(table.get("sinks"), list):
        table["sinks"] = [
            sink_table(sink) if isinstance(sink, str) else sink for sink in table["sinks"]
        ]
    return load(DaemonSettings, with_overrides(table, overrides))


def source_table(word: str) -> dict[str, Any]:
    """Give the settings that a source's word stands for."""
    return table_of(word, sources, dash={"kind": "stdin"}, file="file")


def sink_table(word: str) -> dict[str, Any]:
    """Give the settings that a sink's word stands for."""
    return table_of(word, sinks, dash={"kind": "lines"}, file="lines")
