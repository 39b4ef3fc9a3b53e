"""``harken classify`` with a model that decides whole recordings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from tests.runtime import tiny_model
from tests.runtime.printed import objects, said, table

from harken.cli.main import main

RATE, LEAST, WINDOW, MOST = 100, 200, 400, 800
WORDS = {"A": "atrial fibrillation", "N": "normal rhythm"}
CALL = ["classify", "whole.onnx", "--rate", str(RATE)]
LOUD, DOUBTFUL, QUIET = 0.5, 0.205, 0.05  # levels of a tone: A for sure, A at 0.55, N


def content(**changes: object) -> bytes:
    made: dict[str, object] = {
        "rate": RATE,
        "window": WINDOW,
        "hop": WINDOW,
        "lengths": (LEAST, MOST),
        "classes": ("N", "A"),
        "unit": "mV",
        "words": WORDS,
        "abstain": {"0.05": 0.7},
    }
    return tiny_model.build(**{**made, **changes})  # type: ignore[arg-type]  # passed on as they are


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("whole.onnx").write_bytes(content())
    for name, seconds, level in (
        ("loud", 5.0, LOUD),
        ("doubtful", 3.0, DOUBTFUL),
        ("quiet", 2.0, QUIET),
        ("long", 20.0, LOUD),
        ("short", 1.9, LOUD),
    ):
        np.save(f"{name}.npy", tiny_model.tone(seconds, level, rate=RATE))
    return tmp_path


def test_the_rhythm_is_told_in_words(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CALL, "loud.npy", "quiet.npy", "long.npy"]) == 0
    head, loud, quiet, long = (line.split("  ") for line in capsys.readouterr().out.splitlines())
    assert [word.strip() for word in head if word] == [
        "file",
        "answer",
        "score",
        "share",
        "windows",
    ]
    assert [word.strip() for word in loud if word] == [
        "loud.npy",
        "atrial fibrillation",
        "1.00",
        "-",
        "whole",
    ]
    assert "normal rhythm" in [word.strip() for word in quiet]
    assert [word.strip() for word in long if word][1:] == [
        "atrial fibrillation",
        "1.00",
        "100%",
        "5",
    ]


def test_the_windows_of_a_recording_that_is_decided_whole_are_shown_when_asked_for(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*CALL, "loud.npy", "long.npy", "--windows"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[2:4] == [
        "0.000 to     4.000 s   1.00  atrial fibrillation",
        "0.000 to     5.000 s   1.00  atrial fibrillation, as a whole",
    ]
    assert lines[-1] == "0.000 to    20.000 s   1.00  atrial fibrillation, the mean of its windows"
    assert len(lines) == 1 + 1 + 2 + 1 + 6


def test_programs_are_told_the_whole_and_the_stretch_that_decided(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signal = tiny_model.tone(6.0, QUIET, rate=RATE)
    signal[310:490] *= LOUD / QUIET
    np.save("part.npy", signal)
    assert main([*CALL, "part.npy", "--json"]) == 0
    [told] = objects(capsys)
    assert (told["answer"], told["words"], told["whole"]) == ("A", "atrial fibrillation", True)
    assert (told["share"], told["windows"], told["unsure"]) == (None, 0, False)
    assert (told["stretch"]["first"], told["stretch"]["last"]) == (3.0, 5.0)
    assert told["stretch"]["score"] > 0.9
    [decision] = told["decisions"]
    assert (decision["first"], decision["last"], decision["record"]) == (0, 600, True)


def test_what_a_long_recording_held_for_a_while_is_told_beside_its_answer(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet, loud = (tiny_model.tone(4.0, level, rate=RATE) for level in (QUIET, LOUD))
    for name, pieces in (("passing", [quiet] * 2 + [loud]), ("resting", [loud] * 2 + [quiet])):
        np.save(f"{name}.npy", np.concatenate([*pieces, *pieces[:2]], axis=-1))
    assert main([*CALL, "passing.npy", "resting.npy"]) == 0
    _, passing, resting = capsys.readouterr().out.splitlines()
    assert "normal rhythm" in passing
    assert passing.endswith("atrial fibrillation in 1 of 5 windows, surest at 8 to 12 s (1.00)")
    assert "atrial fibrillation" in resting
    assert " to " not in resting  # what is normal needs no telling
    assert main([*CALL, "passing.npy", "--json"]) == 0
    [told] = objects(capsys)
    [held] = told["passing"]
    assert held.pop("score") == pytest.approx(1.0, abs=1e-3)
    assert held == {
        "label": "A",
        "words": "atrial fibrillation",
        "windows": 1,
        "first": 8.0,
        "last": 12.0,
    }


def test_an_answer_below_the_threshold_of_the_share_is_unsure(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*CALL, "doubtful.npy", "loud.npy", "--abstain", "0.05"]) == 0
    _, doubtful, loud = capsys.readouterr().out.splitlines()
    assert "unsure (atrial fibrillation)  0.55" in doubtful
    assert "unsure" not in loud
    assert main([*CALL, "doubtful.npy", "--json", "--abstain", "0.05"]) == 0
    [told] = objects(capsys)
    assert (told["answer"], told["unsure"], told["decisions"][0]["unsure"]) == ("A", True, True)
    assert main([*CALL, "doubtful.npy"]) == 0
    assert "unsure" not in capsys.readouterr().out


def test_the_mean_of_windows_abstains_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save("long.npy", tiny_model.tone(20.0, DOUBTFUL, rate=RATE))
    assert main([*CALL, "long.npy", "--abstain", "0.05"]) == 0
    assert "unsure (atrial fibrillation)  0.55   100%        5" in capsys.readouterr().out


@pytest.mark.parametrize("share", ["0.1", "0.0500001"])
def test_a_share_that_the_model_has_not_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], share: str
) -> None:
    assert main([*CALL, "loud.npy", "--abstain", share]) == 64
    told = said(capsys)
    assert told.startswith("harken: --abstain: whole.onnx has no threshold for a share of 0.")
    assert told.endswith("there are: 0.05")


@pytest.mark.parametrize("share", ["0", "1", "five", "nan", "-0.1"])
def test_a_share_that_is_none_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], share: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main([*CALL, "loud.npy", f"--abstain={share}"])
    assert end.value.code == 64
    assert "need a share between 0 and 1" in said(capsys)


def test_a_recording_that_is_too_short_is_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*CALL, "short.npy"]) == 65
    told = "short.npy: 1.9 s are too short, whole.onnx decides on recordings of 2 s or more"
    assert said(capsys) == f"harken: {told}"


def test_one_that_is_a_sample_too_short_is_told_how_short(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("whole.onnx").write_bytes(content(lengths=(1999, 4000), window=2000))
    np.save("nearly.npy", tiny_model.tone(19.98, LOUD, rate=RATE))
    assert main([*CALL, "nearly.npy"]) == 65
    assert "nearly.npy: 19.98 s are too short, whole.onnx decides" in (told := said(capsys))
    assert told.endswith("on recordings of 19.99 s or more")


def test_a_recording_that_cannot_be_judged_has_no_answer(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signal = tiny_model.tone(4.0, LOUD, rate=RATE)
    signal[150:] = 0.25
    np.save("off.npy", signal)
    signal[150:250] = tiny_model.tone(1.0, LOUD, rate=RATE)
    np.save("part.npy", signal)
    assert main([*CALL, "off.npy", "part.npy"]) == 0
    _, off, part = table(capsys)
    assert off == ["off.npy", "none", "-", "-", "whole", "invalid", "(flat)"]
    assert part[-2:] == ["whole", "flat_part"]


def test_a_voltage_is_drawn_on_rows_of_paper_with_what_decided_marked(here: Path) -> None:
    pictures = {}
    for name, call in {"short": "quiet.npy", "long": "long.npy", "twelve": "twelve.npy"}.items():
        signal = tiny_model.tone(12.0, QUIET, rate=RATE)
        np.save("twelve.npy", signal)
        Path("whole.onnx").write_bytes(content(lengths=(LEAST, 1500)))
        assert main([*CALL, call, "--plot", f"{name}.png"]) == 0
        pictures[name] = matplotlib.image.imread(f"{name}.png")[..., :3]
    assert pictures["twelve"].shape[0] > 1.4 * pictures["short"].shape[0], "two rows, and one"
    mark = np.array([0xF4, 0xC5, 0x42]) / 255 * 0.35 + 0.65
    for name in pictures:
        there = np.abs(pictures[name] - mark).max(axis=-1) < 0.01
        assert there.any(axis=0).sum() > 10, f"the stretch is marked in {name}"


def test_the_title_says_what_is_marked_and_what_it_scores_alone(here: Path) -> None:
    assert drawn_text("loud.npy")[-1] == (
        "atrial fibrillation: 1.00 (marked: 0 to 2 s, which alone score 1.00)"
    )


def test_a_picture_of_a_long_one_tells_and_marks_what_passed(here: Path) -> None:
    pieces = [tiny_model.tone(4.0, level, rate=RATE) for level in (QUIET, LOUD, QUIET, QUIET)]
    np.save("passing.npy", np.concatenate(pieces, axis=-1))
    text = drawn_text("passing.npy")
    title, held = text[-2:]
    assert title.startswith("normal rhythm: 0.7")
    assert held == "atrial fibrillation in 1 of 4 windows, surest at 4 to 8 s (1.00)"
    assert "seconds (grey: not valid; red: what the answer leaves out)" in text
    assert main([*CALL, "passing.npy", "--plot", "passing.png"]) == 0
    picture = matplotlib.image.imread("passing.png")[..., :3]
    mark = np.array([0xD1, 0x49, 0x5B]) / 255 * 0.2 + 0.8
    assert (np.abs(picture - mark).max(axis=-1) < 0.01).any(axis=0).sum() > 100
    assert "seconds (grey: not valid)" in drawn_text("long.npy")


def drawn_text(*call: str) -> list[str]:
    """Every line of text on the picture of one file: of an SVG, whose letters are curves."""
    assert main([*CALL, *call, "--plot", "drawn.svg"]) == 0
    return re.findall(r"<!-- (.*?) -->", Path("drawn.svg").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("unit", "drawn"), [("µV", "mV"), ("V", "mV"), ("g", "g")])
def test_every_unit_can_be_drawn(here: Path, unit: str, drawn: str) -> None:
    Path("whole.onnx").write_bytes(content(unit=unit))
    assert drawn in drawn_text("loud.npy")


@pytest.mark.parametrize(("value", "reason"), [(0.0, "flat"), (np.nan, "nan")])
def test_one_that_cannot_be_judged_is_drawn_and_says_so(
    here: Path, value: float, reason: str
) -> None:
    np.save("odd.npy", np.full(500, value, np.float32))
    text = drawn_text("odd.npy")
    assert text[-2] == "no answer"
    assert text[-1].startswith(f"invalid ({reason})")


def test_a_picture_says_what_is_odd_about_the_recording(here: Path) -> None:
    Path("whole.onnx").write_bytes(content(levels=(0.05, 1.0)))
    np.save("micro.npy", 1e3 * tiny_model.tone(5.0, LOUD, rate=RATE))
    assert drawn_text("micro.npy")[-1].endswith("that of training: another unit?")


def test_a_picture_names_the_recording_the_model_and_its_limits(here: Path) -> None:
    told = "loud.npy  ·  model tiny"
    assert told in drawn_text("loud.npy")
    Path("whole.onnx").write_bytes(content(limits="No diagnosis\nfollows. Of 1.5 makes."))
    assert f"{told}  ·  No diagnosis follows." in drawn_text(str(Path("loud.npy").resolve()))


@pytest.mark.parametrize(("peak", "cut"), [(3.0, False), (20.0, True)])
def test_a_wave_that_goes_beyond_the_paper_is_told(here: Path, peak: float, cut: bool) -> None:
    Path("whole.onnx").write_bytes(content(lengths=(LEAST, 3000)))
    signal = tiny_model.tone(25.0, LOUD, rate=RATE)
    signal[..., 200] = peak
    np.save("spike.npy", signal)
    told = [line for line in drawn_text("spike.npy") if "spike.npy" in line]
    assert [line.endswith("cut off: the wave goes from -0.5 to 20.0 mV") for line in told] == [cut]


def test_words_with_a_dollar_sign_are_drawn_as_they_are(here: Path) -> None:
    Path("whole.onnx").write_bytes(content(unit="g", words={"A": "$x_$ $", "N": "$^"}))
    text = drawn_text("loud.npy")
    assert {"$x_$ $", "$^"} <= set(text)


def test_a_model_of_windows_has_no_stretch(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("whole.onnx").write_bytes(content(lengths=None))
    assert main([*CALL, "loud.npy", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["stretch"], told["whole"], told["windows"]) == (None, False, 1)
