"""Text tables, good and bad: RELIABILITY's catalogue case by case."""

from __future__ import annotations

import io
import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harken.errors import DataError
from harken.formats import Clip, read

SLOWEST = 1.0  # seconds of processor; the promise for any small file, however broken


def opened(text: str | bytes, column: str | int | tuple[str | int, ...] | None = None) -> Clip:
    content = text.encode() if isinstance(text, str) else text
    return read(io.BytesIO(content), name="x.csv", column=column)


@given(
    seed=st.integers(0, 2**32 - 1),
    columns=st.integers(1, 4),
    rows=st.integers(1, 40),
    mark=st.sampled_from([",", ";", "\t", "|", " ", "   "]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    header=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_what_is_written_comes_back(  # one argument an axis of the property
    seed: int, columns: int, rows: int, mark: str, end: str, *, header: bool
) -> None:
    samples = np.random.default_rng(seed).normal(size=(rows, columns))
    lines = [mark.join(f"c{k}" for k in range(columns))] if header else []
    lines += [mark.join(map(repr, map(float, row))) for row in samples]
    clip = opened(end.join(lines), tuple(range(columns)))
    assert (clip.rate, clip.full_scale, clip.notes) == (None, False, ())
    assert np.array_equal(clip.samples, samples.T.astype(np.float32))


GOOD = {
    "byte order mark": ("\ufeff1\n2\n", None),
    "CRLF": ("1\r\n2\r\n", None),
    "CR": ("1\r2\r", None),
    "no end of line at the end": ("1\n2", None),
    "empty lines at the end": ("1\n2\n\n  \n\n", None),
    "header": ("x\n1\n2\n", None),
    "comments above": ("# made by a logger\n#\nx\n1\n2\n", None),
    "column by name": ("t,x\n9,1\n8,2\n", "x"),
    "column by index": ("t,x\n9,1\n8,2\n", 1),
    "column by index in words": ("t,x\n9,1\n8,2\n", "1"),
    "timestamps beside": (
        "2024-10-27T02:59:59+02:00;1\n2024-10-27T02:00:00+01:00;2\n",  # summer time ends
        1,
    ),
    "timestamps twice and backwards": ("5,1.\n5,2.\n", 1),
    "words beside": ("x,note\n1,fine\n2,\n", "x"),
    "comma in a quoted word": ('x,note\n1,"a, b"\n2,"""c"""\n', "x"),
    "quoted numbers": ('"x","y"\n"1","3"\n"2","4"\n', "x"),
    "delimiter at every line's end": ("1,3,\n2,4,\n", 0),
    "signs, points and exponents": ("+.1e1\n20E-1\n", None),
    "blanks around": (" 1 \n 2 \n", None),
    "header with blanks": ("Acceleration (g)\n1\n2\n", None),
    "index column without a name": (",x\n0,1\n1,2\n", "x"),
    "one column, and a comma at every line's end": ("x,\n1,\n2,\n", None),
    "the same without a header": ("1.;\n2.; \n", None),
    "two commas at every line's end": ("x,,\n1,,\n2,,\n", None),
    "a comma at every line's beginning": (",x\n,1\n,2\n", None),
}


@pytest.mark.parametrize("case", GOOD)
def test_an_unusual_table_is_read(case: str) -> None:
    text, column = GOOD[case]
    assert opened(text, column).samples.tolist() == [[1.0, 2.0]]


def test_several_columns_are_several_channels() -> None:
    assert opened("t,x,y\n0,1,2\n1,3,4\n", ("y", "x")).samples.tolist() == [[2, 4], [1, 3]]


def test_decimal_commas_are_read_when_they_are_said_to_be() -> None:
    content = io.BytesIO(b"x;y\n1,5;2\n-2,25;3\n")
    clip = read(content, name="x.csv", column="x", decimal=",")
    assert clip.samples.tolist() == [[1.5, -2.25]]


def test_values_that_are_no_numbers_are_kept_and_noted() -> None:
    clip = opened("nan\ninf\n-Infinity\n1e999\n1e39\n5\n")
    assert clip.samples.tolist()[0][1:] == [np.inf, -np.inf, np.inf, np.inf, 5]
    assert clip.notes == ("not finite: 5 values are NaN or infinite",)


def test_points_beside_decimal_commas_are_refused() -> None:
    with pytest.raises(DataError, match=r"line 2: '1\.234,5' is not a number"):
        read(io.BytesIO(b"x;y\n1.234,5;2\n"), name="x.csv", column="x", decimal=",")


def test_no_more_columns_are_taken_than_there_are_channels() -> None:
    with pytest.raises(DataError, match="33 columns wanted, need 1 to 32"):
        opened("1.5,2.5\n", tuple(range(33)))


BAD: dict[str, tuple[str | bytes, str | int | None, str]] = {
    "empty": ("", None, "empty"),
    "only empty lines": ("\n\n\n", None, "line 4: holds no samples"),
    "only comments": ("# a\n# b\n", None, "line 3: holds no samples"),
    "only an empty word": ('""\n', None, "line 1: holds no samples"),
    "only a header": ("x\n", None, "holds no samples"),
    "UTF-16": ("1\n2\n".encode("utf-16"), None, "UTF-16 text; save it as UTF-8"),
    "Latin-1": ("x\n1\n\xb5\n".encode("latin-1"), None, "not UTF-8"),
    "UTF-8 cut": (b"1\n2\n\xc3", None, "not UTF-8"),
    "NUL byte": (b"1\n2\n\x003\n", None, "line 3: a NUL byte"),
    "decimal comma beside semicolons": ("1,5;2,5\n3,5;4,5\n", 0, "line 1: '1,5' is not a number"),
    "decimal comma or two columns": ("1,5\n2,5\n", 0, "line 1: '1,5' may be 2 columns or decimal"),
    "decimal comma below a header": ("x\n1,5\n2,5\n", None, "line 2: '1,5' is not a number"),
    "decimal comma below two": ("x,y\n1,5,2,5\n", 0, "line 2: 4 columns where line 1 has 2"),
    "thousands marks": ("x;y\n1,234.5;1\n", "x", "line 2: '1,234.5' is not a number"),
    "underscore": ("1\n1_000\n", None, "line 2: '1_000' is not a number"),
    "other digits": ("1\n\u0661\n", None, "line 2: '\u0661' is not a number"),
    "hexadecimal first": ("0x10\n1\n", None, "line 1: '0x10' is not a number"),
    "hexadecimal": ("1\n0x10\n", None, "line 2: '0x10' is not a number"),
    "missing value": ("1.5,2\n3.5,\n", 1, "line 2: '' is not a number; write nan"),
    "a word": ("1\n2\nbroken\n", None, "line 3: 'broken' is not a number"),
    "ragged": ("1,2,3\n4,5\n", 0, "line 2: 2 columns where line 1 has 3"),
    "partial line at the end": ("1.5,2.5\n3.5", 0, "line 2: 1 columns where line 1 has 2"),
    "header twice": ("t,x\n1,2\nt,x\n3,4\n", "x", "line 3: 'x' is not a number"),
    "empty line amid the data": ("1\n\n2\n", None, "line 2: empty, with data after it"),
    "quote not closed": ('x,y\n1,"2\n3,4\n', 0, "line 2: unexpected end"),
    "quote over two lines": ('x,y\n1,"2\n"\n3,4\n', 0, "line 2: a quote that is not closed"),
    "two delimiters": ("1;2|3\n", 0, "line 1: may be delimited by ';' or '|'; say which"),
    "several columns, none chosen": ("t,x\n1.5,2.5\n", None, "has 2 columns (t, x); say which"),
    "column unknown": ("time,accel\n1,2\n", "acel", "no column 'acel', did you mean 'accel'?"),
    "column out of range": ("1.5,2.5\n", 2, "has no column 2, it has 2, counted from 0"),
    "column -1": ("1.5,2.5\n", -1, "has no column -1"),
    "column named twice": ("x,x\n1,2\n", "x", "several columns 'x'"),
    "2000 columns": ("1.5," * 2000, 0, "2001 columns, harken reads up to 1024"),
    "10^5 columns": ("1.5," * 10**5, 0, "100001 columns"),
    "a value behind the last comma": (
        "x,\n1,\n2,3\n",
        None,
        "line 3: '3' where lines above have nothing; take it out, or say which column by",
    ),
    "a comma at the end of two columns": ("t,x,\n1,2,\n", None, "has 2 columns (t, x); say which"),
    "an index without a name": (",x\n0,1\n1,2\n", None, "has 2 columns (0, x); say which"),
    "a line of 3 MB": ("1" * 3_000_000, None, "a line of more than 1048576 characters"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_table_is_refused_at_a_line_and_at_once(case: str) -> None:
    text, column, why = BAD[case]
    began = time.process_time()
    with pytest.raises(DataError) as caught:
        opened(text, column)
    assert time.process_time() - began < SLOWEST
    assert str(caught.value).startswith("x.csv: ")
    assert why in str(caught.value)


def test_an_endless_line_is_given_up_early() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, out: object, /) -> int:
            view = memoryview(out)  # type: ignore[arg-type]  # a buffer, as RawIOBase says
            view[:] = b"1" * len(view)
            self.given += len(view)
            return len(view)

    endless = Endless()
    with pytest.raises(DataError, match="a line of more than"):
        read(io.BufferedReader(endless), name="x.csv")
    assert endless.given < 2 * 2**20


COLUMNS = {
    "a name": (
        "time,ecg\n0,1\n",
        "say which by --column ecg (harkend: file:NAME?column=ecg), or, if",
    ),
    "a name that a shell would part": ("time,ecg (mV)\n0,1\n", "say which by --column 1 (harkend"),
    "a comma at every line's end": ("time,ecg,\n0,1,\n", "say which by --column ecg (harkend"),
    "the same without names": ("0.5,1.5,\n", "say which by --column 1 (harkend"),
    "the same name twice": ("x,x\n0,1\n", "say which by --column 1 (harkend"),
    "another delimiter": (
        "1\t2|3\n",
        "say which by --delimiter '|' (harkend: file:NAME?delimiter='|')",
    ),
    "the comma of decimals": ("time,ecg\n0,1\n", "a decimal one, --decimal , (harkend"),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_a_choice_of_columns_is_told_as_the_commands_take_it(case: str) -> None:
    text, told = COLUMNS[case]
    with pytest.raises(DataError, match=re.escape(told)):
        opened(text)


def test_a_decimal_comma_is_not_suspected_where_something_else_parts_the_columns() -> None:
    with pytest.raises(DataError, match=r"say which by --column b \(harkend: [^)]*\)$"):
        opened("a;b\n1;2\n")
