"""MATLAB files of versions 4 and 5 to 7, as scipy reads them, with our errors."""

from __future__ import annotations

import fnmatch
import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.io import loadmat, whosmat
from scipy.io.matlab import MatReadError, matfile_version

from harken.errors import DataError, MissingInputError
from harken.stream import Samples, to_float

Shape = tuple[int, ...]

_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_AT = 512  # MATLAB puts its own header of 512 bytes before the HDF5 one
_FLOATS = {"double", "single"}
_NUMERIC = _FLOATS | {
    "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
}  # fmt: skip
# What scipy raises for a file that is broken, truncated or no MATLAB file: no common class.
_BROKEN = (
    MatReadError, OSError, ValueError, TypeError, KeyError, IndexError, NotImplementedError,
    EOFError, OverflowError, MemoryError, struct.error, zlib.error,
)  # fmt: skip


@dataclass(frozen=True)
class Variable:
    """A numeric variable as the file declares it.

    ``relative`` says that it is kept as integers, which stand for fractions of full scale.
    """

    shape: Shape
    relative: bool


def variables(path: Path) -> dict[str, Variable]:
    """Give every numeric variable, in the file's order, without reading the values."""
    _refuse_hdf5(path)
    try:
        found = whosmat(path, appendmat=False)
        version, _ = matfile_version(path, appendmat=False)
    except FileNotFoundError:
        raise MissingInputError(f"{path}: there is no such file") from None
    except _BROKEN as error:
        raise _broken(path, error) from None
    return {
        name: Variable(
            tuple(map(int, shape)),
            # Version 4 calls everything a double, whatever it is kept as.
            value(path, name).dtype.kind != "f" if version == 0 else kind not in _FLOATS,
        )
        for name, shape, kind in found
        if kind in _NUMERIC
    }


def value(path: Path, name: str) -> npt.NDArray[np.generic]:
    """Read one variable in the type that MATLAB would show it in."""
    try:
        values = loadmat(path, variable_names=[name], mat_dtype=True, appendmat=False)[name]
    except _BROKEN as error:
        raise _broken(path, error) from None
    return np.asarray(values)


def choose(path: Path, variables: Mapping[str, Variable], pattern: str) -> str:
    """Give the one variable whose name fits ``pattern`` (``X*_DE_time``), or the only long one."""
    long = [name for name, one in variables.items() if math.prod(one.shape) > 1]
    fitting = [name for name in long if not pattern or fnmatch.fnmatchcase(name, pattern)]
    if len(fitting) == 1:
        return fitting[0]
    there = ", ".join(long) or "none that holds samples"
    if not fitting:
        raise DataError(f"{path}: no variable {pattern!r} with samples; there are: {there}")
    raise DataError(
        f"{path}: several variables fit, {', '.join(fitting)}; "
        "name one in the table's variable column, or set data.variable"
    )


def as_signal(path: Path, name: str, shape: Shape) -> tuple[int, int]:
    """Give (channels, samples) of a variable of this shape: the longer axis is time."""
    sizes = [size for size in shape if size != 1] or [1]
    if len(sizes) > 2 or 0 in sizes:
        raise DataError(f"{path}: {name} has shape {shape}; need samples, one row a channel")
    return (1, sizes[0]) if len(sizes) == 1 else (min(sizes), max(sizes))


def samples(path: Path, name: str) -> Samples:
    """Read a variable as (channels, samples); integers become fractions of full scale."""
    values = value(path, name)
    if values.dtype.kind not in "fiu":
        raise DataError(f"{path}: {name} holds {values.dtype}; need real numbers")
    channels, length = as_signal(path, name, values.shape)
    flat = np.squeeze(values)
    if channels > 1 and flat.shape != (channels, length):
        flat = flat.T
    return to_float(np.ascontiguousarray(flat.reshape(channels, length)), 1.0)


def _refuse_hdf5(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(_HDF5_AT + len(_HDF5))
    except FileNotFoundError:
        raise MissingInputError(f"{path}: there is no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read, {error.strerror}") from None
    if head.startswith(_HDF5) or head[_HDF5_AT:] == _HDF5:
        raise DataError(
            f"{path}: a MATLAB 7.3 file (HDF5), which harken does not read; "
            "save it in MATLAB with save(..., '-v7'), or as .npy or .wav"
        )


def _broken(path: Path, error: BaseException) -> DataError:
    return DataError(
        f"{path}: not a MATLAB file that can be read, {str(error) or type(error).__name__}; "
        "copy or download it again"
    )
