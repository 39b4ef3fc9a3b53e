"""One spectrogram in a file: an array of numpy's, mapped and not read, or a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from harken.errors import DataError, MissingInputError
from harken.stream import Samples

SUFFIXES = (".npy", ".png")
NUMBERS = ("f2", "f4", "f8", "i1", "i2", "i4", "u1")  # as `harken classify` takes them
COLOUR = "is in colour, its luminance is taken"
LUMINANCE = (0.299, 0.587, 0.114)  # of red, green, blue: ITU-R BT.601
_GREY = {"1": 1.0, "L": 255.0, "LA": 255.0, "I;16": 65535.0, "I;16B": 65535.0, "I": 65535.0}


@dataclass(frozen=True, kw_only=True)
class SpectrogramFile:
    """What is known of a file before its values are needed; ``read`` gives (bands, columns).

    ``picture`` says that its rows come from the highest band down and its values are a picture's.
    """

    bands: int
    columns: int
    picture: bool
    read: Callable[[], Samples]
    notes: tuple[str, ...] = ()


def look(path: Path, span: tuple[float, float] | None = None) -> SpectrogramFile:
    """Say what a file holds; ``span`` is what black and white of a picture stand for.

    `DataError` names the file, what is wrong, and what to do instead.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(
            f"{path}: not a kind of file that spectrograms are read from; those are "
            f"{', '.join(SUFFIXES)}"
        )
    return _array(path) if suffix == ".npy" else _picture(path, span)


def _array(path: Path) -> SpectrogramFile:
    bands, columns = _mapped(path).shape
    return SpectrogramFile(
        bands=bands,
        columns=columns,
        picture=False,
        read=lambda: _as_float32(_mapped(path)),
    )


def _as_float32(array: npt.NDArray[Any]) -> Samples:
    with np.errstate(over="ignore"):  # beyond float32 is Inf, and told as that
        return np.asarray(array, np.float32)


def _mapped(path: Path) -> npt.NDArray[Any]:
    """The file's array; nothing of it is in memory before it is touched."""
    try:
        array: npt.NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise MissingInputError(f"{path}: there is no such file") from None
    except OSError as error:
        raise MissingInputError(f"{path}: cannot be read, {error.strerror}") from None
    except ValueError as error:
        what = " ".join(str(error).split())[:120]
        raise DataError(
            f"{path}: not an array of numbers that can be read, {what}; save it by numpy.save"
        ) from None
    if array.ndim != 2 or not array.size:
        raise DataError(
            f"{path}: its shape is {array.shape}; need (bands, columns), one spectrogram a file"
        )
    if array.dtype.str.lstrip("<>|=") not in NUMBERS:
        raise DataError(f"{path}: holds values of type {array.dtype}; save float32")
    return array


def _picture(path: Path, span: tuple[float, float] | None) -> SpectrogramFile:
    with _opened(path) as image:
        (columns, bands), mode = image.size, image.mode
    return SpectrogramFile(
        bands=bands,
        columns=columns,
        picture=True,
        read=lambda: _values(path, span),
        notes=() if mode in _GREY else (COLOUR,),
    )


def _values(path: Path, span: tuple[float, float] | None) -> Samples:
    """Grey as it is stored, or from the first to the second of ``span``."""
    with _opened(path) as image:
        white = _GREY.get(image.mode, 255.0)
        try:
            image.load()
            if image.mode == "LA":
                grey = np.asarray(image, np.float64)[..., 0]
            elif image.mode in _GREY:
                grey = np.asarray(image, np.float64)
            else:
                grey = np.asarray(image.convert("RGB"), np.float64) @ LUMINANCE
        except (OSError, SyntaxError, ValueError) as error:  # Pillow's words for broken content
            raise _broken(path, error) from None
    if span is not None:
        grey = span[0] + grey * ((span[1] - span[0]) / white)
    return grey.astype(np.float32)


def _opened(path: Path) -> Image.Image:
    try:
        return Image.open(path, formats=("PNG",))
    except FileNotFoundError:
        raise MissingInputError(f"{path}: there is no such file") from None
    except UnidentifiedImageError:
        raise DataError(f"{path}: not a PNG picture; save it again") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _broken(path, error) from None


def _broken(path: Path, error: Exception) -> DataError:
    what = " ".join(str(error).split())[:120]
    return DataError(f"{path}: a picture that cannot be read, {what}; save it again")
