"""What watches and other recorders write above their samples: a name and a value a line.

As an Apple Watch has it: ``Sample Rate,512 hertz``, then ``Unit,µV``, then one sample a line. The
names are in the language of the phone, and so is the comma of decimals; so values tell what a line
is: a number of hertz is the rate, a voltage alone the unit. Another unit is known by its name.
What is told there of a person is never repeated.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harken.unit import is_voltage

LINES = 160  # of a file that are looked at: the preamble, and samples enough to tell their comma
_LONGEST = 40  # lines of a preamble
# By the stem where a language bends the word, as CLDR has them: hertzů, hertsiä, hercios, герца.
_HERTZ = (
    r"hz|(?:de\s)?hert[sz]\w*|her[cç]\w*|[гх]ерц\w*|χερτζ|הרץ|هرتز|เฮิรตซ์|हर्ट्ज़|"
    "ヘルツ|赫兹|赫茲|赫|헤르츠"
)
_RATE = re.compile(rf"([0-9]+(?:[.,][0-9]+)?)\s*(?:{_HERTZ})", re.IGNORECASE)
_NAMED_RATE = re.compile(r"sampl(?:e|ing)[ _](?:rate|frequency)(?:\s*\(hz\))?", re.IGNORECASE)
_NAMED_UNIT = re.compile(r"units?", re.IGNORECASE)
_NUMBER = re.compile(r"([0-9]+(?:[.,][0-9]+)?)")
_PAIR = re.compile(r'[\s#]*"?([^",;\t:]+)"?\s*(?:[,;\t:]\s*(.*?)\s*)?')  # the value may be empty
_SAMPLE = re.compile(r'["\s]*[+-]?(?:[.,]?[0-9]|(?:nan|inf)\b)', re.IGNORECASE)
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+(?:[eE][+-]?[0-9]+)?")
_STRONG = re.compile(r"[;\t]")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NAMED = 3  # names with values that make a preamble without a rate: tables have one header line
_COUNTED = 8  # lines whose first number only ever rises: no signal does that, a time or number does


@dataclass(frozen=True, kw_only=True)
class Preamble:
    """What stands above the samples: how many ``lines``, ``rate`` in hertz, and the ``unit``.

    The rate is None where none is told.

    ``decimal`` is the comma of the samples where they are written with one.
    """

    lines: int = 0
    rate: float | None = None
    unit: str = ""
    decimal: Literal[".", ","] = "."


def preamble_of(ahead: Sequence[str]) -> Preamble:
    """Find the preamble in a file's first lines.

    Without a rate it is one only if nothing else can be: several names with values, a unit or an
    empty line amid them, and nothing but samples below.
    A line right above the samples that tells neither is left, when it can be their header.
    """
    rate, unit, above = None, "", None if len(ahead) > _LONGEST else len(ahead)
    named, parted = 0, False
    for at, line in enumerate(ahead[:_LONGEST]):
        if _SAMPLE.match(line):
            above = at
            break
        pair = _PAIR.fullmatch(line)
        if pair is None:
            if line.strip():
                return Preamble()
            parted = True
            continue
        named += pair[2] is not None and not line.startswith("#")
        name, value = pair[1].strip(), (pair[2] or "").strip('" ')
        found = _hertz(name, value)
        rate = rate if found is None else found
        if is_voltage(value) or (value and _NAMED_UNIT.fullmatch(name)):
            unit = value
    if above is None or (rate is None and not (named >= _NAMED and (parted or unit))):
        return Preamble()
    if rate is None and not _only_samples(ahead[above:]):
        return Preamble()
    header = 0 < above < len(ahead) and _is_header(ahead[above - 1], ahead[above])
    columns = _columns(ahead[above - 1]) if header else 1
    decimal = _decimal(ahead[above:], columns)
    return Preamble(lines=above - header, rate=rate, unit=unit, decimal=decimal)


def _only_samples(lines: Sequence[str]) -> bool:
    """Whether there are samples, and each line is one."""
    told = [line for line in lines if line.strip()]
    return bool(told) and all(_SAMPLE.match(line) for line in told)


def _is_header(line: str, sample: str) -> bool:
    """Whether a line names the columns of the sample below it, of which one may have a comma."""
    pair = _PAIR.fullmatch(line)
    value = (pair[2] or "").strip('" ') if pair else ""
    if pair is None or is_voltage(value) or _hertz(pair[1].strip(), value) is not None:
        return False
    return _columns(line) in (1, _columns(sample))


def _columns(line: str) -> int:
    """How many there are, when commas part them only where nothing else does."""
    marks = _STRONG.findall(line) or re.findall(",", line)
    return 1 + len(marks)


def _hertz(name: str, value: str) -> float | None:
    """The rate that a line tells, if any."""
    found = _RATE.fullmatch(value)
    if found is None and _NAMED_RATE.fullmatch(name):
        found = _NUMBER.fullmatch(value)
    return None if found is None else float(found[1].replace(",", "."))


def _decimal(samples: Sequence[str], columns: int) -> Literal[".", ","]:
    """A comma, where every word is one number and some have one; of ``a,b`` there may be two.

    Two they are where what stands before the comma counts the lines.
    """
    if columns > 1 and not any(_STRONG.search(line) for line in samples):
        return "."
    words = [word.strip('" ') for line in samples for word in _STRONG.split(line) if word.strip()]
    commas = sum(_COMMA.fullmatch(word) is not None for word in words)
    whole = sum(_WHOLE.fullmatch(word) is not None for word in words)
    if not commas or commas + whole != len(words):
        return "."
    return "." if commas == len(words) and _rises(words) else ","


def _rises(words: Sequence[str]) -> bool:
    """Whether what stands before the commas grows from line to line."""
    before = [int(word.partition(",")[0]) for word in words]
    return len(before) >= _COUNTED and all(a < b for a, b in itertools.pairwise(before))
