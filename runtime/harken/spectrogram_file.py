"""From a path to one spectrogram, for models that take those in place of samples."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from harken.clip import Clip
from harken.clip_file import HEAD, opened, whole
from harken.errors import DataError
from harken.formats.npy import Npy


def read_spectrogram(file: str | Path | BinaryIO, *, name: str = "") -> Clip:
    """Read one spectrogram, ``(bands, columns)``, from a .npy file.

    Raises `MissingInputError` when there is no such file, `DataError` when it is another.
    """
    with opened(file, name) as reader:
        if not Npy.claims(reader.peek(HEAD)):
            raise DataError(
                f"{reader.name}: byte 0: not a .npy file; the model takes spectrograms, "
                f"(bands, columns) as numpy.save writes them"
            )
        return whole(lambda: Npy.spectrogram(reader), reader)
