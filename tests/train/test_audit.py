"""The audit: who went where, and what it refuses."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from harken.errors import DataError, SettingsError
from harken_train.audit import audit
from harken_train.recordings import Recording, Span, Split

WINDOW = 100


def recording(name: str, label: str, group: str, seed: int, frames: int = 1000) -> Recording:
    samples = np.random.default_rng(seed).standard_normal((1, frames)).astype(np.float32)
    return Recording(
        name=name, label=label, group=group, rate=1000, frames=frames, read=lambda: samples
    )


GOOD = [
    recording("a.wav", "good", "one", 0),
    recording("b.wav", "good", "two", 1),
    recording("c.wav", "bad", "three", 2),
    recording("d.wav", "bad", "four", 3),
]
APART = Split(
    train=(Span(0, 0, 1000), Span(2, 0, 1000)),
    validation=(),
    test=(Span(1, 0, 1000), Span(3, 0, 1000)),
)


def test_the_audit_says_who_went_where() -> None:
    found = audit(GOOD, APART, WINDOW, hop=100, train_hop=50)
    assert found.parts["train"]["good"].segments == 19
    assert found.parts["test"]["bad"].segments == 10
    assert found.totals["test"].seconds == 2.0
    assert found.stamp == "honest: groups apart"
    assert found.spans["test"] == (("b.wav", 0, 1000), ("d.wav", 0, 1000))
    table = found.text()
    assert re.search(r"^good +1 +1 +1\.0 +19 ", table, re.MULTILINE)
    assert table.endswith("split: honest: groups apart")


def test_the_audit_is_plain_values_for_a_file() -> None:
    table = json.loads(json.dumps(audit(GOOD, APART, WINDOW).as_dict()))
    assert table["stamp"] == "honest: groups apart"
    assert table["parts"]["train"]["good"]["recordings"] == 1


def test_a_split_of_recordings_without_a_known_group_says_so() -> None:
    alone = [replace(recording, group=recording.name) for recording in GOOD]
    found = audit(alone, APART, WINDOW)
    assert found.stamp == "honest: groups apart (each file its own group)"
    assert found.as_dict()["stamp"] == found.stamp


def test_samples_in_two_parts_are_always_refused() -> None:
    split = Split(
        train=(Span(0, 0, 600), Span(2, 0, 500)),
        validation=(),
        test=(Span(0, 500, 1000), Span(2, 500, 1000)),
        shares=("recording",),
        shared_groups=("one", "three"),
        leaky=True,
    )
    with pytest.raises(DataError, match=r"a.wav: samples 500 to 600 are in train and in test"):
        audit(GOOD, split, WINDOW)


def test_an_exact_copy_on_the_other_side_is_refused() -> None:
    recordings = [*GOOD[:3], recording("copy.wav", "bad", "four", 2)]
    with pytest.raises(DataError, match=r"copy.wav: in test, is an exact copy of c.wav in train"):
        audit(recordings, APART, WINDOW)


def test_an_undeclared_group_on_both_sides_is_refused_though_others_are_declared() -> None:
    recordings = [GOOD[0], recording("b.wav", "good", "one", 1), *GOOD[2:]]
    with pytest.raises(SettingsError, match="the groups one are in train and in test"):
        audit(recordings, APART, WINDOW)
    other = Split(
        train=APART.train, validation=(), test=APART.test, shares=("x",), shared_groups=("four",)
    )
    with pytest.raises(SettingsError, match="the groups one are in train and in test"):
        audit(recordings, other, WINDOW)


def test_a_declared_group_on_both_sides_is_stamped() -> None:
    recordings = [GOOD[0], recording("b.wav", "good", "one", 1), *GOOD[2:]]
    split = Split(
        train=APART.train,
        validation=(),
        test=APART.test,
        shares=("bearing",),
        shared_groups=("one",),
    )
    found = audit(recordings, split, WINDOW)
    assert found.stamp == "shares: bearing"
    assert found.both_sides == ("one",)


def test_groups_in_validation_and_test_are_stamped_as_those_in_training_and_test_are() -> None:
    recordings = [*GOOD, recording("e.wav", "good", "two", 4)]
    split = Split(
        train=APART.train,
        validation=(Span(4, 0, 1000),),
        test=APART.test,
        shares=("bearing",),
        shared_groups=("two",),
    )
    found = audit(recordings, split, WINDOW)
    assert found.both_sides == ()
    assert found.chosen_on == ("two",)
    assert found.stamp == "shares: bearing"
    assert found.as_dict()["chosen_on"] == ("two",)


def test_groups_in_training_and_validation_alone_leave_the_stamp_honest() -> None:
    recordings = [*GOOD, recording("e.wav", "good", "one", 4)]
    split = Split(
        train=APART.train,
        validation=(Span(4, 0, 1000),),
        test=APART.test,
        shares=("validation is the end of training recordings",),
        validation_groups=("one",),
    )
    assert audit(recordings, split, WINDOW).stamp == (
        "honest: groups apart; validation is the end of training recordings"
    )


def test_shared_groups_without_words_are_refused() -> None:
    split = Split(train=APART.train, validation=(), test=APART.test, shared_groups=("one",))
    with pytest.raises(SettingsError, match="shares does not say in words what"):
        audit(GOOD, split, WINDOW)


def test_a_group_shared_with_validation_is_not_thereby_free_for_test() -> None:
    recordings = [GOOD[0], recording("b.wav", "good", "one", 1), *GOOD[2:]]
    split = Split(
        train=APART.train,
        validation=(),
        test=APART.test,
        shares=("validation",),
        validation_groups=("one",),
    )
    with pytest.raises(SettingsError, match="the groups one are in train and in test"):
        audit(recordings, split, WINDOW)


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_class_missing_from_a_part_is_refused(part: str) -> None:
    spans = APART.parts()
    spans[part] = spans[part][:1]
    split = Split(train=spans["train"], validation=(), test=spans["test"])
    with pytest.raises(DataError, match=f"class 'bad' has no recording in {part}"):
        audit(GOOD, split, WINDOW)


def test_a_class_without_a_whole_window_is_refused() -> None:
    with pytest.raises(DataError, match="class 'bad' has no whole window of 1001 samples in train"):
        audit([recording("a", "good", "1", 0, 3000), *GOOD[1:]], APART, 1001)


def test_a_class_whose_few_recordings_were_cut_for_validation_is_told_so() -> None:
    cut = replace(
        APART,
        train=(Span(0, 0, 1000), Span(2, 0, 400)),
        validation=(Span(2, 500, 1000),),
        shares=("validation is the end of training recordings",),
        validation_groups=("three",),
    )
    words = r"no recording of at least 500 samples in train; its recordings were cut in time for"
    with pytest.raises(DataError, match=rf"class 'bad' has {words} validation, .*: record more of"):
        audit(GOOD, cut, WINDOW, lengths=(500, 1000))


def test_leaky_is_said_before_anything_else() -> None:
    split = Split(
        train=APART.train, validation=(), test=APART.test, shares=("windows",), leaky=True
    )
    assert audit(GOOD, split, WINDOW).stamp.startswith("leaky")
