"""The original files of the ECG challenge of 2017, and small ones made like them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from harken.errors import DataError, HarkenError, MissingInputError, SettingsError
from harken_train.readers.cinc2017 import Cinc2017
from harken_train.recordings import Recording

FLOAT32 = 1e-6  # of a value, what one rounding to float32 may change, and some


def record(folder: Path, name: str, units: list[int]) -> Path:
    """A record as the challenge has them: MATLAB 4, one row of int16."""
    path = folder / f"{name}.mat"
    scipy.io.savemat(path, {"val": np.array([units], np.int16)}, format="4")
    return path


@pytest.fixture
def challenge(tmp_path: Path) -> Path:
    """Ten records of 5 to 14 samples: six N, two A, one O, one ~."""
    labels = "NNNNNNAAO~"
    for k in range(10):
        record(tmp_path, f"A{k:05d}", list(range(-2, k + 3)))
    lines = [f"A{k:05d},{label}\n" for k, label in enumerate(labels)]
    (tmp_path / "REFERENCE.csv").write_text("".join(lines))
    return tmp_path


def faults(folder: Path) -> list[str]:
    found = Cinc2017(path=folder).survey()
    return [str(one) for one in found if isinstance(one, HarkenError)]


@pytest.mark.data
def test_the_originals_are_all_read_in_millivolts(cinc2017: Path) -> None:
    recordings = Cinc2017(path=cinc2017).recordings()
    assert Counter(one.label for one in recordings) == {"N": 2976, "O": 1416, "A": 445, "~": 163}
    assert len({one.group for one in recordings}) == 5000
    seconds = [one.seconds() for one in recordings]
    assert 9.0 <= min(seconds) < max(seconds) <= 61.0
    for one in recordings[::500]:
        units = scipy.io.loadmat(cinc2017 / one.origin)["val"]
        np.testing.assert_allclose(one.read(), units / 1000.0, rtol=FLOAT32)


def test_a_record_has_its_label_its_own_group_and_its_length(challenge: Path) -> None:
    one = Cinc2017(path=challenge).recordings()[8]
    assert (one.name, one.label, one.group, one.rate) == ("A00008", "O", "A00008", 300)
    assert (one.frames, one.channels, one.relative) == (13, 1, False)
    np.testing.assert_allclose(one.read(), np.arange(-2, 11)[None] / 1000.0, rtol=FLOAT32)


def test_the_archives_own_folder_is_found_in_the_one_that_is_named(challenge: Path) -> None:
    inside = challenge / "cinc2017" / "training2017"
    inside.mkdir(parents=True)
    for path in challenge.glob("*.*"):
        path.rename(inside / path.name)
    assert len(Cinc2017(path=challenge).recordings()) == 10
    assert len(Cinc2017(path=challenge / "cinc2017").recordings()) == 10


@pytest.mark.parametrize(
    ("count", "shares"),
    [
        (4, {"A": 1, "N": 1, "O": 1, "~": 1}),
        (7, {"A": 2, "N": 3, "O": 1, "~": 1}),
        (10, {"A": 2, "N": 6, "O": 1, "~": 1}),
        (99, {"A": 2, "N": 6, "O": 1, "~": 1}),
    ],
)
def test_few_records_are_drawn_evenly_by_class(
    challenge: Path, count: int, shares: dict[str, int]
) -> None:
    found = Cinc2017(path=challenge, records=count).recordings()
    assert Counter(one.label for one in found) == shares
    assert [one.name for one in found] == sorted(one.name for one in found)


def test_cut_or_pad_makes_all_of_one_length_with_zeros_behind(challenge: Path) -> None:
    found = Cinc2017(path=challenge, cut_or_pad=9).recordings()
    assert {one.frames for one in found} == {9}
    assert {one.read().shape for one in found} == {(1, 9)}
    np.testing.assert_allclose(
        found[1].read()[0], np.array([-2, -1, 0, 1, 2, 3, 0, 0, 0]) / 1000.0, rtol=FLOAT32
    )
    np.testing.assert_allclose(found[9].read()[0], np.arange(-2, 7) / 1000.0, rtol=FLOAT32)


def test_a_survey_goes_on_after_a_missing_and_a_broken_record(challenge: Path) -> None:
    (challenge / "A00001.mat").unlink()
    whole = (challenge / "A00002.mat").read_bytes()
    (challenge / "A00002.mat").write_bytes(whole[:-3])
    (challenge / "A00003.mat").write_bytes(whole[:11])
    (challenge / "A00004.mat").write_bytes(b"")
    scipy.io.savemat(challenge / "A00005.mat", {"val": np.ones((1, 50))}, format="4")
    scipy.io.savemat(challenge / "A00006.mat", {"val": np.ones((1, 50), np.int16)})
    found = Cinc2017(path=challenge).survey()
    assert [isinstance(one, Recording) for one in found] == [True] + [False] * 6 + [True] * 3
    told = faults(challenge)
    assert "A00001.mat: there is no such file, but REFERENCE.csv lists it" in told[0]
    assert "A00002.mat: has 35 bytes, 38 are said" in told[1]
    assert "A00003.mat: ends after 11 bytes" in told[2]
    assert "A00004.mat: ends after 0 bytes" in told[3]
    assert all("not a record of the challenge" in words for words in told[4:])
    assert not any("\n" in words for words in told)
    with pytest.raises(MissingInputError, match=r"A00001.mat: there is no such file"):
        Cinc2017(path=challenge).recordings()


def test_a_record_that_shrinks_after_the_look_is_an_error(challenge: Path) -> None:
    one = Cinc2017(path=challenge).recordings()[0]
    path = challenge / one.origin
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(DataError, match=r"A00000.mat: ends after 4 of 5 samples"):
        one.read()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "lists no records"),
        ("A00000,N\nA00001,X\n", "line 2: need a record and one of A, N, O, ~, got 'A00001,X'"),
        ("A00000\n", "line 1: need a record and one of"),
        ("A00000,N\nA00000,A\n", "line 2: 'A00000' has another label above; remove"),
        ("../A00000,N\n", "line 1: '../A00000' is no file's name"),
        ("A00000,N\nA0\x000001,N\n", "line 2: .* is no file's name"),
    ],
)
def test_a_broken_reference_is_told_with_its_line(challenge: Path, text: str, says: str) -> None:
    (challenge / "REFERENCE.csv").write_text(text)
    with pytest.raises(DataError, match=says):
        Cinc2017(path=challenge).recordings()


def test_a_reference_may_come_from_windows(challenge: Path) -> None:
    (challenge / "REFERENCE.csv").write_bytes(b"\xef\xbb\xbfA00008 , O\r\n\r\nA00000,N\r\n")
    found = Cinc2017(path=challenge).recordings()
    assert [(one.name, one.label) for one in found] == [("A00000", "N"), ("A00008", "O")]


def test_a_missing_folder_or_reference_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"no such folder; unpack training2017.zip"):
        Cinc2017(path=tmp_path / "absent").recordings()
    with pytest.raises(MissingInputError, match=r"holds no REFERENCE.csv"):
        Cinc2017(path=tmp_path).recordings()


def test_settings_below_one_are_refused() -> None:
    with pytest.raises(SettingsError, match="records: need at least 1"):
        Cinc2017(records=0)
    with pytest.raises(SettingsError, match="cut_or_pad: need at least 1 sample"):
        Cinc2017(cut_or_pad=0)
