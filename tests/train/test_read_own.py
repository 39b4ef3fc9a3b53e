"""The user's own recordings: by table, and one folder a label."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import soundfile

from harken.errors import DataError, MissingInputError, SettingsError
from harken_train.readers.folder import Folder
from harken_train.readers.table import Table
from harken_train.recordings import Recording

SIGNAL = np.sin(np.arange(800) * 0.1)
INT16 = 2.01 / 32768  # what scaling by 32767 and cutting to 16 bits may change


def write(path: Path) -> Path:
    """`SIGNAL` at 8000 Hz in the kind of file that the suffix says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".wav":
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, 8000, 0, "NONE", ""))
                file.writeframes((SIGNAL * 32767).astype("<i2").tobytes())
        case ".flac":
            soundfile.write(path, SIGNAL, 8000, subtype="PCM_16")
        case ".npy":
            np.save(path, SIGNAL)
        case ".csv":
            path.write_text(
                "time,x\n" + "".join(f"{i},{value}\n" for i, value in enumerate(SIGNAL))
            )
        case ".mat":
            scipy.io.savemat(path, {"x": SIGNAL, "speed": 25.0})
    return path


def table(folder: Path, text: str) -> Table:
    (folder / "table.csv").write_text(text, encoding="utf-8")
    return Table(path=folder)


def test_every_kind_of_file_gives_the_same_samples(tmp_path: Path) -> None:
    for suffix in ("wav", "flac", "npy", "csv", "mat"):
        write(tmp_path / f"a.{suffix}")
    reader = table(
        tmp_path,
        "file,label,rate,variable\n"
        "a.wav,x,,\na.flac,x,,\na.npy,x,8000,\na.csv,x,8000,x\na.mat,x,8000,x\n",
    )
    recordings = reader.recordings()
    assert [one.relative for one in recordings] == [True, True, False, False, False]
    for one in recordings:
        assert (one.rate, one.frames, one.channels) == (8000, 800, 1), one.name
        np.testing.assert_allclose(one.read()[0], SIGNAL, atol=INT16 + 1e-7, err_msg=one.name)


def test_other_columns_are_attributes_and_the_group_may_have_another_name(tmp_path: Path) -> None:
    write(tmp_path / "a.wav")
    (tmp_path / "meta.csv").write_text("name;state;machine;load;note\na.wav;ok;m1;2;x\n")
    (one,) = Table(
        path=tmp_path,
        table="meta.csv",
        column_file="name",
        column_label="state",
        column_group="machine",
    ).recordings()
    assert (one.label, one.group) == ("ok", "m1")
    assert one.attributes == {"load": 2, "note": "x"}


def test_without_a_group_column_the_group_is_the_file_or_its_pattern(tmp_path: Path) -> None:
    write(tmp_path / "pump3_take1.wav")
    reader = table(tmp_path, "file,label\npump3_take1.wav,ok\n")
    assert reader.recordings()[0].group == "pump3_take1.wav"
    by_name = Table(path=tmp_path, group_pattern=r"(pump\d+)_")
    assert by_name.recordings()[0].group == "pump3"


def test_a_stretch_is_cut_by_seconds_and_named(tmp_path: Path) -> None:
    write(tmp_path / "a.wav")
    reader = table(tmp_path, "file,label,first,last\na.wav,ok,0,0.05\na.wav,bad,0.05,\n")
    one, other = reader.recordings()
    assert (one.frames, other.frames) == (400, 400)
    assert one.name == "a.wav (first 0, last 0.05)"
    np.testing.assert_allclose(other.read()[0], SIGNAL[400:], atol=INT16)


def test_a_channel_is_chosen_by_the_table(tmp_path: Path) -> None:
    np.save(tmp_path / "two.npy", np.stack([SIGNAL, -SIGNAL]))
    reader = table(tmp_path, "file,label,rate,channel\ntwo.npy,a,8000,0\ntwo.npy,b,8000,1\n")
    one, other = reader.recordings()
    np.testing.assert_array_equal(one.read(), -other.read())
    assert one.channels == 1


def test_matlab_integers_are_fractions_of_full_scale(tmp_path: Path) -> None:
    samples = np.array([[0, 16384, -32768, 8192]], np.int16)
    scipy.io.savemat(tmp_path / "a.mat", {"val": samples}, format="4")
    scipy.io.savemat(tmp_path / "b.mat", {"val": samples}, do_compression=True)
    for one in table(tmp_path, "file,label,rate\na.mat,x,300\nb.mat,y,300\n").recordings():
        np.testing.assert_array_equal(one.read(), [[0.0, 0.5, -1.0, 0.25]])
        assert one.relative


def test_rows_are_kept_by_their_columns(tmp_path: Path) -> None:
    write(tmp_path / "a.wav")
    write(tmp_path / "b.wav")
    table(tmp_path, "file,label,load\na.wav,x,0\nb.wav,y,1\n")
    kept = Table(path=tmp_path, keep={"load": (1,)}).recordings()
    assert [one.name for one in kept] == ["b.wav"]


def test_labels_of_the_table_may_be_made_one_class(tmp_path: Path) -> None:
    write(tmp_path / "a.wav")
    text = "file,label,first,last\na.wav,helicopter,0,0.02\na.wav,airplane,0.02,\na.wav,saw,0,\n"
    table(tmp_path, text)
    names = {"helicopter": "rotor", "airplane": "rotor"}
    found = Table(path=tmp_path, labels=names).recordings()
    assert [one.label for one in found] == ["rotor", "rotor", "saw"]
    wrong = Table(path=tmp_path, labels={"helicopters": "rotor"})
    with pytest.raises(SettingsError, match="no label 'helicopters', did you mean 'helicopter'"):
        wrong.recordings()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column 'file'; there are: none"),
        ("files,label\na.wav,x\n", "no column 'file', did you mean 'files'"),
        ("file,label\n", "the table has no rows"),
        ("file,label\na.wav\n", "line 2: has 1 values, the header 2"),
        ("file,label,label\na.wav,x,y\n", "the column 'label' is there twice"),
        ("file,label\na.wav,\n", "line 2: label: is empty"),
        ("file,label,rate\na.wav,x,fast\n", "line 2: rate: need a whole number, got 'fast'"),
        ("file,label,rate\na.wav,x,16000\n", "16000"),
        ("file,label\na.npy,x\n", "do not tell their rate; give it in the table's rate column"),
        ("file,label,variable\na.wav,x,y\n", "has no variables"),
        ("file,label,rate,variable\na.mat,x,8000,z\n", "no variable 'z' with samples"),
        ("file,label,first,last\na.wav,x,0,2\n", "need 0 <= first < last <= 0.1 seconds"),
        ("file,label\na.wav,x\na.wav,x\n", "line 3: is the same as .*line 2"),
        ("file,label\na.xyz,x\n", r"a.xyz: not a kind of file .* it reads .wav, .npy"),
        (
            "file,label\na.m4a,x\n",
            r"a.m4a: harken does not read .m4a; convert it: ffmpeg -i a.m4a a.wav",
        ),
        ("file,label,rate\nv73.mat,x,1\n", r"MATLAB 7.3 file \(HDF5\).* save\(..., '-v7'\)"),
        ("file,label\nbad.flac,x\n", "bad.flac: not a FLAC file"),
        ("file,label,rate\ntwo.mat,x,1\n", "several variables fit, one, two"),
    ],
)
def test_a_wrong_table_is_one_clear_line(tmp_path: Path, text: str, words: str) -> None:
    for suffix in ("wav", "npy", "mat"):
        write(tmp_path / f"a.{suffix}")
    scipy.io.savemat(tmp_path / "two.mat", {"one": SIGNAL, "two": SIGNAL})
    (tmp_path / "v73.mat").write_bytes(b"MATLAB 7.3".ljust(512) + b"\x89HDF\r\n\x1a\n" + bytes(64))
    (tmp_path / "bad.flac").write_bytes(b"fLaC" + bytes(100))
    (tmp_path / "a.mp3").write_bytes(b"ID3")
    with pytest.raises(DataError, match=words) as caught:
        table(tmp_path, text).recordings()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mat"])
def test_a_listed_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(MissingInputError, match=f"{name}: there is no such file"):
        table(tmp_path, f"file,label,rate\n{name},x,8000\n").recordings()


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"table.csv: there is no such table"):
        Table(path=tmp_path).recordings()


def test_a_table_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes("file,label\nä.wav,x\n".encode("latin-1"))
    with pytest.raises(DataError, match="byte 11 is not UTF-8"):
        Table(path=tmp_path).recordings()


def test_one_folder_is_one_label(tmp_path: Path) -> None:
    write(tmp_path / "ok" / "m1" / "a.wav")
    write(tmp_path / "ok" / "m2" / "a.flac")
    write(tmp_path / "bad" / "b.wav")
    (tmp_path / "notes.csv").write_text("beside the folders")
    found = Folder(path=tmp_path).recordings()
    assert [(one.name, one.label) for one in found] == [
        ("bad/b.wav", "bad"),
        ("ok/m1/a.wav", "ok"),
        ("ok/m2/a.flac", "ok"),
    ]
    assert len({one.group for one in found}) == 3


def test_the_group_is_read_from_the_path(tmp_path: Path) -> None:
    write(tmp_path / "ok" / "m1" / "a.wav")
    write(tmp_path / "ok" / "m1" / "b.wav")
    found = Folder(path=tmp_path, group_pattern="/(m[0-9]+)/").recordings()
    assert {one.group for one in found} == {"m1"}
    with pytest.raises(DataError, match="does not fit group_pattern"):
        Folder(path=tmp_path, group_pattern="(x)").recordings()


@pytest.mark.parametrize("pattern", ["(", "no brackets"])
def test_a_pattern_that_names_no_group_is_refused(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(SettingsError, match="group_pattern"):
        Folder(path=tmp_path, group_pattern=pattern)


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="no recordings in its folders"):
        Folder(path=tmp_path).recordings()


def test_files_of_other_kinds_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path / "ok" / "a.wav")
    (tmp_path / "ok" / "b.m4a").write_bytes(b"x")
    assert len(Folder(path=tmp_path).recordings()) == 1
    assert "left out files=1 of kind=.m4a" in caplog.text


def test_a_survey_of_a_folder_goes_on_after_a_bad_file(tmp_path: Path) -> None:
    write(tmp_path / "ok" / "a.wav")
    (tmp_path / "ok" / "b.wav").write_bytes(b"")
    found = Folder(path=tmp_path).survey()
    assert [isinstance(one, Recording) for one in found] == [True, False]


def test_a_folder_without_what_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "ok" / "a.wav")
    (tmp_path / "ok" / "b.wav").write_bytes(b"")
    found = Folder(path=tmp_path, leave_out=("ok/b.wav",)).recordings()
    assert [one.name for one in found] == ["ok/a.wav"]


def test_a_file_to_leave_out_that_is_not_there_is_refused_with_a_suggestion(
    tmp_path: Path,
) -> None:
    write(tmp_path / "ok" / "a.wav")
    with pytest.raises(
        SettingsError, match=r"data.leave_out: no recording 'ok/a.wave'.*did you mean 'ok/a.wav'"
    ):
        Folder(path=tmp_path, leave_out=("ok/a.wave",)).recordings()


@pytest.mark.data
def test_the_shared_tables_are_read_by_naming_their_columns(
    machine_sound: Path, esc50: Path
) -> None:
    fan = Table(path=machine_sound, table="meta.csv").recordings()
    assert (len(fan), fan[0].rate, fan[0].frames) == (40, 16_000, 160_000)
    clips = Table(
        path=esc50, table="meta.csv", column_label="class", column_group="source_clip"
    ).recordings()
    assert len(clips) == 112
    assert len({one.group for one in clips if one.label == "washing_machine"}) == 1
    assert clips[0].read().shape == (1, 110_250)
