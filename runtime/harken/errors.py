"""The one family of errors that a user's mistake or a broken input can raise.

Each carries the exit status (sysexits.h) by which the commands leave. The text says where, what,
and what instead, in lower case, on one line. Anything that is not a `HarkenError` is our bug.
"""

from __future__ import annotations

_LONGEST = 2000  # characters of a text; names and keys in it may come from a hostile file


def printable(text: str) -> str:
    """Escape what no terminal or log should be sent: control signs, bytes that are no UTF-8."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


class HarkenError(Exception):
    """What every error for a user derives from; ``exit_code`` is the command's exit status.

    The text is made fit for a terminal and a log: what cannot be printed is escaped, what is
    too long is cut.
    """

    exit_code = 70  # EX_SOFTWARE

    def __init__(self, text: str) -> None:
        text = printable(text)
        super().__init__(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


class UsageError(HarkenError):
    """A command was called wrongly."""

    exit_code = 64  # EX_USAGE


class DataError(HarkenError):
    """Broken data: a recording, a table, a stream, samples that do not fit the model."""

    exit_code = 65  # EX_DATAERR


class ModelError(DataError):
    """A model file that is not one: not ONNX, truncated, without contract, not as it says."""


class MissingInputError(HarkenError):
    """A file, folder or device that should be read is not there."""

    exit_code = 66  # EX_NOINPUT


class MissingExtraError(HarkenError):
    """A package of an extra is not installed."""

    exit_code = 69  # EX_UNAVAILABLE


class CreateError(HarkenError):
    """An output cannot be created, or exists already."""

    exit_code = 73  # EX_CANTCREAT


class InputOutputError(HarkenError):
    """Reading or writing failed midway: disk full, connection lost."""

    exit_code = 74  # EX_IOERR


class RefusedError(ModelError):
    """A model refused by its own probe (or, later, by its signature)."""

    exit_code = 77  # EX_NOPERM


class SettingsError(HarkenError):
    """A setting that is unknown, missing or out of its limits."""

    exit_code = 78  # EX_CONFIG
