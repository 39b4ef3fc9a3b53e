"""Splits: samples never shared, groups apart unless the recipe says otherwise."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.train.split_recordings import WINDOW, bearings, groups_of, recording, split

from harken.errors import DataError, SettingsError
from harken_train.audit import audit
from harken_train.recordings import Split
from harken_train.splits import Splitter
from harken_train.splits.attribute import Attribute, comparable
from harken_train.splits.group import Group
from harken_train.splits.leaky import Leaky
from harken_train.splits.time import Time


def shared_samples(found: Split) -> int:
    """Samples that stand in two parts, counted one by one."""
    held = {
        part: {(s.recording, i) for s in spans for i in range(s.first, s.last)}
        for part, spans in found.parts().items()
    }
    return sum(len(held[one] & held[other]) for one, other in combinations(held, 2))


SPLITTERS = [
    Group(by_time=("normal",)),
    Group(by_time=("normal",), validation=0.0),
    Attribute(name="load", test=(3,), shares="bearing", by_time=("normal",)),
    Attribute(name="size_mil", test=(7,), by_time=("normal",)),
    Attribute(name="size_mil", test=(7,), validation=(14,), by_time=("normal",)),
    Time(),
    Leaky(),
]


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_every_split_of_bearings_passes_its_audit(splitter: Splitter) -> None:
    recordings = bearings()
    found = split(splitter, recordings)
    assert shared_samples(found) == 0
    report = audit(recordings, found, WINDOW)
    assert all(share.segments > 0 for share in report.parts["test"].values())
    assert all(share.segments > 0 for share in report.parts["train"].values())


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_the_same_seed_gives_the_same_split(splitter: Splitter) -> None:
    assert split(splitter, bearings(), 7) == split(splitter, bearings(), 7)


@given(
    counts=st.lists(st.integers(2, 9), min_size=2, max_size=4),
    each=st.integers(1, 3),
    frames=st.integers(50, 700),
    seed=st.integers(0, 1000),
    validation=st.sampled_from([0.0, 0.1, 0.3]),
)
def test_groups_stay_apart_whatever_they_are(
    counts: list[int], each: int, frames: int, seed: int, validation: float
) -> None:
    recordings = [
        recording(f"class {label}", f"{label} {group}", frames, take=take)
        for label, count in enumerate(counts)
        for group in range(count)
        for take in range(each)
    ]
    found = split(Group(test=0.3, validation=validation), recordings, seed)
    train, held, test = (groups_of(recordings, found, part) for part in found.parts())
    assert not train & test
    assert not held & test
    assert train & held <= set(found.validation_groups)
    assert not found.shared_groups
    assert shared_samples(found) == 0
    labels = {recordings[span.recording].label for span in found.test}
    assert len(labels) == len(counts)


@given(frames=st.integers(0, 3000), window=st.integers(1, 500), seed=st.integers(0, 9))
def test_a_guard_of_one_window_lies_between_parts_cut_in_time(
    frames: int, window: int, seed: int
) -> None:
    recordings = [recording("a", "a", frames)]
    found = Time(test=0.3, validation=0.2).split(recordings, window, np.random.default_rng(seed))
    spans = [span for part in found.parts().values() for span in part]
    for one, other in pairwise(spans):
        assert other.first - one.last >= window
    assert all(0 <= span.first < span.last <= frames for span in spans)


@given(frames=st.lists(st.integers(0, 900), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_leaky_windows_never_overlap(frames: list[int], seed: int) -> None:
    recordings = [recording(f"class {i % 2}", f"{i}", count) for i, count in enumerate(frames)]
    found = split(Leaky(), recordings, seed)
    assert found.leaky
    assert shared_samples(found) == 0
    spans = [span for part in found.parts().values() for span in part]
    assert all(span.last - span.first == WINDOW for span in spans)
    assert len(spans) == sum(count // WINDOW for count in frames)


def test_a_held_out_size_leaves_its_bearings_unseen() -> None:
    recordings = bearings()
    found = split(Attribute(name="size_mil", test=(14,), by_time=("normal",)), recordings)
    assert groups_of(recordings, found, "test") == {
        "ball 14",
        "inner_race 14",
        "outer_race 14",
        "normal",
    }
    assert audit(recordings, found, WINDOW).both_sides == ("normal",)
    # two bearings a class are left: too few to give one away, so validation is cut in time
    assert groups_of(recordings, found, "train") == groups_of(recordings, found, "validation")
    assert "validation is the end of training recordings" in found.shares


def test_validation_may_be_a_size_of_its_own() -> None:
    recordings = bearings()
    splitter = Attribute(name="size_mil", test=(14,), validation=("7",), by_time=("normal",))
    found = split(splitter, recordings)
    assert "ball 7" in groups_of(recordings, found, "validation")
    assert "ball 7" not in groups_of(recordings, found, "train")
    assert found.shares == ("normal recordings cut in time",)


def test_a_held_out_load_takes_validation_in_time_from_the_same_bearings() -> None:
    recordings = bearings()
    splitter = Attribute(name="load", test=(3,), shares="bearing", by_time=("normal",))
    found = split(splitter, recordings)
    assert groups_of(recordings, found, "train") == groups_of(recordings, found, "test")
    assert groups_of(recordings, found, "validation") == groups_of(recordings, found, "test")
    assert audit(recordings, found, WINDOW).stamp.startswith("shares: normal recordings cut in tim")


def test_numbers_and_texts_of_an_attribute_are_compared_alike() -> None:
    recordings = bearings()
    for value in (3, 3.0, "3"):
        splitter = Attribute(name="load", test=(value,), shares="bearing", by_time=("normal",))
        assert len(split(splitter, recordings).test) == 10


def test_numbers_that_are_nearly_alike_are_different_values() -> None:
    recordings = [
        recording(label, f"{label} {batch}", batch=batch)
        for label in ("good", "bad")
        for batch in (2024001, 2024002, 2024003)
    ]
    found = split(Attribute(name="batch", test=(2024001,), validation=0.0), recordings)
    assert groups_of(recordings, found, "test") == {"good 2024001", "bad 2024001"}


def test_numbers_too_long_for_a_float_are_told_apart() -> None:
    assert comparable("9007199254740993") != comparable("9007199254740992")
    assert comparable("3") == comparable("03") == comparable(3.0) == comparable("3.0") == 3
    assert comparable("0.1") == comparable(0.1)
    assert [comparable(word) for word in ("nan", "inf", "1_0", "7A", "")] == [
        *("nan", "inf", "1_0", "7A", "")
    ]


def test_groups_and_labels_are_compared_as_they_are_written() -> None:
    recordings = [
        recording(label, f"{label}{group}", take=take)
        for label, take in (("0", 0), ("00", 1))
        for group in ("1", "2", "3")
    ]
    found = split(Attribute(name="group", test=("01", "001"), validation=0.0), recordings)
    assert groups_of(recordings, found, "test") == {"01", "001"}
    with pytest.raises(DataError, match="no recording has label = 000; there are: 0, 00"):
        split(Attribute(name="label", test=("000",)), recordings)


def test_named_groups_can_be_held_out() -> None:
    recordings = bearings()
    chosen = ("ball 7", "inner_race 7", "outer_race 7")
    found = split(Attribute(name="group", test=chosen, by_time=("normal",)), recordings)
    assert groups_of(recordings, found, "test") == {*chosen, "normal"}


def test_a_load_on_both_sides_must_be_declared() -> None:
    recordings = bearings()
    found = split(Attribute(name="load", test=(3,), by_time=("normal",)), recordings)
    with pytest.raises(SettingsError, match=r'declare on purpose .* shares = "bearing"'):
        audit(recordings, found, WINDOW)


def test_a_class_of_one_group_needs_to_be_cut_in_time() -> None:
    with pytest.raises(
        DataError, match=r"'normal' has one group only.*split.by_time = \['normal'\]"
    ):
        split(Group(), bearings())


def test_a_recording_without_the_attribute_is_named() -> None:
    with pytest.raises(DataError, match=r"has no attribute 'size_mil'.*by_time = \['normal'\]"):
        split(Attribute(name="size_mil", test=(7,)), bearings())
    with pytest.raises(DataError, match="has no attribute 'lod', did you mean 'load'"):
        split(Attribute(name="lod", test=(7,)), bearings())


def test_a_value_that_no_recording_has_is_refused() -> None:
    with pytest.raises(DataError, match="no recording has load = 9; there are: 0, 1, 2, 3"):
        split(Attribute(name="load", test=(9,), by_time=("normal",)), bearings())


def test_a_class_that_is_not_there_is_refused_with_a_suggestion() -> None:
    with pytest.raises(SettingsError, match="no class 'normall', did you mean 'normal'"):
        split(Group(by_time=("normall",)), bearings())


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Group(test=0.0),
        lambda: Group(test=0.6, validation=0.5),
        lambda: Time(test=1.0),
        lambda: Leaky(validation=-0.1),
        lambda: Attribute(name="load", test=()),
        lambda: Attribute(name="load", test=(3,), validation=("3",)),
        lambda: Attribute(name="load", test=(3,), by_time_test=0.7, by_time_validation=0.4),
    ],
)
def test_impossible_shares_are_refused(wrong: object) -> None:
    with pytest.raises(SettingsError, match="need"):
        wrong()  # type: ignore[operator]  # one of the functions above
