"""``data describe`` finds every planted problem, and every cue that tells the class."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.signal
import soundfile

from harken.settings import load
from harken_train.cli import outcome
from harken_train.cli.data import app
from harken_train.describe import Description, describe
from harken_train.giveaway import giveaway
from harken_train.readers.folder import Folder
from harken_train.recipe import Recipe

RATE = 8000
COUNT = 12  # recordings a class


def noise(seed: int, frames: int = RATE) -> npt.NDArray[np.float64]:
    """White noise whose level varies from recording to recording by up to 6 dB."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal(frames) * 0.05 * rng.uniform(0.7, 1.4)


def write(path: Path, samples: npt.NDArray[np.float64], rate: int = RATE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype="PCM_16")


def plain_classes(folder: Path) -> None:
    """Two classes that nothing tells apart, six groups of two recordings each."""
    for i in range(COUNT):
        write(folder / "good" / f"m{i // 2} {i}.flac", noise(i))
        write(folder / "bad" / f"m{6 + i // 2} {i}.flac", noise(1000 + i))


def recipe(folder: Path, **tables: Any) -> Recipe:
    table: dict[str, Any] = {
        "name": "own",
        "data": {"kind": "folder", "path": folder, "group_pattern": r"(m\d+)"},
        "signal": {"rate": RATE, "window": 512, "hop": 512},
        "split": {"kind": "group"},
        "frontend": {"kind": "raw"},
        "network": {"kind": "edge"},
    }
    return load(Recipe, table | tables)


def problems(found: Description) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for problem in found.problems:
        kinds.setdefault(problem.kind, []).append(problem.what)
    return kinds


def telling(found: Description) -> set[str]:
    return {cue.name for cue in found.cues if cue.giveaway.tells}


def test_sound_recordings_have_no_problem_and_no_cue(tmp_path: Path) -> None:
    plain_classes(tmp_path)
    found = describe(recipe(tmp_path))
    assert found.problems == ()
    assert telling(found) == set()
    assert found.trainable
    assert found.audit is not None
    row = found.classes[0]
    assert (row.label, row.recordings, row.groups, row.seconds) == ("bad", 12, 6, 12.0)
    assert "honest: groups apart" in found.text()
    assert "its own group" not in found.text()


def test_recordings_without_a_known_group_are_noted(tmp_path: Path) -> None:
    plain_classes(tmp_path)
    alone = recipe(tmp_path)
    assert isinstance(alone.data, Folder)
    told = describe(replace(alone, data=replace(alone.data, group_pattern=""))).text()
    assert "split: honest: groups apart (each file its own group)" in told
    assert told.endswith("set data.group_pattern, or give a table the column group")


def test_every_planted_problem_is_found_and_none_ends_the_search(tmp_path: Path) -> None:
    plain_classes(tmp_path)
    write(tmp_path / "good" / "m1 silent.flac", np.concatenate([noise(7), np.zeros(2000)]))
    write(tmp_path / "good" / "m2 clipped.flac", np.clip(noise(8) * 20, -0.999, 0.999))
    write(tmp_path / "good" / "m3 short.flac", noise(9, 300))
    write(tmp_path / "good" / "m4 fast.flac", noise(10, 2 * RATE), 2 * RATE)
    write(tmp_path / "bad" / "m9 copy.flac", noise(0))  # that of good/m0 0.flac
    write(tmp_path / "Good" / "m20.flac", noise(2000))
    (tmp_path / "bad" / "m8 broken.flac").write_bytes(b"fLaC" + bytes(50))
    found = describe(recipe(tmp_path, normal=["god"]))
    kinds = problems(found)
    assert "good/m1 silent.flac: 3 of 19 windows do not move at all" in kinds["silence"][0]
    assert "good/m2 clipped.flac: 15 of 15 windows are cut off" in kinds["clipping"][0]
    assert "good/m3 short.flac: 300 samples" in kinds["too short"][0]
    assert "1 recording at 16000 Hz will be resampled to 8000 Hz" in kinds["other rate"][0]
    assert "under the labels bad, good" in kinds["duplicate"][0]
    assert "'Good' and 'good' are different classes" in kinds["labels alike"][0]
    assert "class 'Good' has one group only, 'm20'" in kinds["one group"][0]
    assert kinds["normal"] == [
        "normal: no class 'god', did you mean 'good'?; there are: Good, bad, good"
    ]
    assert "bad/m8 broken.flac: not a FLAC file" in kinds["unreadable"][0]
    assert all(len(whats) == 1 for whats in kinds.values())
    assert not found.trainable
    assert found.audit is None
    stopping = [one.kind for one in found.problems[:2]]  # what stops a training comes first
    assert stopping == ["normal", "unreadable"]
    assert not any(one.stops for one in found.problems[2:])


def test_a_normal_class_that_is_none_stops_a_training(tmp_path: Path) -> None:
    plain_classes(tmp_path)
    found = describe(recipe(tmp_path, normal=["god"]))
    assert [(one.kind, one.stops) for one in found.problems] == [("normal", True)]
    assert not found.trainable
    assert describe(recipe(tmp_path, normal=["good"])).trainable


def test_a_scored_class_that_is_none_stops_a_training(tmp_path: Path) -> None:
    plain_classes(tmp_path)
    found = describe(recipe(tmp_path, scored=["god"]))
    assert problems(found)["scored"] == [
        "scored: no class 'god', did you mean 'good'?; there are: bad, good"
    ]
    assert not found.trainable
    assert describe(recipe(tmp_path, scored=["good"])).trainable


def test_words_for_a_class_that_is_none_stop_a_training(tmp_path: Path) -> None:
    plain_classes(tmp_path)
    found = describe(recipe(tmp_path, words={"god": "all is well"}))
    assert problems(found)["words"] == [
        "words: no class 'god', did you mean 'good'?; there are: bad, good"
    ]
    assert not found.trainable
    assert describe(recipe(tmp_path, words={"good": "all is well"})).trainable


def test_numbers_that_are_none_are_counted_and_placed(tmp_path: Path) -> None:
    for label in ("good", "bad"):
        (tmp_path / label).mkdir()
        for i in range(3):
            np.save(tmp_path / label / f"{i}.npy", noise(i + len(label)))
    broken = noise(5)
    broken[4000:4003] = [np.nan, np.inf, np.nan]
    np.save(tmp_path / "bad" / "nan.npy", broken)
    data = {"kind": "folder", "path": tmp_path, "rate": RATE}
    (what,) = problems(describe(recipe(tmp_path, data=data)))["not a number"]
    assert "bad/nan.npy: 3 samples are NaN or infinite, the first at 0.500 s" in what


def test_a_copy_in_another_group_is_told_apart_from_one_in_the_same(tmp_path: Path) -> None:
    plain_classes(tmp_path)
    write(tmp_path / "good" / "m0 again.flac", noise(0))
    write(tmp_path / "good" / "m5 again.flac", noise(2))
    same, other = sorted(problems(describe(recipe(tmp_path)))["duplicate"], key=len)
    assert same == "good/m0 0.flac, good/m0 again.flac hold the same samples; keep one of them"
    assert "in the groups m1, m5" in other


def test_one_class_only_stops_a_training(tmp_path: Path) -> None:
    write(tmp_path / "good" / "m1.flac", noise(0))
    found = describe(recipe(tmp_path))
    assert "all recordings are of one class, 'good'" in problems(found)["one class"][0]
    assert found.cues == ()


def test_a_split_that_is_refused_is_a_problem(tmp_path: Path) -> None:
    plain_classes(tmp_path)
    split = {"kind": "group", "by_time": ["god"]}
    found = describe(recipe(tmp_path, split=split))
    assert "no class 'god', did you mean 'good'" in problems(found)["split"][0]


def plant(folder: Path, cue: str) -> None:
    """Put one cue into the class "bad" and leave all else alike."""
    plain_classes(folder)
    for i, path in enumerate(sorted((folder / "bad").iterdir())):
        samples, rate = noise(1000 + i), RATE
        match cue:
            case "rate":
                samples, rate = noise(1000 + i, 2 * RATE), 2 * RATE
                low_pass = scipy.signal.butter(20, 0.49, output="sos")  # as wide as the others
                samples = scipy.signal.sosfilt(low_pass, samples)
            case "length":
                samples = samples[: RATE - 500]
            case "level":
                samples = samples * 4
            case "offset":
                samples = samples + 0.05
            case "band limit":
                sos = scipy.signal.butter(20, 0.6, output="sos")
                samples = scipy.signal.sosfilt(sos, samples)
            case "step":
                samples = np.round(samples * 4096) / 4096
            case "padding":
                samples[-RATE // 10 :] = 0.0
        write(path, samples, rate)


@pytest.mark.parametrize(
    "cue", ["rate", "length", "level", "offset", "band limit", "step", "padding"]
)
def test_a_planted_cue_is_found_and_said(tmp_path: Path, cue: str) -> None:
    plant(tmp_path, cue)
    found = describe(recipe(tmp_path))
    assert cue in telling(found)
    named = next(one for one in found.cues if one.name == cue)
    assert named.giveaway.accuracy == 1.0
    assert named.giveaway.majority == 0.5
    assert named.giveaway.auc == 1.0
    assert "alone tells 'bad' from the rest (AUC 1.00)" in named.sentence
    assert f"{cue}: {named.sentence}" in found.text()


def test_only_the_planted_cue_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "level")
    assert telling(describe(recipe(tmp_path))) == {"level"}


def test_a_class_of_one_recording_is_ranked_though_it_cannot_be_left_out() -> None:
    values = np.array([9.0, *range(8)] * 1)
    labels = ["normal", *["bad"] * 8]
    few = giveaway(values, labels, [*"abcdefghi"])
    assert (few.auc, few.label) == (1.0, "bad")
    assert not few.tells  # one of nine stands at an end by chance two times in nine
    assert giveaway(values, labels, [*"abcdefghi"], by_design=True).tells
    many = giveaway(np.array([99.0, *range(40)]), ["normal", *["bad"] * 40], [*map(str, range(41))])
    assert many.tells


def test_a_number_that_never_changes_tells_nothing() -> None:
    # A mean of equal numbers may be off by rounding, and that tells nothing either.
    equal = giveaway(np.full(12, 129 / 756), ["a"] * 6 + ["b"] * 6, [*"aabbccddeeff"])
    assert not equal.tells
    found = giveaway(np.ones(9), ["a"] * 6 + ["b"] * 3, [*"abcdefghi"], by_design=True)
    assert (found.accuracy, found.majority, found.auc) == (6 / 9, 6 / 9, 0.5)
    assert not found.tells


def test_the_command_prints_json_and_leaves_by_whether_a_training_would(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain_classes(tmp_path / "data")
    path = tmp_path / "own.toml"
    path.write_text(
        'name = "own"\n'
        '[data]\nkind = "folder"\npath = "data"\ngroup_pattern = "(m\\\\d+)"\n'
        "[signal]\nrate = 8000\nwindow = 512\n"
        '[split]\nkind = "group"\n[frontend]\nkind = "raw"\n[network]\nkind = "edge"\n'
    )
    assert outcome.run(app, "harken-train data", ["describe", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["trainable"] is True
    assert found["classes"][0]["recordings"] == COUNT
    (tmp_path / "data" / "bad" / "m8 broken.flac").write_bytes(b"")
    assert outcome.run(app, "harken-train data", ["describe", str(path)]) == 65
    assert "unreadable (stops a training)" in capsys.readouterr().out


@pytest.mark.data
def test_level_alone_tells_the_fan_and_is_said(machine_sound: Path) -> None:
    data = {"kind": "table", "path": machine_sound, "table": "meta.csv"}
    signal = {"rate": 16_000, "window": 2048}
    found = describe(recipe(machine_sound, data=data, signal=signal))
    assert telling(found) == {"level"}
    assert found.problems == ()


@pytest.mark.data
def test_cwrus_one_normal_recording_is_given_away_by_how_it_was_made(cwru: Path) -> None:
    data = {"kind": "cwru", "path": cwru}
    split = {"kind": "group", "by_time": ["normal"]}
    signal = {"rate": 12_000, "window": 2048}
    found = describe(recipe(cwru, data=data, split=split, signal=signal))
    assert {"rate", "length", "band limit"} <= telling(found)
    assert "1 recording at 48000 Hz will be resampled" in problems(found)["other rate"][0]
    assert "class 'normal' has one group only" in problems(found)["one group"][0]
    assert found.trainable
