"""Records of WFDB on the device: written by its own package, and broken by hand."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.runtime import tiny_model
from tests.runtime.wfdb_files import FAST, SLOW, STEP, mend, record

from harken.cli.main import main
from harken.errors import DataError, MissingInputError, UsageError
from harken.formats import Clip, read
from harken.wfdb_record import look, samples_of


@pytest.mark.parametrize("name", ["100", "100.hea", "100.dat"])
def test_a_record_is_read_by_any_of_its_names(tmp_path: Path, name: str) -> None:
    record(tmp_path)
    clip = read(tmp_path / name)
    assert (clip.rate, clip.unit, clip.full_scale, clip.notes) == (360, "mV", False, ())
    np.testing.assert_allclose(clip.samples, [SLOW, FAST], atol=STEP / 2 * 1.001)


@pytest.mark.parametrize("choice", [{"channel": 1}, {"column": "V5"}, {"column": 1}])
def test_a_channel_is_chosen_by_name_or_number(tmp_path: Path, choice: dict[str, object]) -> None:
    clip: Clip = read(record(tmp_path), **choice)  # type: ignore[arg-type]  # as read has them
    np.testing.assert_allclose(clip.samples, FAST[None], atol=STEP / 2 * 1.001)


@pytest.mark.parametrize("unit", ["uV", "mV", "V"])
def test_the_unit_is_turned_into_that_of_the_model(tmp_path: Path, unit: str) -> None:
    header = record(tmp_path)
    mend(header, "/mV", f"/{unit}")
    factor = {"uV": 1e-3, "mV": 1.0, "V": 1e3}[unit]
    found = read(header, channel=0).in_unit(32.768, "mV")[0]
    np.testing.assert_allclose(found, SLOW * factor, atol=factor * STEP / 2 * 1.001)


def test_channels_in_several_units_are_read_one_by_one(tmp_path: Path) -> None:
    header = record(tmp_path, units=["mV", "mmHg"])
    told = "its channels are in mV, mmHg; choose one of MLII, V5 by --column MLII (harkend: "
    with pytest.raises(DataError, match=f"{re.escape(told)}file:NAME.column=MLII"):
        read(header)
    assert read(header, column="V5").unit == "mmHg"
    mend(header, "MLII", "lead II")
    with pytest.raises(DataError, match=r"choose one of lead II, V5 by --column 0 \(harkend: file"):
        read(header)


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"channel": 2}, "there is no channel 2, it has 2"),
        ({"column": "MLI"}, "has no channel 'MLI', did you mean 'MLII'.*there are: MLII, V5"),
        ({"column": 5}, "has no channel 5, it has 2, counted from 0"),
        ({"rate": 300}, "it says 360 Hz itself, not 300 Hz"),
    ],
)
def test_what_a_record_does_not_have_is_said(
    tmp_path: Path, choice: dict[str, object], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        read(record(tmp_path), **choice)  # type: ignore[arg-type]  # as read has them


def test_channel_and_column_together_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="say channel or column, not both"):
        read(record(tmp_path), channel=0, column="V5")


def test_a_length_that_the_header_does_not_tell_is_that_of_the_file(tmp_path: Path) -> None:
    header = record(tmp_path)
    mend(header, "360 1000", "360")
    assert look(header).frames == 1000
    np.testing.assert_allclose(read(header).samples, [SLOW, FAST], atol=STEP / 2 * 1.001)


@pytest.mark.data
def test_a_record_of_the_challenge_is_read_from_its_matlab_file(cinc2017: Path) -> None:
    header = next(iter(sorted(cinc2017.glob("*.hea"))))
    units = np.fromfile(header.with_suffix(".mat"), "<i2", offset=24)
    for path in (header, header.with_suffix(""), header.with_suffix(".mat")):
        clip = read(path)
        assert (clip.rate, clip.unit) == (300, "mV")
        np.testing.assert_allclose(clip.samples[0], units / 1000.0, rtol=1e-6)


def test_a_stretch_alone_is_read(tmp_path: Path) -> None:
    header = look(record(tmp_path))
    found = samples_of(header, [0], 100, 150)
    np.testing.assert_array_equal(found, read(header.path, channel=0).samples[:, 100:150])


def test_a_record_without_gain_is_noted(tmp_path: Path) -> None:
    header = record(tmp_path)
    mend(header, "1000.0(0)/mV", "0")
    assert read(header).notes == ("no gain told: 200 steps are taken for 1 mV",)


def test_missing_samples_are_not_numbers_and_noted(tmp_path: Path) -> None:
    header = record(tmp_path)
    content = np.fromfile(header.with_suffix(".dat"), "<i2")
    content[20] = -32768  # what the format says of a sample that is not there
    content.tofile(header.with_suffix(".dat"))
    clip = read(header)
    assert np.isnan(clip.samples[0, 10])
    assert clip.notes == ("not finite: 1 values are NaN or infinite",)


def test_a_record_of_several_segments_is_read_as_one(tmp_path: Path) -> None:
    record(tmp_path, "one")
    record(tmp_path, "two")
    (tmp_path / "both.hea").write_text("both/2 2 360 2000\none 1000\ntwo 1000\n")
    clip = read(tmp_path / "both")
    assert (clip.samples.shape, clip.rate, clip.unit) == ((2, 2000), 360, "mV")
    np.testing.assert_allclose(clip.samples[1, 1000:], FAST, atol=STEP / 2 * 1.001)


def test_a_clocks_rate_is_taken_for_the_whole_one(tmp_path: Path) -> None:
    header = record(tmp_path, fs=359.8)
    clip = read(header)
    assert (clip.rate, clip.notes) == (360, ("359.8 Hz taken for 360 Hz",))
    mend(header, "359.8", "62.47")
    with pytest.raises(DataError, match=r"62.47 Hz are no whole rate; resample it"):
        read(header)


BROKEN = {
    "empty": ("", DataError, "the file is empty"),
    "only comments": ("# nothing\n", DataError, "the header is empty"),
    "no header": ("hello\n", DataError, "not a WFDB record that can be read"),
    "other words": ("nothing of the kind\n", DataError, "not a WFDB record that can be read"),
    "no samples": (
        "100 1 360 0\n100.dat 16 1000/mV 16 0 0 0 0 MLII\n",
        DataError,
        "holds no samples; copy or download it again",
    ),
    "no signals": ("100 0 360 1000\n", DataError, "holds no signals"),
    "a micro sign": (
        "100 1 360 1000\n100.dat 16 1000/µV 16 0 0 0 0 MLII\n",
        DataError,
        "WFDB knows ASCII only, but it says '100.dat 16 1000/µV .*'; write u for µ",
    ),
    "too long": (f"100 1 360 {10**12}\n100.dat 16 1000/mV\n", DataError, "are too many to read"),
    "longer than its file": (
        "100 1 360 5000\n100.dat 16 1000/mV 16 0 0 0 0 MLII\n",
        DataError,
        "not a WFDB record that can be read|shorter than it says",
    ),
    "an unknown encoding": (
        "100 1 360 1000\n100.dat 99 1000/mV 16 0 0 0 0 MLII\n",
        DataError,
        "not a WFDB record that can be read",
    ),
    "another file": (
        "100 1 360 1000\nabsent.dat 16 1000/mV 16 0 0 0 0 MLII\n",
        MissingInputError,
        "absent.dat is not there, which the record consists of",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_record_is_one_line(tmp_path: Path, case: str) -> None:
    text, kind, says = BROKEN[case]
    header = record(tmp_path)
    header.write_text(text, encoding="utf-8")
    with pytest.raises(kind, match=says) as caught:
        read(header)
    assert str(caught.value).startswith(f"{header}: ")


@pytest.mark.parametrize("word", ["3e2", "-360", "+360", "360Hz", "360,5", "abc"])
def test_a_rate_that_the_package_would_read_otherwise_is_refused(tmp_path: Path, word: str) -> None:
    header = record(tmp_path)
    mend(header, "360 1000", f"{word} 1000")
    told = rf"100.hea: its rate is '{re.escape(word)}'; write it as a plain number"
    with pytest.raises(DataError, match=told):
        read(header)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("360 1000", "360 1e3", "length is '1e3'"),
        ("1000.0(0)/mV", "1,5/mV", "gain is '1,5/mV'"),
        ("1000.0(0)/mV", "high", "gain is 'high'"),
    ],
)
def test_any_other_number_too(tmp_path: Path, old: str, new: str, what: str) -> None:
    header = record(tmp_path)
    mend(header, old, new)
    with pytest.raises(DataError, match=f"100.hea: its {what}"):
        read(header)


@pytest.mark.parametrize("gain", ["1e3", "1000.(0)/mV", "+1000(-0)/mV", "1000/mV"])
def test_every_way_to_write_a_gain_is_read(tmp_path: Path, gain: str) -> None:
    header = record(tmp_path)
    mend(header, "1000.0(0)/mV", gain)
    np.testing.assert_allclose(read(header).samples, [SLOW, FAST], atol=STEP / 2 * 1.001)


def test_a_record_that_is_not_there_is_said(tmp_path: Path) -> None:
    header = record(tmp_path)
    header.with_suffix(".dat").unlink()
    with pytest.raises(MissingInputError, match=r"100.hea: 100.dat is not there, which the"):
        read(header)
    with pytest.raises(MissingInputError, match="101: there is no such file"):
        read(tmp_path / "101")


def test_a_header_alone_in_a_pipe_is_refused(tmp_path: Path) -> None:
    with record(tmp_path).open("rb") as file, pytest.raises(DataError, match="several files"):
        read(file, name="100.hea")


def test_classify_answers_for_records_and_for_a_folder_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.onnx").write_bytes(tiny_model.build())
    Path("records").mkdir()
    tones = {"loud": tiny_model.tone(0.5, 0.5), "quiet": tiny_model.tone(0.5, 0.05)}
    for name, tone in tones.items():
        record(
            Path("records"), name, fs=8000, p_signal=np.stack([tone, tone / 5], axis=1)
        )  # fmt: skip
        mend(Path("records") / f"{name}.hea", "/mV", "/NU")
    words = ["classify", "tiny.onnx", "--json", "--column", "MLII"]
    assert main([*words, "records"]) == 65
    assert "is in NU, which cannot be turned into full scale" in capsys.readouterr().err
    for header in Path("records").glob("*.hea"):
        mend(header, "/NU", "/full")
    Path("tiny.onnx").write_bytes(tiny_model.build(unit="full"))
    assert main([*words, "records", "records/loud"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["file"], line["answer"]) for line in found] == [
        ("records/loud.hea", "fault"),
        ("records/quiet.hea", "normal"),
        ("records/loud", "fault"),
    ]


def test_without_the_package_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "tiny.onnx").write_bytes(tiny_model.build())
    record(tmp_path)
    without = "import sys; sys.modules['wfdb'] = None; from harken.cli.main import main; "
    told = subprocess.run(
        [sys.executable, "-c", f"{without}sys.exit(main())", "classify", "tiny.onnx", "100"],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 69
    assert told.stderr.splitlines() == ["harken: needs the package wfdb: pip install wfdb"]
