"""Readers: a place where recordings lie -> the recordings. One file, one kind."""

from __future__ import annotations

from typing import Protocol

from harken.registry import Registry
from harken_train.recordings import Recording


class Reader(Protocol):
    """Settings of a reader: where the recordings lie and how they are told apart."""

    def recordings(self) -> list[Recording]:
        """Give all recordings in a fixed order, each at its own rate, samples unread.

        What cannot be read is `DataError` naming the file; nothing there is `MissingInputError`.
        """
        ...


readers: Registry[Reader] = Registry("reader", "harken_train.readers")
