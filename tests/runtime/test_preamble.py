"""Tables with names and values above their samples, as watches write them."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from harken.errors import DataError
from harken.formats import Clip, read
from harken_train.readers.folder import Folder

WATCH = """Name,Somebody
Date of Birth,"Jan 15, 1990"
Recorded Date,2026-08-26 18:15:35 +0100
Classification,Sinus Rhythm
Symptoms,
Software Version,1.90
Device,"Watch7,11"
Sample Rate,512 hertz


Lead,Lead I
Unit,µV

"""


def opened(text: str, **options: object) -> Clip:
    return read(io.BytesIO(text.encode()), name="ecg.csv", **options)  # type: ignore[arg-type]  # as read


def test_a_watchs_export_tells_its_rate_and_its_unit() -> None:
    clip = opened(f"{WATCH}-265.868\n12\n0.5\n")
    assert (clip.rate, clip.unit, clip.full_scale, clip.notes) == (512, "µV", False, ())
    assert clip.samples[0].tolist() == pytest.approx([-265.868, 12.0, 0.5])
    assert clip.in_unit(32.768, "mV")[0].tolist() == pytest.approx([-0.265868, 0.012, 0.0005])


@pytest.mark.parametrize(
    "samples", ["-265,868\n12\n0,5\n", "12\n-265,868\n0,5\n", '"-1,5"\n"2,0"\n']
)
def test_the_decimal_comma_of_the_phones_country_is_seen(samples: str) -> None:
    first = float(samples.split()[0].strip('"').replace(",", "."))
    clip = opened(WATCH.replace("512 hertz", '"511,798 hertz"') + samples)
    assert clip.samples.tolist()[0][0] == pytest.approx(first)
    assert (clip.rate, clip.notes) == (512, ("511.798 Hz taken for 512 Hz",))


OTHERS = {
    "in Japanese": "名前,だれか\n記録日,2024-06-15 10:30:00\nサンプルレート,512ヘルツ\n単位,uV\n\n",
    "in German": "Name;Jemand\r\nMessrate;512 Hertz\r\nEinheit;µV\r\n\r\n",
    "without empty lines": "Name\nSample Rate,512 hertz\nUnit,uV\n",
    "in comments": "# Sample Rate: 512 Hz\n# Unit: uV\n",
    "in comments, by the name": "# Sample Rate: 512\n# Unit: uV\n",
    "a header below": "Sample Rate: 512\nUnit: uV\n\necg\n",
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_words_for_the_same_are_read(case: str) -> None:
    clip = opened(OTHERS[case] + "1.5\n-2\n")
    assert clip.rate == 512
    assert clip.in_unit(1.0, "uV").tolist() == [[1.5, -2.0]]


HERTZ = """512 Hz|512 hertz|511,798 Hertz|512 hertzů|512 de hertzi|512 hertsiä|512 hercios
512 herców|512 herca|512 герца|512 герц|512 херца|512 χερτζ|512 הרץ|512 هرتز|512 헤르츠|512赫兹
512\u00a0hertz"""


@pytest.mark.parametrize("rate", HERTZ.replace("\n", "|").split("|"))
def test_hertz_are_known_in_the_language_of_the_phone(rate: str) -> None:
    clip = opened(WATCH.replace("512 hertz", rate) + "-1,5\n2\n")
    assert (clip.rate, clip.samples.tolist()) == (512, [[-1.5, 2.0]])


@pytest.mark.parametrize("minus", ["\u2212", "\u200e-", "\u200f-", "\u061c-"])
def test_a_minus_of_the_phones_country_is_one(minus: str) -> None:
    clip = opened(f"{WATCH}{minus}265,868\n12\n{minus}0,5\n")
    assert clip.samples[0].tolist() == pytest.approx([-265.868, 12.0, -0.5])


@pytest.mark.parametrize("word", ["nan", "NaN", "-inf"])
def test_a_first_sample_that_is_no_number_is_one_of_them(word: str) -> None:
    clip = opened(f"{WATCH}{word}\n{word}\n1.5\n")
    assert clip.samples.shape == (1, 3)
    assert clip.notes == ("not finite: 2 values are NaN or infinite",)


def test_nothing_is_lost_of_samples_far_below_the_first_line() -> None:
    more = "".join(f"Note {k},x\n" for k in range(40))
    with pytest.raises(DataError, match=r"^ecg.csv: line 2: no number, but above samples") as told:
        opened(WATCH + more + "1.5\n" * 200)
    assert "Somebody" not in str(told.value)


def test_numbers_that_count_the_lines_are_a_column_and_no_part_of_the_sample() -> None:
    rows = "".join(f"{k},{100 + 7 * k % 5}\n" for k in range(20))
    with pytest.raises(DataError, match=r"has 2 columns \(0, 1\); say which by --column 1"):
        opened(WATCH + rows)
    assert opened(WATCH + rows, column=1, delimiter=",").samples[0, :3].tolist() == [
        100.0,
        102.0,
        104.0,
    ]


def test_columns_below_a_preamble_are_chosen_by_name() -> None:
    text = "Sample Rate,250 Hz\n\ntime,ecg\n0,1\n1,2\n"
    clip = opened(text, column="ecg")
    assert (clip.rate, clip.samples.tolist()) == (250, [[1.0, 2.0]])
    with pytest.raises(DataError, match=r"has 2 columns \(time, ecg\); say which"):
        opened(text)


@pytest.mark.parametrize("header", ["x", "Rate,Hertz", "50 Hz,x"])
def test_without_a_rate_above_the_samples_there_is_no_preamble(header: str) -> None:
    rows = "1.5,2.5\n" if "," in header else "1.5\n"
    clip = opened(f"{header}\n{rows}", column=0)
    assert (clip.rate, clip.unit, clip.samples.tolist()) == (None, "", [[1.5]])


UNTOLD = WATCH.replace("Sample Rate,512 hertz\n", "")


@pytest.mark.parametrize("above", [UNTOLD, UNTOLD.replace("\n\n", "\n"), f"{UNTOLD}ecg\n"])
def test_a_watchs_export_that_lost_its_rate_is_one_when_the_rate_is_given(above: str) -> None:
    clip = opened(f"{above}-265,868\n12\n0,5\n", rate=512)
    assert (clip.rate, clip.unit) == (512, "µV")
    assert clip.samples[0].tolist() == pytest.approx([-265.868, 12.0, 0.5])
    assert opened(f"{above}1\n").rate is None


@pytest.mark.parametrize("rows", ["1\nbroken\n", "a,b\n" * 50 + "1\n", ""])
@pytest.mark.parametrize("above", [UNTOLD, "Name,Somebody\n", "Name,Somebody\n\n"])
def test_no_error_says_whose_recording_it_is(above: str, rows: str) -> None:
    for column in (None, "ecg", 1):
        with pytest.raises(DataError) as told:
            opened(above + rows, column=column)
        assert not re.search("Somebody|Jan 15", str(told.value))


TABLES = {
    "names and units": "time,ecg\ns,mV\n0,1\n1,2\n",
    "three lines of words": "time,ecg\ns,mV\nx,y\nz,w\n",
}


@pytest.mark.parametrize("case", TABLES)
def test_lines_of_words_above_a_table_are_no_preamble(case: str) -> None:
    with pytest.raises(DataError, match=r"^ecg.csv: line 2: no number"):
        opened(TABLES[case], column=1)


def test_words_beside_numbers_are_rows_of_a_table() -> None:
    text = "a,1\nb,2\nc,3\n0d,4\n"
    assert opened(text, column=1).samples.tolist() == [[1.0, 2.0, 3.0, 4.0]]


def test_a_rate_that_contradicts_the_file_is_refused() -> None:
    assert opened(f"{WATCH}1\n", rate=512).rate == 512
    with pytest.raises(DataError, match=r"^ecg.csv: it says 512 Hz itself, not 300 Hz; leave"):
        opened(f"{WATCH}1\n", rate=300)


@pytest.mark.parametrize("rate", ["0 Hz", "9999999 hertz"])
def test_a_rate_that_no_sensor_has_is_refused(rate: str) -> None:
    with pytest.raises(DataError, match=r"ecg.csv: a rate of \d+ Hz; harken takes 1 to"):
        opened(WATCH.replace("512 hertz", rate) + "1\n2\n")


@pytest.mark.parametrize("unit", ["bpm", "µv", "counts"])
def test_a_unit_that_is_no_voltage_is_refused_and_not_taken_for_one(unit: str) -> None:
    clip = opened(WATCH.replace("µV", unit) + "1\n2\n")
    assert clip.unit == unit
    with pytest.raises(DataError, match=rf"^ecg.csv: is in {unit}, which cannot be turned into mV"):
        clip.in_unit(32.768, "mV", "ecg.csv")


def test_errors_count_the_lines_of_the_file() -> None:
    with pytest.raises(DataError, match=r"^ecg.csv: line 15: 'broken' is not a number"):
        opened(f"{WATCH}1\nbroken\n")


@pytest.mark.parametrize("text", [WATCH, WATCH.rstrip()])
def test_a_preamble_without_samples_is_an_empty_recording(text: str) -> None:
    with pytest.raises(DataError, match=r"^ecg.csv: line \d+: holds no samples; record it again"):
        opened(text)


def test_training_reads_it_with_rate_and_unit(tmp_path: Path) -> None:
    (tmp_path / "normal").mkdir()
    (tmp_path / "normal" / "ecg.csv").write_text(f"{WATCH}-265,868\n12\n", encoding="utf-8")
    (one,) = Folder(path=tmp_path).recordings()
    assert (one.rate, one.unit, one.frames, one.relative) == (512, "µV", 2, False)
