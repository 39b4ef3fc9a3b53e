"""Lines of text with columns: encoding, delimiter, quotes and header, before any number is read."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harken import preamble
from harken.byte_reader import ByteReader
from harken.errors import DataError

LONGEST_LINE = 1 << 20  # characters
MOST_COLUMNS = 1024
_BYTES_AT_ONCE = 1 << 16
_STRONG = (";", "\t", "|")  # delimiters that stand in no number of any country
_WORD = re.compile(r"[^\W\d][\w.-]*")  # a name that a shell takes as it is
_QUOTED = re.compile(r'"[^"]*"')
# what is no number but was meant as one (1,5 and 0x10 and 1.2.3) does not make a line a header
_LIKE_ONE = re.compile(r"\s*[+-]?[.,]?[0-9][0-9a-fA-FxX.,_+-]*\s*")
# The sign that some countries' phones write, and marks of the direction of writing around it.
_PLAIN = str.maketrans({"\u2212": "-", "\u200e": None, "\u200f": None, "\u061c": None})
_OF_A_NUMBER = str.maketrans("", "", "0123456789+-.eE naiftyNAIFTY")


@dataclass(frozen=True)
class Table:
    """A table whose rows are read as they are asked for, each with the number of its line.

    ``header`` is empty where the first line holds a number. ``certain`` says whether the
    delimiter was given, or is one that stands in no number; ``decimal`` is the comma of numbers.
    ``rate`` in hertz and ``unit`` are what a `harken.preamble` tells. ``filled`` are the columns
    with a name or a first value: what a delimiter at every line's end parts off is none of them.
    """

    header: tuple[str, ...]
    width: int
    filled: tuple[int, ...]
    rows: Iterator[tuple[int, list[str]]]
    certain: bool
    decimal: str
    rate: float | None
    unit: str


def open_table(reader: ByteReader, delimiter: str | None, decimal: str | None) -> Table:
    """Find the delimiter (unless given) and the header; lines with ``#`` above them are skipped.

    Where ``decimal`` is not given it is the point, or what samples under a preamble have. Rows of
    unequal width, quotes that are not closed on their line, empty lines amid the data, NUL bytes
    and other encodings than UTF-8 are `DataError` with the line, as the rows are read.
    """
    lines = _lines(reader)
    looked = list(itertools.islice(lines, preamble.LINES))
    told = preamble.preamble_of(looked)
    decimal = decimal or told.decimal
    lines = itertools.chain(looked[told.lines :], lines)
    above, first = told.lines, None
    for line in lines:
        if line.strip() and not line.startswith("#"):
            first = line
            break
        above += 1
    if first is None:
        raise DataError(f"{reader.name}: line {above + 1}: holds no samples; record it again")
    ahead = [first, *itertools.islice(lines, 1)]
    chosen = delimiter or _delimiter(ahead, decimal, f"{reader.name}: line {above + 1}")
    rows = _rows(itertools.chain(ahead, lines), chosen, above, reader.name)
    start = next(rows, None)
    if start is None:
        raise DataError(f"{reader.name}: line {above + 1}: holds no samples; record it again")
    if len(start[1]) > MOST_COLUMNS:
        raise DataError(
            f"{reader.name}: line {start[0]}: {len(start[1])} columns, harken reads up to "
            f"{MOST_COLUMNS}; one line must be one sample"
        )
    header: tuple[str, ...] = ()
    sample = start
    if not _is_sample(start[1], decimal):
        header = tuple(name.strip() for name in start[1])
        sample = _first_below(rows, decimal, above + 1, reader.name)
    return Table(
        header=header,
        width=len(start[1]),
        filled=_filled(header, sample[1]),
        rows=itertools.chain([sample], rows),
        certain=delimiter is not None or chosen != ",",
        decimal=decimal,
        rate=told.rate,
        unit=told.unit,
    )


def _is_sample(words: list[str], decimal: str) -> bool:
    return any(is_number(word, decimal) or _LIKE_ONE.fullmatch(word) for word in words)


def _filled(header: tuple[str, ...], sample: list[str]) -> tuple[int, ...]:
    return tuple(k for k, word in enumerate(sample) if word.strip() or (header and header[k]))


def _first_below(
    rows: Iterator[tuple[int, list[str]]], decimal: str, above: int, name: str
) -> tuple[int, list[str]]:
    """Give the first row below a header, which holds a number.

    Where none does, that header may tell whose recording it is, which no error repeats.
    """
    first = next(rows, None)
    if first is None:
        raise DataError(f"{name}: line {above + 1}: holds no samples; record it again")
    if not _is_sample(first[1], decimal):
        raise DataError(
            f"{name}: line {first[0]}: no number, but above samples there may be one header line "
            f"only; take the others out"
        )
    return first


def choice(names: Sequence[str], column: int) -> str:
    """How ``column`` is chosen among ``names``: by its own, or counted where that will not do."""
    name = names[column] if names else ""
    plain = _WORD.fullmatch(name) and names.count(name) == 1
    return option("column", name if plain else str(column))


def option(name: str, value: str) -> str:
    """Say how an option of tables is given, on the command line and in a source of the daemon."""
    return f"--{name} {value} (harkend: file:NAME?{name}={value})"


def is_number(word: str, decimal: str) -> bool:
    """Whether a word is a plain decimal number, ``nan`` or ``inf``."""
    try:
        numbers([word], decimal)
    except ValueError:
        return False
    return True


def numbers(words: list[str], decimal: str) -> list[float]:
    """Read decimal numbers, ``nan`` and ``inf``; `ValueError` when any word is something else.

    Python's own reading takes more: ``1_000``, and digits of other scripts.
    """
    if decimal == ",":
        if any("." in word for word in words):
            raise ValueError("a point beside decimal commas")
        words = [word.replace(",", ".") for word in words]
    if "".join(words).translate(_OF_A_NUMBER):
        raise ValueError("a character that is in no number")
    return list(map(float, words))


def _lines(reader: ByteReader) -> Iterator[str]:
    """Give lines without their ends (LF, CRLF or CR), never holding more than one long one.

    A minus is the one of ASCII in them, whichever was written.
    """
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder("utf-8-sig")(), translate=True
    )
    held, count = "", 0
    while True:
        piece = reader.some(_BYTES_AT_ONCE)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError:
            raise DataError(
                f"{reader.name}: after line {count}: not UTF-8 text; save it as UTF-8"
            ) from None
        if not text.isascii():
            text = text.translate(_PLAIN)
        if "\0" in text:
            number = count + 1 + text[: text.index("\0")].count("\n")
            raise DataError(
                f"{reader.name}: line {number}: a NUL byte; this is no text table, or a broken one"
            )
        lines = (held + text).split("\n")
        held = lines.pop()
        for line in (*lines, held):
            if len(line) > LONGEST_LINE:
                raise DataError(
                    f"{reader.name}: after line {count}: a line of more than {LONGEST_LINE} "
                    f"characters; one line must be one sample"
                )
        count += len(lines)
        yield from lines
        if not piece:
            if held:
                yield held
            return


def _delimiter(ahead: list[str], decimal: str, where: str) -> str:
    """Choose by the first line, and for blanks by the second as well; two ways are refused."""
    bare = [_QUOTED.sub("", line).strip(" ") for line in ahead]
    strong = [mark for mark in _STRONG if mark in bare[0]]
    if len(strong) > 1:
        one = repr(next(mark for mark in strong if mark != "\t"))  # quoted, for the shell
        raise DataError(
            f"{where}: may be delimited by {strong[0]!r} or {strong[1]!r}; say which by "
            f"{option('delimiter', one)}"
        )
    if strong:
        return strong[0]
    if "," in bare[0] and decimal != ",":
        return ","
    return " " if all(" " in line for line in bare if line) else ";"


def _rows(
    lines: Iterable[str], delimiter: str, above: int, name: str
) -> Iterator[tuple[int, list[str]]]:
    """Split lines into words; the numbers count lines of the file, ``above`` came before."""
    if delimiter == " ":
        lines = (line.strip(" ") for line in lines)
    table = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    number, width, empty = above, 0, 0
    try:
        for words in table:
            before, number = number, above + table.line_num
            if number != before + 1:
                raise DataError(f"{name}: line {before + 1}: a quote that is not closed; close it")
            if not words or (len(words) == 1 and not words[0].strip()):
                empty = empty or number
                continue
            if empty:
                raise DataError(f"{name}: line {empty}: empty, with data after it; take it out")
            width = width or len(words)
            if len(words) != width:
                raise DataError(
                    f"{name}: line {number}: {len(words)} columns where line {above + 1} has "
                    f"{width}; mend it, or say what parts them by --delimiter"
                )
            yield number, words
    except csv.Error as error:
        raise DataError(f"{name}: line {number + 1}: {error}; mend it") from None
