"""Sinks: where decisions, alarms and health go. One file, one kind.

On the command line a sink is one word, ``kind:rest``; see `harken.daemon.words`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from harken.registry import Registry


class Event(Protocol):
    """What a sink is given: one line, as plain values."""

    def as_dict(self) -> dict[str, Any]:
        """Give the fields, ``type`` first."""
        ...


class SinkGoneError(Exception):
    """The other end will never read again (a closed pipe): there is nothing to retry."""


class Sink(Protocol):
    """An open sink, used by its own thread."""

    def write(self, event: Event) -> None:
        """Hand ``event`` over, whole, however long it takes; on return it is delivered.

        An `OSError` means not delivered, to be tried again; `SinkGoneError` means never.
        """
        ...

    def close(self) -> None: ...


class SinkSettings(Protocol):
    """Settings of a sink. ``decisions`` False: only alarms, health and what else is rare."""

    WORD: ClassVar[str]  # the field that the rest of the word fills

    @property
    def decisions(self) -> bool: ...

    @property
    def name(self) -> str:
        """The same after every restart: alarms that it has not got yet are kept under it."""
        ...

    def open(self) -> Sink:
        """Make it ready; `CreateError` when that can never work."""
        ...


sinks: Registry[SinkSettings] = Registry("sink", "harken.sinks")
