"""Databases of WFDB records: a list, headers and signals, and what tells their labels."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runtime.wfdb_files import FAST, SLOW, STEP, mark, mend, record

from harken.errors import DataError, HarkenError, MissingInputError, SettingsError
from harken.settings import load
from harken_train.data import prepare
from harken_train.readers.wfdb import Wfdb
from harken_train.recipe import Recipe
from harken_train.recordings import Recording


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Three records of 1,000 samples in a list, and a table that tells what they are."""
    for name in ("p1_a", "p1_b", "p2_a"):
        record(tmp_path, name)
    (tmp_path / "RECORDS").write_text("p2_a\np1_a\np1_b\n")
    (tmp_path / "labels.csv").write_text("record,label,age\np1_a,N,60\np1_b,AFIB,61\np2_a,N,70\n")
    return tmp_path


def test_a_table_tells_labels_groups_and_more(database: Path) -> None:
    found = Wfdb(path=database, table="labels.csv", group_pattern="(p[0-9])").recordings()
    assert [(one.name, one.label, one.group) for one in found] == [
        ("p1_a", "N", "p1"),
        ("p1_b", "AFIB", "p1"),
        ("p2_a", "N", "p2"),
    ]
    assert found[0].attributes == {"channel": "MLII", "age": 60}
    assert (found[0].rate, found[0].frames, found[0].unit, found[0].relative) == (
        360, 1000, "mV", False,
    )  # fmt: skip
    np.testing.assert_allclose(found[0].read(), SLOW[None], atol=STEP / 2 * 1.001)


@pytest.mark.parametrize("channel", ["V5", 1])
def test_a_channel_is_chosen_by_name_or_number(database: Path, channel: str | int) -> None:
    (one, *_) = Wfdb(path=database, table="labels.csv", channel=channel).recordings()
    assert one.attributes["channel"] == "V5"
    np.testing.assert_allclose(one.read(), FAST[None], atol=STEP / 2 * 1.001)


def test_the_stretches_between_rhythms_are_recordings(database: Path) -> None:
    mark(database / "p1_a.hea", {150: "N", 400: "AFIB", 900: "N"})
    found = Wfdb(path=database, records=("p1_a",), annotator="atr").recordings()
    assert [(one.name, one.label, one.frames) for one in found] == [
        ("p1_a (0.42 to 1.11 s)", "N", 250),
        ("p1_a (1.11 to 2.50 s)", "AFIB", 500),
        ("p1_a (2.50 to 2.78 s)", "N", 100),
    ]
    assert {one.group for one in found} == {"p1_a"}
    np.testing.assert_allclose(found[1].read(), SLOW[None, 400:900], atol=STEP / 2 * 1.001)


def test_annotations_may_count_at_a_rate_of_their_own(database: Path) -> None:
    mark(database / "p1_a.hea", {300: "N", 800: "AFIB"}, fs=720)
    found = Wfdb(path=database, records=("p1_a",), annotator="atr").recordings()
    assert [(one.label, one.frames) for one in found] == [("N", 250), ("AFIB", 600)]


def test_labels_keep_some_rhythms_under_other_names(
    database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mark(database / "p1_a.hea", {0: "N", 400: "AFIB", 900: "B"})
    reader = Wfdb(path=database, records=("p1_a",), annotator="atr", labels={"AFIB": "A", "N": "N"})
    with caplog.at_level(logging.WARNING):
        assert [one.label for one in reader.recordings()] == ["N", "A"]
    assert "left out stretches=1 of label=B" in caplog.text


def test_a_label_that_no_record_has_is_refused(database: Path) -> None:
    with pytest.raises(SettingsError, match=r"no record has 'AFB', did you mean 'AFIB'\?"):
        Wfdb(path=database, table="labels.csv", labels={"AFB": "A"}).recordings()


def test_without_a_list_every_header_is_a_record(database: Path) -> None:
    (database / "RECORDS").unlink()
    for folder in ("deeper", ".Trash"):
        (database / folder).mkdir()
        mark(record(database / folder, "p3"), {0: "N"})
    (database / "._p1_a.hea").write_bytes(b"as a Mac writes them")
    for name in ("p1_a", "p1_b", "p2_a"):
        mark(database / f"{name}.hea", {0: "N"})
    found = Wfdb(path=database, annotator="atr").recordings()
    assert [one.origin for one in found] == ["deeper/p3", "p1_a", "p1_b", "p2_a"]


def test_a_list_may_come_from_windows(database: Path) -> None:
    for name in ("p1_a", "p1_b", "p2_a"):
        mark(database / f"{name}.hea", {0: "N"})
    (database / "RECORDS").write_bytes(b"\xef\xbb\xbfp2_a\r\n p1_a \r\n\r\n")
    found = Wfdb(path=database, annotator="atr").recordings()
    assert [one.origin for one in found] == ["p2_a", "p1_a"]


def test_a_record_that_is_listed_twice_is_refused(database: Path) -> None:
    (database / "RECORDS").write_text("p1_a\np2_a\np1_a\n")
    with pytest.raises(DataError, match=r"RECORDS: lists 'p1_a' twice; remove one"):
        Wfdb(path=database, annotator="atr").recordings()


def test_a_survey_goes_on_after_a_record_that_cannot_be_read(database: Path) -> None:
    (database / "p1_a.hea").write_text("nothing of the kind\n")
    (database / "p1_b.hea").unlink()
    found = Wfdb(path=database, table="labels.csv").survey()
    assert [isinstance(one, Recording) for one in found] == [False, False, True]
    assert "p1_a.hea: not a WFDB record that can be read" in str(found[0])
    assert "p1_b.hea: there is no such file" in str(found[1])
    with pytest.raises(DataError, match=r"p1_a.hea"):
        Wfdb(path=database, table="labels.csv").recordings()


def test_missing_signals_are_told_when_they_are_read(database: Path) -> None:
    (database / "p1_a.dat").unlink()
    (one, *_) = Wfdb(path=database, table="labels.csv").recordings()
    with pytest.raises(MissingInputError, match=r"p1_a.hea: p1_a.dat is not there"):
        one.read()


def test_missing_annotations_are_told(database: Path) -> None:
    (one, *_) = Wfdb(path=database, annotator="atr").survey()
    assert isinstance(one, HarkenError)
    assert "p2_a.atr: there is no such file of annotations" in str(one)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "need table = .* or annotator"),
        ({"table": "labels.csv", "annotator": "atr"}, "one of the two"),
        ({"table": "labels.csv", "group_pattern": "p"}, "need brackets"),
        ({"table": "labels.csv", "records": ("p9",)}, "data.records: no record 'p9'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    database: Path, settings: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        Wfdb(path=database, **settings).recordings()


@pytest.mark.parametrize("text", ["record,label\np1_a,N\np1_a,AFIB\n", "record,label\np1_a,\n"])
def test_a_table_that_leaves_a_label_open_is_refused(database: Path, text: str) -> None:
    (database / "labels.csv").write_text(text)
    with pytest.raises(DataError, match=r"line \d: need a label, and a record that is named once"):
        Wfdb(path=database, table="labels.csv").recordings()


def test_a_missing_folder_and_an_empty_one_are_said(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="there is no such folder"):
        Wfdb(path=tmp_path / "absent", annotator="atr").recordings()
    with pytest.raises(MissingInputError, match="holds no records; need RECORDS, or headers"):
        Wfdb(path=tmp_path, annotator="atr").recordings()


def recipe(folder: Path, unit: str) -> Recipe:
    table = {
        "name": "own",
        "data": {"kind": "wfdb", "path": folder, "table": "labels.csv"},
        "signal": {"rate": 360, "window": 64, "hop": 64, "unit": unit},
        "split": {"kind": "time", "validation": 0.3, "test": 0.3},
        "frontend": {"kind": "raw"},
        "network": {"kind": "edge"},
    }
    return load(Recipe, table, "recipe")


def test_samples_are_turned_into_the_recipes_unit(database: Path) -> None:
    mend(database / "p1_b.hea", "/mV", "/uV")
    found = {one.name: one.read() for one in prepare(recipe(database, "mV")).recordings}
    np.testing.assert_allclose(found["p1_b"] * 1000, found["p1_a"], rtol=1e-5)


def test_a_unit_that_cannot_be_turned_into_the_recipes_is_refused(database: Path) -> None:
    with pytest.raises(DataError, match=r'p1_a: is in mV, .* set signal.unit = "mV", or convert'):
        prepare(recipe(database, "g"))
