"""From a recipe to recordings that a training can use."""

from __future__ import annotations

import logging
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harken.clip_file import read
from harken.errors import DataError, MissingInputError, SettingsError
from harken.settings import load
from harken_train.data import at_rate, foreign, prepare
from harken_train.recipe import Recipe, Signal
from harken_train.recordings import Recording

RATE = 8000


def write(path: Path, seed: int, rate: int = RATE, channels: int = 1, level: float = 0.1) -> None:
    """A quarter of a second of noise, 16 bit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).standard_normal((rate // 4, channels)) * level
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes((np.clip(noise, -1, 1) * 32767).astype("<i2").tobytes())


def recipe(folder: Path, **tables: Any) -> Recipe:
    table: dict[str, Any] = {
        "name": "own",
        "data": {"kind": "folder", "path": folder},
        "signal": {"rate": RATE, "window": 256, "hop": 256},
        "split": {"kind": "group"},
        "frontend": {"kind": "raw"},
        "network": {"kind": "edge"},
    }
    return load(Recipe, table | tables)


def two_classes(folder: Path, count: int = 4) -> None:
    for i in range(count):
        write(folder / "good" / f"{i}.wav", seed=i)
        write(folder / "bad" / f"{i}.wav", seed=100 + i)


def test_recordings_come_split_audited_and_with_a_digest(tmp_path: Path) -> None:
    two_classes(tmp_path)
    found = prepare(recipe(tmp_path))
    assert found.classes == ("bad", "good")
    assert len(found.recordings) == 8
    assert found.audit.stamp.startswith("honest: groups apart")
    assert len(found.digest) == 64
    assert found.audit.totals["test"].recordings == 2


def test_the_same_data_elsewhere_have_the_same_digest_and_others_have_not(tmp_path: Path) -> None:
    two_classes(tmp_path / "one")
    two_classes(tmp_path / "other")
    first = prepare(recipe(tmp_path / "one")).digest
    assert prepare(recipe(tmp_path / "other")).digest == first
    write(tmp_path / "other" / "bad" / "3.wav", seed=7)
    assert prepare(recipe(tmp_path / "other")).digest != first
    grouped = {"kind": "folder", "path": tmp_path / "one", "group_pattern": r"(\d)"}
    time = {"kind": "time", "validation": 0.3}
    assert prepare(recipe(tmp_path, data=grouped, split=time)).digest != first


def test_another_rate_is_resampled_with_a_notice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    two_classes(tmp_path)
    write(tmp_path / "bad" / "9.wav", seed=9, rate=16_000)
    with caplog.at_level(logging.WARNING):
        found = prepare(recipe(tmp_path))
    assert "resampled recordings=1 from_hz=16000 to_hz=8000 labels=bad" in caplog.text
    assert {one.rate for one in found.recordings} == {RATE}
    resampled = next(one for one in found.recordings if one.name == "bad/9.wav")
    assert resampled.frames == resampled.read().shape[1] == RATE // 4


def test_sound_files_are_scaled_into_the_recipes_unit(tmp_path: Path) -> None:
    two_classes(tmp_path)
    plain = prepare(recipe(tmp_path)).recordings[0].read()
    signal = {"rate": RATE, "window": 256, "hop": 256, "unit": "g", "scale": 20.0}
    scaled = prepare(recipe(tmp_path, signal=signal)).recordings[0].read()
    np.testing.assert_allclose(scaled, 20.0 * plain, rtol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 9.81, 20.0, 1e-3])
def test_training_and_the_device_read_a_file_alike_to_the_bit(tmp_path: Path, scale: float) -> None:
    two_classes(tmp_path)
    signal = {"rate": RATE, "window": 256, "hop": 256, "unit": "g", "scale": scale}
    for recording in prepare(recipe(tmp_path, signal=signal)).recordings:
        clip = read(tmp_path / recording.origin)
        np.testing.assert_array_equal(recording.read(), clip.in_unit(scale), strict=True)


def one_in(unit: str, *, relative: bool = False) -> Recording:
    """A recording of two samples that tells its unit."""
    return Recording(
        name="a",
        label="x",
        group="a",
        rate=RATE,
        frames=2,
        read=lambda: np.array([[500.0, -250.0]], np.float32),
        unit=unit,
        relative=relative,
    )


def test_a_recording_that_tells_its_unit_is_turned_into_the_recipes() -> None:
    wanted = Signal(rate=RATE, unit="mV", scale=32.768)
    for unit, first in (("uV", 0.5), ("mV", 500.0), ("", 500.0)):
        one = one_in(unit)
        assert foreign(one, wanted) == ()
        found = at_rate(one, one.read(), wanted)
        assert found.unit == "mV"
        np.testing.assert_allclose(found.read()[0], [first, -first / 2], rtol=1e-6)


def test_a_recording_in_a_unit_that_cannot_be_turned_into_the_recipes_is_refused() -> None:
    told = (
        'a: is in mV, which cannot be turned into g; set signal.unit = "mV", or convert the file',
    )
    assert foreign(one_in("mV"), Signal(rate=RATE, unit="g")) == told
    assert foreign(one_in("mV", relative=True), Signal(rate=RATE, unit="g")) == ()


def test_a_normal_class_that_is_none_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    two_classes(tmp_path)
    with pytest.raises(SettingsError, match=r"^normal: no class 'god', did you mean 'good'\?"):
        prepare(recipe(tmp_path, normal=["god"]))


def test_one_class_only_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "good" / "a.wav", seed=0)
    write(tmp_path / "good" / "b.wav", seed=1)
    with pytest.raises(DataError, match="all 2 recordings are of one class, 'good'"):
        prepare(recipe(tmp_path))


def test_missing_data_and_an_empty_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"data.path: .*absent: there is no such folder"):
        prepare(recipe(tmp_path / "absent"))
    with pytest.raises(MissingInputError, match="no recordings in its folders"):
        prepare(recipe(tmp_path))


def test_channels_that_the_recipe_does_not_want_are_refused(tmp_path: Path) -> None:
    two_classes(tmp_path)
    write(tmp_path / "bad" / "9.wav", seed=9, channels=2)
    with pytest.raises(DataError, match=r"bad/9.wav: has 2 channels, but signal.channels is 1"):
        prepare(recipe(tmp_path))


def test_a_sample_that_is_no_number_is_refused_with_its_place(tmp_path: Path) -> None:
    two_classes(tmp_path)
    samples = np.random.default_rng(0).standard_normal(2000)
    samples[77] = np.nan
    np.save(tmp_path / "bad" / "nan.npy", samples)
    data = {"kind": "folder", "path": tmp_path}
    with pytest.raises(DataError, match="do not tell their rate"):
        prepare(recipe(tmp_path, data=data))
    for path in tmp_path.rglob("*.wav"):
        np.save(path.with_suffix(".npy"), np.random.default_rng(1).standard_normal(2000))
        path.unlink()
    with pytest.raises(DataError, match=r"bad/nan.npy: sample 77 is not a number"):
        prepare(recipe(tmp_path, data=data | {"rate": RATE}))


def test_a_group_on_both_sides_is_refused_unless_declared(tmp_path: Path) -> None:
    rows: list[str] = []
    for label in ("good", "bad"):
        for day in (1, 2):
            write(tmp_path / f"{label}{day}.wav", seed=len(rows))
            rows.append(f"{label}{day}.wav,{label},{label} machine,{day}")
    (tmp_path / "table.csv").write_text("file,label,group,day\n" + "\n".join(rows))
    data = {"kind": "table", "path": tmp_path}
    split = {"kind": "attribute", "name": "day", "test": [2]}
    with pytest.raises(SettingsError, match="the groups bad machine, good machine are in train"):
        prepare(recipe(tmp_path, data=data, split=split))
    found = prepare(recipe(tmp_path, data=data, split=split | {"shares": "machine"}))
    assert found.audit.stamp == "shares: machine; validation is the end of training recordings"


@pytest.mark.data
def test_cwru_is_prepared_at_12_khz_with_a_fault_size_unseen(cwru: Path) -> None:
    data = {"kind": "cwru", "path": cwru, "sizes": [7, 14, 21]}
    split = {"kind": "attribute", "name": "size_mil", "test": [21], "by_time": ["normal"]}
    signal = {"rate": 12_000, "window": 2048}
    found = prepare(recipe(cwru, data=data, split=split, signal=signal))
    assert found.classes == ("ball", "inner_race", "normal", "outer_race")
    assert found.recordings[0].frames == 60_985  # 243,938 samples at 48 kHz
    assert found.audit.both_sides == ("normal",)
    assert found.audit.parts["test"]["ball"].groups == 1
    assert found.audit.parts["test"]["normal"].segments >= 8
