"""A model's bytes, read once: what is checked is what runs."""

from __future__ import annotations

from pathlib import Path

from harken.errors import MissingInputError, ModelError

LARGEST_FILE = 256 * 2**20  # bytes; harken's models are a few MB at the most


def read_model(path: Path) -> bytes:
    """All bytes of a model file; `MissingInputError`, or `ModelError` if there are too many."""
    try:
        if path.is_dir():
            raise MissingInputError(f"{path}: is a folder, not a model file")
        with path.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)  # whatever the file's size is said to be
    except FileNotFoundError:
        raise MissingInputError(f"{path}: there is no such model file") from None
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        reason = getattr(error, "strerror", None) or error
        raise MissingInputError(f"{str(path)!r}: cannot be read, {reason}") from None
    if len(content) > LARGEST_FILE:
        raise ModelError(f"{path}: is larger than {LARGEST_FILE >> 20} MiB, not a harken model")
    return content
