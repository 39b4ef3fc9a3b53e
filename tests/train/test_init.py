"""``harken-train init``: what it sees in a folder, and a recipe that trains."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from harken.settings import dump, read_toml
from harken_train.build import build_classifier
from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app
from harken_train.first_recipe.groups import guess
from harken_train.recipe_file import load_recipe

RATE = 8000


def run(*words: str) -> int:
    return outcome.run(app, PROGRAM, list(words))


def sound(path: Path, seconds: float, *, loud: float = 0.1, rate: int = RATE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = sum(str(path.name).encode())
    noise = np.random.default_rng(seed).standard_normal(int(seconds * rate))
    opus = {"format": "OGG", "subtype": "OPUS"} if path.suffix == ".opus" else {}
    soundfile.write(path, loud * noise / 4.0, rate, **opus)


def pumps(folder: Path, machines: int = 6, suffix: str = "wav") -> Path:
    """Six pumps, each recorded on two days in both states."""
    for label in ("good", "worn"):
        for machine in range(machines):
            for day in (1, 2):
                name = f"pump{machine:02d}_2024-05-{day:02d}.{suffix}"
                sound(folder / label / name, 0.8 + 0.1 * day)
    return folder


def with_table(folder: Path) -> Path:
    """The same in one folder, told by a table with words of its own."""
    lines = ["clip;condition;machine;remark"]
    for machine in range(6):
        for label in ("ok", "worn"):
            sound(folder / f"{machine}{label}.wav", 1.0)
            lines.append(f"{machine}{label}.wav;{label};M{machine};-")
    (folder / "clips.csv").write_text("\n".join(lines))
    return folder


@pytest.mark.parametrize(("make", "count"), [(pumps, 24), (with_table, 12)])
def test_the_recipe_is_described_and_trained_as_it_is_written(
    make: Callable[[Path], Path],
    count: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = make(tmp_path / "own recordings")
    path = tmp_path / "deep" / "own.toml"
    assert run("init", str(folder), "-o", str(path)) == 0
    told = capsys.readouterr().out
    assert f"{count} recordings" in told
    assert told.splitlines()[-2:] == [
        f"next: harken-train data describe {path}",
        f"then: harken-train fit {path}",
    ]
    assert run("data", "describe", str(path)) == 0
    described = capsys.readouterr().out
    assert "split: honest: groups apart\n" in described
    assert "each file its own group" not in described
    words = ["--epochs", "1", "--out", str(tmp_path / "runs"), "--name", "own", "-q"]
    assert run("fit", str(path), *words) == 0


def test_folders_are_labels_and_names_tell_the_groups(tmp_path: Path) -> None:
    pumps(tmp_path / "clips")
    assert run("init", str(tmp_path / "clips"), "-o", str(tmp_path / "a.toml"), "-q") == 0
    recipe = load_recipe(str(tmp_path / "a.toml"))
    recordings = recipe.data.recordings()
    assert {one.label for one in recordings} == {"good", "worn"}
    assert {one.group for one in recordings} == {f"pump{n:02d}" for n in range(6)}
    assert recipe.normal == ("good",)
    assert recipe.signal.rate == RATE
    assert 2 * recipe.signal.window <= 0.9 * RATE
    assert read_toml(tmp_path / "a.toml")["data"]["path"] == "clips"


def test_a_table_tells_files_labels_and_groups_by_columns_of_its_own(tmp_path: Path) -> None:
    with_table(tmp_path / "clips")
    assert run("init", str(tmp_path / "clips"), "-o", str(tmp_path / "a.toml"), "-q") == 0
    data = read_toml(tmp_path / "a.toml")["data"]
    assert data == {
        "kind": "table",
        "path": "clips",
        "table": "clips.csv",
        "column_file": "clip",
        "column_label": "condition",
        "column_group": "machine",
    }
    recordings = load_recipe(str(tmp_path / "a.toml")).data.recordings()
    assert {one.group for one in recordings} == {f"M{n}" for n in range(6)}


@pytest.mark.parametrize(
    ("names", "group"),
    [
        (["pump03_2024-05-01.wav", "pump04_2024-05-01.wav"], "pump03"),
        (["pump 03 morning.wav", "pump 04 morning.wav"], "pump 03"),
        (["site-A/one.wav", "site-B/one.wav"], "site-A"),
        (["2024-05-01 pump3.wav", "2025-05-01 pump4.wav"], "2024"),
        (["kitchen fan 1.wav", "cellar fan 1.wav"], "kitchen"),
    ],
)
def test_groups_are_guessed_from_names(names: list[str], group: str) -> None:
    every = [f"{label}/{name}" for label in ("good", "bad") for name in names]
    found = guess(every, [name.partition("/")[0] for name in every])
    assert found is not None
    assert found.example == (every[0], group)
    assert found.groups["good"] == found.groups["bad"]


@pytest.mark.parametrize(
    "names",
    [
        ["normal_01.wav", "normal_02.wav"],  # every file another number
        ["rec_0001.wav", "rec_0002.wav", "rec_0003.wav"],
        ["a.wav", "b.wav"],
    ],
)
def test_where_names_tell_no_group_none_is_made_up(
    names: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for label in ("x", "y"):
        for name in names:
            sound(tmp_path / "clips" / label / f"{label}{name}", 1.0)
    assert run("init", str(tmp_path / "clips"), "-o", str(tmp_path / "a.toml")) == 0
    told = capsys.readouterr().out
    assert "groups    none told by the names: each file counts as one" in told
    assert "mind: each file counts as a group of its own" in told
    assert "group_pattern =" not in (tmp_path / "a.toml").read_text()


@pytest.mark.parametrize("rate", [300, 2000, 12_000, 44_100, 192_000])
@pytest.mark.parametrize("seconds", [0.3, 3.0, 40.0])
def test_the_proposed_network_can_be_built_at_any_rate_and_length(
    rate: int, seconds: float, tmp_path: Path
) -> None:
    if rate * seconds > 2_000_000:
        seconds = 2_000_000 / rate
    for label in ("good", "bad"):
        sound(tmp_path / "clips" / label / "a.wav", seconds, rate=rate)
    assert run("init", str(tmp_path / "clips"), "-o", str(tmp_path / "a.toml"), "-q") == 0
    recipe = load_recipe(str(tmp_path / "a.toml"))
    assert recipe.signal.window <= max(64, rate * seconds / 4.0)
    build_classifier(recipe, 2)
    kind = {300: "Raw", 2000: "LogSpectrogram"}.get(rate, "LogMel")
    assert type(recipe.frontend).__name__ == kind


def slow(folder: Path, rate: int = 200) -> Path:
    """Twelve people, whose recordings of one lead last from 3 to 11 s."""
    for i in range(24):
        label, person = ("af", "normal")[i % 2], f"p{i // 2:02d}"
        sound(folder / label / f"{person}_{i}.wav", 3.0 + i * 8.0 / 23, rate=rate)
    return folder


def test_slow_recordings_of_different_lengths_are_decided_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "slow.toml"
    assert run("init", str(slow(tmp_path / "slow")), "-o", str(path)) == 0
    assert "lengths differ" not in capsys.readouterr().out
    recipe = load_recipe(str(path))
    assert recipe.signal.lengths == (600, 2200)
    assert type(recipe.frontend).__name__ == "Filtered"
    assert type(recipe.network).__name__ == "SeResnet"
    shorter = sum(3.0 + i * 8.0 / 23 < max(recipe.training.crops) / 200 for i in range(24))
    assert shorter <= 24 / 4, "most have every crop"
    assert run("data", "describe", str(path)) == 0
    words = ["--epochs", "1", "--out", str(tmp_path / "runs"), "--name", "own", "-q"]
    assert run("fit", str(path), *words) == 0


@pytest.mark.parametrize("rate", [25, 26, 99, 101, 360, 512, 999])
def test_what_is_proposed_for_whole_recordings_can_be_built_at_any_rate(
    rate: int, tmp_path: Path
) -> None:
    for i in range(4):
        sound(tmp_path / "clips" / ("good", "bad")[i % 2] / f"{i}.wav", 2.0 + 30.0 * i, rate=rate)
    assert run("init", str(tmp_path / "clips"), "-o", str(tmp_path / "a.toml"), "-q") == 0
    recipe = load_recipe(str(tmp_path / "a.toml"))
    assert recipe.signal.lengths == (2 * rate, 92 * rate)
    build_classifier(recipe, 2)


def test_it_warns_of_what_would_spoil_a_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "clips"
    for machine in range(2):
        for day in range(2):
            sound(folder / "red" / f"m{machine}_{day}.wav", 0.5, loud=0.001)
            sound(folder / "blue" / f"m{machine}_{day}.wav", 5.0, loud=0.5, rate=2 * RATE)
    (folder / "red" / "m0_9.m4a").write_bytes(b"x")
    (folder / "red" / "m0_8.wav").write_bytes(b"RIFF")
    path = tmp_path / "a.toml"
    assert run("init", str(folder), "-o", str(path)) == 0
    told = capsys.readouterr().out
    for warning in (
        "mind: no class is called normal, good, ok, healthy or the like",
        "mind: few groups (blue 2, red 2): what one test part says is luck",
        "mind: lengths differ, 0.50 to 5.00 s",
        "mind: classes differ in level by 54 dB",
        'of .m4a; convert them in each folder: for f in *.m4a; do ffmpeg -i "$f" "${f%.m4a}.wav"',
        "m0_8.wav",
    ):
        assert warning in told
    assert f"{RATE} Hz (4), {2 * RATE} Hz (4)" in told
    text = path.read_text()
    assert f"rate = {RATE} # Hz, as the device must feed; recordings at {2 * RATE} Hz are" in text
    assert "# Mind: few groups" in text
    assert all(len(line) <= 100 or line.strip().startswith("#") for line in text.splitlines())


def test_a_class_of_one_group_is_cut_in_time_and_one_class_alone_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for day in range(4):
        sound(tmp_path / "clips" / "good" / f"{day}.wav", 1.0)
    sound(tmp_path / "clips" / "bad" / "only.wav", 2.0)
    path = tmp_path / "a.toml"
    assert run("init", str(tmp_path / "clips"), "-o", str(path), "-q") == 0
    assert dump(load_recipe(str(path)).split)["by_time"] == ["bad"]
    capsys.readouterr()
    (tmp_path / "clips" / "bad" / "only.wav").unlink()
    assert run("init", str(tmp_path / "clips"), "-o", str(path), "--force") == 0
    assert "all recordings are of one class, 'good'; a training needs two at least" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("suffix", ["ogg", "mp3", "opus", "flac"])
def test_phones_files_are_read_as_they_are(suffix: str, tmp_path: Path) -> None:
    pumps(tmp_path / "clips", machines=2, suffix=suffix)
    assert run("init", str(tmp_path / "clips"), "-o", str(tmp_path / "a.toml"), "-q") == 0
    for one in load_recipe(str(tmp_path / "a.toml")).data.recordings():
        samples = one.read()
        assert samples.shape == (1, one.frames)
        assert 0.02 < float(samples.std()) < 0.03


def test_a_recipe_that_is_there_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pumps(tmp_path / "clips")
    path = tmp_path / "a.toml"
    path.write_text("mine")
    assert run("init", str(tmp_path / "clips"), "-o", str(path)) == 73
    assert "a.toml: exists already; give another -o, or --force" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert run("init", str(tmp_path / "clips"), "-o", str(path), "--force", "-q") == 0
    assert re.search(r"^group_pattern = ", path.read_text(), re.MULTILINE)
    assert run("init", str(tmp_path / "nowhere"), "-o", str(tmp_path / "b.toml")) == 66
    assert run("init", str(tmp_path / "clips"), "-o", str(tmp_path / "b.txt")) == 64
