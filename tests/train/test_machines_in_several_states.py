"""A machine heard in several states, sound and worn, is one group and stays on one side."""

from __future__ import annotations

import pytest
from tests.train.split_recordings import WINDOW, groups_of, recording, split

from harken.errors import DataError
from harken_train.audit import audit
from harken_train.splits.group import Group


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    "states",
    [
        ("gut kaputt", "gut kaputt", "gut kaputt", "gut kaputt", "gut"),
        ("gut kaputt", "gut", "kaputt"),
        ("gut kaputt", "gut kaputt", "gut", "gut", "gut"),
        ("gut kaputt", "gut leck", "gut kaputt", "gut leck", "kaputt leck"),
        ("gut kaputt", "gut", "gut", "kaputt", "kaputt"),
    ],
)
def test_a_machine_heard_in_several_states_is_one_group(states: tuple[str, ...], seed: int) -> None:
    recordings = [
        recording(state, f"pump{number}", take=take)
        for number, several in enumerate(states)
        for state in several.split()
        for take in range(2)
    ]
    found = split(Group(test=0.25), recordings, seed)
    audit(recordings, found, WINDOW)  # refuses a class that is missing in training or test
    train, held, test = (groups_of(recordings, found, part) for part in found.parts())
    assert not (train | held) & test
    assert train & held <= set(found.validation_groups)
    assert {recordings[span.recording].label for span in found.validation} == {
        one.label for one in recordings
    }
    assert not found.shared_groups


def test_five_machines_of_which_four_are_heard_twice_are_five_groups() -> None:
    recordings = [
        recording(state, f"pump{number}")
        for state, count in (("gut", 5), ("kaputt", 4))
        for number in range(count)
    ]
    found = split(Group(test=0.25), recordings)
    assert len(groups_of(recordings, found, "test")) == 1
    assert len(groups_of(recordings, found, "train")) == 3
    assert len(groups_of(recordings, found, "validation")) == 1
    assert not found.shares


def test_the_one_group_of_a_class_is_named_though_it_has_others_too() -> None:
    recordings = [recording("gut", f"pump{i}") for i in range(3)] + [recording("kaputt", "pump0")]
    with pytest.raises(DataError, match="'kaputt' has one group only, 'pump0'"):
        split(Group(), recordings)
