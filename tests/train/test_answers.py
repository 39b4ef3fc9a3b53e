from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harken.errors import DataError, MissingInputError
from harken_train.answers import Answers, joined, read_answers, write_answers

HEAD = 'seed,fold,recording,group,first,label,logit ball,"logit normal, dry"\n'


def answers(seed: int = 0) -> Answers:
    rng = np.random.default_rng(seed)
    logits = rng.standard_normal((4, 2)).astype(np.float32)
    return Answers(
        classes=("ball", "normal, dry"),
        logits=logits.astype(np.float64),
        labels=np.array([0, 1, 1, 0]),
        recordings=('a "1"', "b,1", "b,1", "c"),
        groups=("a", "b", "b", "c"),
        first=np.array([0, 0, 256, 0]),
        models=((seed, 1), (seed, 2), (seed, 2), (seed, 1)),
    )


def test_what_was_written_is_read_back_to_the_bit(tmp_path: Path) -> None:
    both = joined([answers(), answers(1)])
    write_answers(both, tmp_path / "logits.csv")
    found = read_answers(tmp_path / "logits.csv")
    np.testing.assert_array_equal(found.logits, both.logits)
    np.testing.assert_array_equal(found.labels, both.labels)
    np.testing.assert_array_equal(found.first, both.first)
    assert (found.classes, found.recordings) == (both.classes, both.recordings)
    assert (found.groups, found.models) == (both.groups, both.models)
    assert (tmp_path / "logits.csv").read_text().startswith(HEAD)


def test_groups_and_models_are_numbered() -> None:
    both = joined([answers(), answers(1)])
    assert both.group_of.tolist() == [0, 1, 1, 2] * 2
    assert both.model_of.tolist() == [0, 1, 1, 0, 2, 3, 3, 2]
    assert both.without(["b"]).recordings == ('a "1"', "c") * 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no table of answers; need the columns seed, fold, recording"),
        ("a,b\n1,2\n", "is no table of answers; need the columns seed, fold, recording"),
        (HEAD, "is no table of answers"),
        (HEAD + "0,1,a,a,0,ball,1.0\n", "line 2 is not of seed, fold, recording"),
        (HEAD + "0,1,a,a,0,ball,1,2\n0,1,a,a,0,bell,1,2\n", "line 3 is not of seed"),
        (HEAD + "0,1,a,a,0,ball,1.0,nan\n", "line 2 is not of seed"),
        (HEAD + "0,x,a,a,0,ball,1.0,2.0\n", "line 2 is not of seed"),
    ],
)
def test_a_table_that_is_none_is_one_line_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "logits.csv").write_text(text)
    with pytest.raises(DataError) as told:
        read_answers(tmp_path / "logits.csv")
    assert str(told.value).startswith(f"{tmp_path / 'logits.csv'}: {said}")


def test_bytes_that_are_no_text_and_a_file_that_is_not_there_are_said(tmp_path: Path) -> None:
    (tmp_path / "logits.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="is no table of answers"):
        read_answers(tmp_path / "logits.csv")
    with pytest.raises(MissingInputError, match=r"none.csv: cannot be read, No such file"):
        read_answers(tmp_path / "none.csv")
