"""Units in which a file may say its samples are, where one can be turned into another."""

from __future__ import annotations

_MICRO = str.maketrans("µμ", "uu")  # the micro sign, and the Greek letter that looks the same
_EXPONENTS = {"V": 0, "mV": -3, "uV": -6, "nV": -9}  # of ten


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
    """A unit in one way of writing: no blanks around, u for micro."""
    return unit.strip().translate(_MICRO)


def is_voltage(word: str) -> bool:
    """Whether it is one of the units that are turned into each other."""
    return plain(word) in _EXPONENTS
