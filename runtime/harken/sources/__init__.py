"""Sources: where samples come from. One file, one kind.

On the command line a source is one word, ``kind:rest``; see `harken.daemon.words`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Protocol

from harken.registry import Registry
from harken.stream import Samples
from harken.transport.stop import Stop
from harken.transport.wanted import Wanted


class Source(Protocol):
    """An open source. ``listens``: one input may follow another (a client that comes back)."""

    listens: bool

    def inputs(self, stop: Stop) -> Iterator[Iterable[Samples]]:
        """Wait for inputs and give them one after the other, each as pieces without a gap.

        A piece is ``(channels, n)`` in the contract's unit, ``n`` at most ``Wanted.piece``.
        Used by one thread. Both iterators end soon after ``stop`` is set. What is not as the
        model wants it, or broken, is `DataError`; it ends that input only.
        """
        ...

    def close(self) -> None: ...


class SourceSettings(Protocol):
    """Settings of a source. ``live``: it cannot wait, so what is too much is dropped."""

    WORD: ClassVar[str]  # the field that the rest of the word fills; empty: none

    @property
    def live(self) -> bool: ...

    def open(self, wanted: Wanted) -> Source:
        """Make it ready; what is missing is told now, before anything runs."""
        ...


sources: Registry[SourceSettings] = Registry("source", "harken.sources")
