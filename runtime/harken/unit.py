"""Units in which a file may say its samples are, where one can be turned into another."""

from __future__ import annotations

import re

_MICRO = str.maketrans("µμ²", "uu2")  # the micro sign, and the Greek letter that looks the same
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*")
_EXPONENTS = {"V": 0, "mV": -3, "uV": -6, "nV": -9}  # of ten
UNTOLD = "unit of the files"  # of a model whose recordings told none: nobody knows it
_OTHERS = frozenset(
    ("g", "m/s2", "mm/s", "um", "mm", "Pa", "kPa", "bar", "mbar", "mmHg", "bpm", "A", "mA", "N")
)  # that a column's name may tell


def times(given: str, wanted: str) -> float | None:
    """What samples in ``given`` are multiplied by to be in ``wanted``; None where nobody knows.

    A unit that is not told ("") is taken for the other one. Case counts: mV is not MV.
    """
    given, wanted = plain(given), plain(wanted)
    if not given or not wanted or given == wanted:
        return 1.0
    if given in _EXPONENTS and wanted in _EXPONENTS:
        return float(10.0 ** (_EXPONENTS[given] - _EXPONENTS[wanted]))
    return None


def plain(unit: str) -> str:
    """A unit in one way of writing: no blanks around, u for micro, powers as plain digits."""
    return unit.strip().translate(_MICRO).replace("^", "")


def in_name(name: str) -> str:
    """The unit in brackets at the end of a column's name, ``ecg (uV)``; "" if none is known."""
    found = _IN_BRACKETS.search(name)
    word = plain(found[1]) if found and found.end() == len(name) else ""
    return word if word in _EXPONENTS or word in _OTHERS else ""


def is_voltage(word: str) -> bool:
    """Whether it is one of the units that are turned into each other."""
    return plain(word) in _EXPONENTS
