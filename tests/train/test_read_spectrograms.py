"""Folders of spectrogram files: arrays and pictures, and the table that labels them."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.train.tiny_spectrograms import BANDS, COLUMNS, reader, values

from harken.errors import DataError, MissingInputError, SettingsError
from harken_train.readers.spectrograms import Spectrograms
from harken_train.spectrogram_file import LUMINANCE

PICTURE = np.arange(BANDS * COLUMNS, dtype=np.uint8).reshape(BANDS, COLUMNS)


def test_an_array_is_bands_and_columns_and_is_not_read_before_it_is_wanted(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", values(0))
    text = "file,label,group,load\na.npy,rotor,clip 1,2\n"
    (one,) = reader(tmp_path, text, rate=125).recordings()
    assert (one.name, one.label, one.group) == ("a.npy", "rotor", "clip 1")
    assert (one.channels, one.frames, one.rate, one.mapped) == (BANDS, COLUMNS, 125, True)
    assert one.attributes == {"group": "clip 1", "load": 2}
    read = one.read()
    np.testing.assert_array_equal(read, values(0))
    np.save(tmp_path / "a.npy", values(1))
    np.testing.assert_array_equal(one.read(), values(1))
    assert isinstance(read.base, np.memmap)


@pytest.mark.parametrize("kind", ["f2", ">f4", "f8", "i1", "i2", "i4", "u1"])
def test_numbers_of_any_kind_are_taken_as_they_are(tmp_path: Path, kind: str) -> None:
    np.save(tmp_path / "a.npy", np.asfortranarray(PICTURE.astype(kind)))
    (one,) = reader(tmp_path, "file,label\na.npy,x\n").recordings()
    assert one.read().dtype == np.float32
    np.testing.assert_array_equal(one.read(), PICTURE)


@pytest.mark.parametrize(("kind", "white"), [(np.uint8, 255), (np.uint16, 65535)])
def test_a_picture_has_its_highest_band_on_top_and_its_values_or_decibels(
    tmp_path: Path, kind: type[np.generic], white: int
) -> None:
    stored = (PICTURE.astype(kind) * (white // 255)).astype(kind)
    Image.fromarray(stored).save(tmp_path / "a.png")
    text = "file,label\na.png,x\n"
    (one,) = reader(tmp_path, text).recordings()
    assert (one.channels, one.frames) == (BANDS, COLUMNS)
    np.testing.assert_array_equal(one.read(), stored[::-1])
    (as_it_is,) = reader(tmp_path, text, flip="none").recordings()
    np.testing.assert_array_equal(as_it_is.read(), stored)
    (decibels,) = reader(tmp_path, text, range=(-80.0, 0.0)).recordings()
    wanted = stored[::-1] / white * 80.0 - 80.0
    np.testing.assert_allclose(decibels.read(), wanted, atol=1e-5)  # float32's last place at 80


def test_arrays_are_turned_over_only_when_that_is_said(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", values(0))
    (one,) = reader(tmp_path, "file,label\na.npy,x\n", flip="all").recordings()
    np.testing.assert_array_equal(one.read(), values(0)[::-1])


def test_of_a_coloured_picture_the_luminance_is_taken_and_that_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (BANDS, COLUMNS, 3), np.uint8)
    Image.fromarray(colours).save(tmp_path / "a.png")
    with caplog.at_level(logging.WARNING):
        (one,) = reader(tmp_path, "file,label\na.png,x\n").recordings()
    assert "took the luminance of pictures=1" in caplog.text
    assert one.notes == ("is in colour, its luminance is taken",)
    np.testing.assert_allclose(one.read(), (colours @ np.array(LUMINANCE))[::-1], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "settings", "group"),
    [
        ("file,label,source_clip\nc7_0.npy,x,clip 3\n", {}, "clip 3"),
        ("file,label,from\nc7_0.npy,x,4\n", {"column_group": "from"}, "4"),
        ("file,label\nc7_0.npy,x\n", {"group_pattern": r"(c\d+)_"}, "c7"),
        ("file,label\nc7_0.npy,x\n", {}, "c7_0.npy"),
    ],
)
def test_the_group_is_the_clip_that_a_slice_was_cut_from(
    tmp_path: Path, text: str, settings: dict[str, str], group: str
) -> None:
    np.save(tmp_path / "c7_0.npy", values(0))
    assert reader(tmp_path, text, **settings).recordings()[0].group == group


@pytest.mark.parametrize("first", [0, 1])
def test_files_named_by_row_number_need_no_column(tmp_path: Path, first: int) -> None:
    for i in range(12):
        np.save(tmp_path / f"spectrogram_{i + first}.npy", values(i))
    found = reader(tmp_path, "label\n" + "0\n1\n" * 6).recordings()
    assert [one.label for one in found] == ["0", "1"] * 6
    for i, one in enumerate(found):  # in the order of numbers, 2 before 10
        np.testing.assert_array_equal(one.read(), values(i))


def test_the_row_numbers_that_pandas_writes_tell_the_files(tmp_path: Path) -> None:
    for i in range(3):
        np.save(tmp_path / f"{i}.npy", values(i))
    found = reader(tmp_path, ",label\n2,x\n0,y\n1,z\n").recordings()
    assert [(one.name, one.label) for one in found] == [
        ("2.npy", "x"),
        ("0.npy", "y"),
        ("1.npy", "z"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("path,label\n0.npy,x\n", r"no column 'file'.*there are: path, label; .* 1 rows and 3 num"),
        ("label,load\nx,0\ny,1\n", "there are: label, load; .* 2 rows and 3 numbered files, from"),
        (",label\n5,x\n6,y\n7,z\n", "3 rows and 3 numbered files, from 0 to 2"),
    ],
)
def test_what_the_row_numbers_leave_open_is_an_error_with_the_columns(
    tmp_path: Path, text: str, words: str
) -> None:
    for i in range(3):
        np.save(tmp_path / f"{i}.npy", values(i))
    with pytest.raises(DataError, match=words):
        reader(tmp_path, text).recordings()


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["0.npy", "1.png"], "kinds of files there: .npy, .png"),
        (["a_0.npy", "b_1.npy"], "not named alike: a_0.npy"),
        (["0.npy", "x.npy"], "not named alike"),
        (["1.npy", "01.npy"], "two files have the same number"),
        ([], "kinds of files there: none"),
    ],
)
def test_files_that_are_not_numbered_alike_are_not_guessed(
    tmp_path: Path, names: list[str], words: str
) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(DataError, match=words):
        reader(tmp_path, "label\nx\ny\n").recordings()


def broken_files(folder: Path) -> None:
    np.save(folder / "good.npy", values(0))
    np.save(folder / "deep.npy", values(0)[None])
    np.save(folder / "flat.npy", values(0)[0])
    np.save(folder / "empty.npy", np.empty((BANDS, 0), np.float32))
    np.save(folder / "text.npy", np.array([["a"]]))
    np.save(folder / "long.npy", PICTURE.astype(np.int64))
    np.save(folder / "objects.npy", np.array([[None]]), allow_pickle=True)
    np.save(folder / "other.npy", values(0, bands=7))
    (folder / "no.npy").write_bytes(b"RIFF")
    (folder / "nothing.npy").touch()
    (folder / "short.npy").write_bytes((folder / "good.npy").read_bytes()[:-9])
    (folder / "no.png").write_bytes(b"RIFF")
    Image.fromarray(PICTURE).save(folder / "good.png")
    (folder / "short.png").write_bytes((folder / "good.png").read_bytes()[:45])  # in its first line


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("deep.npy", r"deep.npy: its shape is \(1, 6, 10\); need \(bands, columns\)"),
        ("flat.npy", r"flat.npy: its shape is \(10,\)"),
        ("empty.npy", r"empty.npy: (its shape is \(6, 0\)|not an array)"),
        ("text.npy", "text.npy: holds values of type <U1; save float32"),
        ("long.npy", "long.npy: holds values of type int64; save float32"),
        ("objects.npy", "objects.npy: not an array of numbers that can be read"),
        ("other.npy", "other.npy: has 7 bands, good.npy has 6; all of a set need the same"),
        ("no.npy", "no.npy: not an array of numbers that can be read"),
        ("nothing.npy", "nothing.npy: not an array of numbers that can be read"),
        ("short.npy", "short.npy: not an array of numbers that can be read"),
        ("no.png", "no.png: not a PNG picture"),
        ("short.png", "short.png: "),
        ("a.jpg", "a.jpg: not a kind of file that spectrograms are read from"),
        ("", "line 3: file: is empty"),
    ],
)
def test_a_file_that_is_no_spectrogram_is_one_clear_line(
    tmp_path: Path, name: str, words: str
) -> None:
    broken_files(tmp_path)
    broken = reader(tmp_path, f"file,label\ngood.npy,x\n{name},y\n")
    with pytest.raises(DataError, match=words) as caught:
        _ = [one.read() for one in broken.recordings()]
    assert "\n" not in str(caught.value)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    for name in ("a.npy", "a.png"):
        with pytest.raises(MissingInputError, match=f"{name}: there is no such file"):
            reader(tmp_path, f"file,label\n{name},x\n").recordings()
    with pytest.raises(DataError, match="no column 'label'; there are: file"):
        reader(tmp_path, "file\na.npy\n").recordings()


def test_settings_that_cannot_be_are_refused(tmp_path: Path) -> None:
    for settings in ({"rate": 0}, {"range": (0.0, -80.0)}, {"group_pattern": "x"}):
        with pytest.raises(SettingsError, match=next(iter(settings))):
            Spectrograms(path=tmp_path, **settings)
    np.save(tmp_path / "a.npy", values(0))
    wrong = reader(tmp_path, "file,label\na.npy,rotor\n", labels={"motor": "x"})
    with pytest.raises(SettingsError, match="no label 'motor', did you mean 'rotor'"):
        wrong.recordings()
