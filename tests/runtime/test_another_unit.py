"""A recording in another unit than the model's: turned into it, refused, or noticed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.runtime import tiny_model
from tests.runtime.printed import objects

from harken.byte_reader import ByteReader
from harken.cli.main import main
from harken.errors import DataError
from harken.formats.csv import Csv
from harken.model import Model
from harken.unit import in_name, times

TONE = tiny_model.tone(0.5, 0.5)  # of millivolts
WATCH = "Name,Somebody\nSample Rate,8000 hertz\n\n\nLead,Lead I\nUnit,{unit}\n\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = tiny_model.build(unit="mV", levels=(0.5, 2.0))
    Path("tiny.onnx").write_bytes(model)


def export_of_a_watch(unit: str, factor: float) -> None:
    """`TONE`, written in ``unit``, of which a millivolt is ``factor``."""
    rows = "".join(f"{value:.6f}\n" for value in TONE * factor)
    Path("watch.csv").write_text(WATCH.format(unit=unit) + rows, encoding="utf-8")


@pytest.mark.parametrize(("unit", "factor"), [("µV", 1000.0), ("mV", 1.0), ("V", 0.001)])
def test_a_watchs_unit_is_turned_into_the_models(
    unit: str, factor: float, capsys: pytest.CaptureFixture[str]
) -> None:
    export_of_a_watch(unit, factor)
    assert main(["classify", "tiny.onnx", "--json", "watch.csv"]) == 0
    (told,) = objects(capsys)
    assert (told["answer"], told["seconds"], told["notes"]) == ("fault", 0.5, [])
    assert told["quality"] == {}


@pytest.mark.parametrize(
    ("header", "factor"),
    [("ecg (µV)", 1000.0), ("ecg[uV]", 1000.0), ("Lead I (mV) ", 1.0), ("(V)", 0.001)],
)
def test_a_columns_name_may_tell_the_unit(
    header: str, factor: float, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"{value:.7f}\n" for value in TONE * factor)
    Path("named.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    assert main(["classify", "tiny.onnx", "--json", "named.csv", "--rate", "8000"]) == 0
    (told,) = objects(capsys)
    assert (told["answer"], told["quality"]) == ("fault", {})


@pytest.mark.parametrize("header", ["ecg (lead 1)", "ecg (MV)", "ecg (uV) filtered", "ecg uV", ""])
def test_brackets_that_tell_no_unit_tell_nothing(header: str) -> None:
    assert in_name(header) == ""


def test_columns_of_several_units_are_refused_with_the_way_to_choose(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("two.csv").write_text("a (uV),b (mV),c\n" + "1,2,3\n" * 4000)
    words = ["classify", "tiny.onnx", "two.csv", "--rate", "8000"]
    assert main([*words, "--column", "c"]) == 0
    assert main([*words, "--column", "a (uV)"]) == 0
    capsys.readouterr()
    Path("tiny.onnx").write_bytes(tiny_model.build(unit="mV", channels=2))
    assert main(words) == 65
    assert "has 3 columns" in capsys.readouterr().err
    told = r"its columns are in mV, uV; choose one of a \(uV\)"
    with Path("two.csv").open("rb") as file, pytest.raises(DataError, match=told):
        Csv(column=("a (uV)", "b (mV)"), rate=8000).read(ByteReader(file, "two.csv"))


@pytest.mark.parametrize(("unit", "status"), [("unit of the files", 0), ("full scale", 65)])
def test_a_model_whose_recordings_told_no_unit_takes_any(unit: str, status: int) -> None:
    Path("tiny.onnx").write_bytes(tiny_model.build(unit=unit))
    export_of_a_watch("mV", 1.0)
    assert main(["classify", "tiny.onnx", "watch.csv"]) == status


def test_acceleration_in_another_unit_than_the_models_is_refused() -> None:
    assert in_name("acc (m/s²)") == in_name("acc [m/s^2]") == "m/s2"
    assert times("m/s^2", "m/s2") == 1.0
    assert times("m/s2", "g") is None


def test_a_unit_that_is_none_of_the_models_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("tiny.onnx").write_bytes(tiny_model.build(unit="g"))
    export_of_a_watch("µV", 1000.0)
    assert main(["classify", "tiny.onnx", "watch.csv"]) == 65
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("harken: watch.csv: is in µV, which cannot be turned into g, what the")


@pytest.mark.parametrize(("factor", "told"), [(1000.0, "1000 times"), (0.001, "1/1000 of")])
def test_where_the_file_says_nothing_the_level_tells(
    factor: float, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save("samples.npy", TONE * np.float32(factor))
    words = ["classify", "tiny.onnx", "samples.npy", "--rate", "8000"]
    assert main(words) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert f"level {told}" in line
    assert "that of training: another unit?" in line
    assert main([*words, "--json"]) == 0
    (found,) = objects(capsys)
    assert found["quality"]["unit"] == found["valid"] > 0


def test_a_stream_notes_it_on_every_window() -> None:
    stream = Model("tiny.onnx").stream()
    assert all("unit" in decision.quality for decision in stream.push(TONE * np.float32(1000.0)))
    right = Model("tiny.onnx").stream().push(TONE)
    assert right
    assert not any("unit" in decision.quality for decision in right)


def test_a_model_of_louder_training_may_take_over_a_stream() -> None:
    stream = Model("tiny.onnx").stream()
    Path("loud.onnx").write_bytes(tiny_model.build(unit="mV", levels=(5.0, 50.0)))
    stream.answer_by(Model("loud.onnx"))
    Path("volts.onnx").write_bytes(tiny_model.build(unit="V", levels=(5.0, 50.0)))
    with pytest.raises(DataError, match="another input or hop"):
        stream.answer_by(Model("volts.onnx"))
