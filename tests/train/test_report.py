"""What the report says of answers better not given, and what of its tables a phone shows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import torch
from tests.train.tiny_recipe import tiny_run

from harken.settings import dump
from harken_train.bootstrap import Measured
from harken_train.calibration_file import OWN_VALIDATION, Abstention, Calibrated
from harken_train.cli.progress import Silent
from harken_train.evaluate import Evaluation, evaluate
from harken_train.fit import fit
from harken_train.report.page import render
from harken_train.run import Run

SHARE = Measured(value=0.9)
CALIBRATED = Calibrated(
    temperature=2.0,
    epoch=1,
    by=OWN_VALIDATION,
    split="honest: groups apart",
    decisions=4_000,
    groups=20,
    loss_before=1.0,
    loss_after=0.5,
    error_before=SHARE,
    error_after=SHARE,
    abstain=(Abstention(rate=0.05, below=0.4, left_out=0.05, accuracy=SHARE, macro_f1=SHARE),),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = tiny_run(tmp_path_factory.mktemp("runs") / "tiny", "training.epochs=1")
    fit(run, torch.device("cpu"), Silent(1))
    return Run.open(run.path)


@pytest.fixture(scope="module")
def evaluation(run: Run) -> Evaluation:
    return replace(evaluate(run), worst=())


def test_whose_answers_the_unsure_ones_are_stands_above_their_table(
    run: Run, evaluation: Evaluation
) -> None:
    found = dump(CALIBRATED)
    others = render(run, replace(evaluation, calibrated=found))
    there = render(run, replace(evaluation, calibrated=found, part="validation"))
    for page in (others, there):
        assert "among the 4\u202f000 answers that calibration used (its validation part)." in page
    assert "They are not those scored above, so compare the lines with each other" in others
    assert "They are not those scored above" not in there
    assert "Those answers, and not the ones above, say how well it does" in others
    assert "These very answers say how well it does" in there


def section(page: str, name: str) -> str:
    start = page.index(f'<section id="{name}">')
    return page[start : page.index("</section>", start)]


def columns(part: str) -> list[str]:
    """The heads of the last table of a section, in their order."""
    return re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', part[part.rindex("<thead>") :])


def test_what_a_table_is_read_for_stands_before_what_a_phone_has_no_room_for(
    run: Run, evaluation: Evaluation
) -> None:
    page = render(run, evaluation)
    assert columns(section(page, "windows"))[:4] == ["class", "precision", "recall", "F1"]
    cues = section(page, "cues")
    assert columns(cues) == ["cue", "alone it", "mean recall", "0 to 100 %", "what it is"]
    verdict = r'<th scope="row">level</th>\s*<td class="word[^>]*>(tells|does not tell)<'
    assert re.search(verdict, cues)
    assert 'class="text"' not in section(page, "split")  # which is wide, for sentences


def test_the_first_column_of_a_table_that_scrolls_stays(run: Run, evaluation: Evaluation) -> None:
    page = render(run, evaluation)
    assert re.search(r"\.scroll th:first-child \{[^}]*position: sticky; left: 0;", page)
    tables = re.findall(r'<div class="scroll">\s*<table.*?</table>', page, re.DOTALL)
    firsts = [re.findall(r"<tr>\s*<(\w+)", table) for table in tables]
    assert len(tables) >= 6
    assert {tag for row in firsts for tag in row} == {"th"}


def test_cues_are_explained_in_words_that_fit_any_classes(run: Run, evaluation: Evaluation) -> None:
    cues = section(render(run, evaluation), "cues")
    assert "fault" not in cues
    assert "comes from how a recording was made" in cues
