"""Folds: every group is for test once, and what another split keeps is kept."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.errors import DataError, SettingsError
from harken.settings import dump, load
from harken_train.audit import audit
from harken_train.recordings import Recording, Split
from harken_train.splits.fold import Fold
from harken_train.splits.group import Group
from harken_train.splits.leaky import Leaky

WINDOW = 50


def recording(label: str, group: str, number: int = 0, frames: int = 600) -> Recording:
    seed = zlib.crc32(repr((label, group, number)).encode())
    samples = np.random.default_rng(seed).standard_normal((1, frames)).astype(np.float32)
    return Recording(
        name=f"{label} {group} {number}",
        label=label,
        group=group,
        rate=1000,
        frames=frames,
        read=lambda: samples,
        attributes={"day": int(group.rpartition(" ")[2]) % 4},
    )


def machines(good: int, bad: int, each: int = 2) -> list[Recording]:
    """So many machines of two classes, recorded several times."""
    return [
        recording(label, f"{label} {machine}", number)
        for label, count in (("good", good), ("bad", bad))
        for machine in range(count)
        for number in range(each)
    ]


def split(fold: Fold, recordings: Sequence[Recording], seed: int = 0) -> Split:
    return fold.split(recordings, WINDOW, np.random.default_rng(seed))


def groups(recordings: Sequence[Recording], found: Split, part: str) -> set[str]:
    return {recordings[span.recording].group for span in found.parts()[part]}


@given(
    folds=st.integers(2, 6),
    good=st.integers(6, 13),
    bad=st.integers(6, 9),
    seed=st.integers(0, 99),
)
def test_every_group_is_for_test_in_one_fold_and_no_other(
    folds: int, good: int, bad: int, seed: int
) -> None:
    recordings = machines(good, bad, each=1)
    held = [groups(recordings, split(Fold(folds=folds, fold=i), recordings, seed), "test")
            for i in range(folds)]  # fmt: skip
    assert Counter(group for one in held for group in one) == Counter(
        {recording.group for recording in recordings}
    )
    sizes = [len(one) for one in held]
    assert max(sizes) - min(sizes) <= 1
    for label, count in (("good", good), ("bad", bad)):
        of_label = [sum(group.startswith(label) for group in one) for one in held]
        assert max(of_label) - min(of_label) <= 1, "dealt class by class"
        assert sum(of_label) == count


@pytest.mark.parametrize("fold", range(4))
def test_a_fold_passes_the_audit_with_whole_groups_apart(fold: int) -> None:
    recordings = machines(9, 7)
    found = split(Fold(folds=4, fold=fold), recordings)
    report = audit(recordings, found, WINDOW)
    assert report.stamp == "honest: groups apart"
    parts = [groups(recordings, found, part) for part in ("train", "validation", "test")]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 16


def test_another_seed_deals_otherwise_and_the_same_seed_alike() -> None:
    recordings = machines(8, 8)
    one, again, other = (split(Fold(folds=4), recordings, seed) for seed in (0, 0, 1))
    assert one == again
    assert groups(recordings, one, "test") != groups(recordings, other, "test")


def test_machines_heard_in_both_classes_are_dealt_as_wholes() -> None:
    recordings = [
        recording(label, f"machine {number}")
        for number in range(6)
        for label in ("good", "bad")
    ]  # fmt: skip
    for fold in range(3):
        found = split(Fold(folds=3, fold=fold), recordings)
        assert len(groups(recordings, found, "test")) == 2
        assert audit(recordings, found, WINDOW).both_sides == ()


def test_values_of_an_attribute_can_be_dealt_in_place_of_groups() -> None:
    recordings = machines(8, 8)
    days = set()
    for fold in range(4):
        found = split(Fold(folds=4, fold=fold, by="day"), recordings)
        (day,) = {recordings[span.recording].attributes["day"] for span in found.test}
        days.add(day)
    assert days == {0, 1, 2, 3}
    with pytest.raises(DataError, match=r"^good good 0 0: has no attribute 'dai'.* are: day$"):
        split(Fold(by="dai"), recordings)


def test_values_that_do_not_hold_whole_groups_are_refused_with_what_can_be_done() -> None:
    recordings = [
        replace(one, attributes={"load": number % 2}) for number, one in enumerate(machines(8, 8))
    ]
    with pytest.raises(
        SettingsError,
        match=r"^split.by: group 'bad 0' is there with load 0 and 1, so that one fold would train "
        r"on what it tests; name an attribute whose values hold whole groups, or deal groups, as "
        r'is done without it; to hold one value out there is split.kind = "attribute" with shares$',
    ):
        split(Fold(folds=2, by="load"), recordings)


def test_a_class_with_fewer_groups_than_folds_is_refused_with_what_to_do() -> None:
    with pytest.raises(
        DataError,
        match=r"^split: class 'bad' has 3 groups for 4 folds; set fewer folds, record more, or set "
        r"split.by_time = \['bad'\] to cut its recordings in time$",
    ):
        split(Fold(folds=4), machines(8, 3))


def test_a_class_of_one_group_is_cut_into_stretches_each_for_test_once() -> None:
    recordings = [*machines(6, 0), recording("bad", "bad 0", frames=900)]
    heard = np.zeros(900, np.int64)
    for fold in range(3):
        found = split(Fold(folds=3, fold=fold, by_time=("bad",)), recordings)
        report = audit(recordings, found, WINDOW)
        assert report.stamp == "shares: bad recordings cut in time"
        (span,) = [span for span in found.test if span.recording == 12]
        heard[span.first : span.last] += 1
        assert report.parts["validation"]["bad"].segments > 0
    assert set(heard) == {0, 1}
    assert (heard == 0).sum() == 2 * WINDOW, "a guard between two stretches, and nothing else"


def test_folds_within_a_split_never_hold_what_it_keeps_for_test() -> None:
    recordings = [*machines(10, 10), recording("odd", "odd 0", frames=2000)]
    outer = Group(test=0.3, by_time=("odd",))
    kept = outer.split(recordings, WINDOW, np.random.default_rng(4))
    samples = {(s.recording, n) for s in kept.test for n in range(s.first, s.last)}
    assert samples
    tested = set()
    for fold in range(3):
        inner = Fold(folds=3, fold=fold, within=outer, by_time=("odd",))
        found = split(inner, recordings, seed=4)
        audit(recordings, found, WINDOW)
        for spans in found.parts().values():
            assert not samples & {(s.recording, n) for s in spans for n in range(s.first, s.last)}
        tested |= groups(recordings, found, "test")
    assert tested == {recordings[span.recording].group for span in (*kept.train, *kept.validation)}


def test_a_leaky_split_has_no_folds_within() -> None:
    with pytest.raises(SettingsError, match="holds nothing apart"):
        split(Fold(within=Leaky()), machines(8, 8))


def test_a_fold_comes_back_from_a_recipe_with_the_split_it_is_within() -> None:
    fold = Fold(folds=3, fold=2, within=Group(test=0.4))
    assert load(Fold, dump(fold)) == fold


@pytest.mark.parametrize(("folds", "fold"), [(1, 0), (3, 3), (3, -1)])
def test_a_fold_that_is_not_there_is_refused(folds: int, fold: int) -> None:
    with pytest.raises(SettingsError, match="need at least 2 folds and 0 <= fold < folds"):
        Fold(folds=folds, fold=fold)
