from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from tests.train.tiny_recipe import tiny_run

from harken.errors import DataError
from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app
from harken_train.cli.progress import Silent
from harken_train.evaluate import Evaluation, evaluate, read_export, write_metrics
from harken_train.fit import fit
from harken_train.part_scores import score_part
from harken_train.report.page import render
from harken_train.report.summary import summarise
from harken_train.run import Run

KEYS = {
    *("version", "run", "recipe", "recipe_digest", "data_digest", "part", "classes", "stamp"),
    *("windows", "recordings", "calibration", "silent_cues", "always", "worst", "split"),
    *("groups", "epochs", "training", "export", "interval", "whole", "calibrated"),
}
EXPORT = {
    "version": 1,
    "file": "tiny.onnx",
    "size": 40_000,
    "precision": "fp32",
    "reason": "int8 is not faster here",
    "parity": {
        "fp32": {
            "segments": 44,
            "stress": 21,
            "batches": [1, 7],
            "agreement": 1.0,
            "stages": {"features": {"difference": 1.5e-5, "input": "tone", "allowed": 5e-5}},
        }
    },
    "int8_against_fp32": {"accuracy": [0.9, 0.8], "agreement": 0.85, "p_value": 0.03},
    "seconds_a_decision": {"fp32": 0.000177},
    "graph_sizes": {"fp32": 39_000},
}


def trained(folder: Path, *overrides: str) -> Run:
    """A tiny run of 24 bearings, six of them held out, two epochs long."""
    run = tiny_run(folder, "training.epochs=2", *overrides)
    fit(run, torch.device("cpu"), Silent(2))
    return Run.open(folder)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(tmp_path_factory.mktemp("runs") / "honest")


@pytest.fixture(scope="module")
def evaluation(honest: Run) -> Evaluation:
    return evaluate(honest)


@pytest.fixture(scope="module")
def page(honest: Run, evaluation: Evaluation) -> str:
    return render(honest, evaluation)


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(tmp_path_factory.mktemp("runs") / "leaky", 'split={kind="leaky"}')


def test_metrics_json_is_whole_strict_and_the_same_twice(
    honest: Run, evaluation: Evaluation, tmp_path: Path
) -> None:
    write_metrics(evaluation, tmp_path / "a.json")
    write_metrics(evaluate(honest), tmp_path / "b.json")
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert text == (tmp_path / "b.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    table = json.loads(text)
    assert set(table) == KEYS
    assert table["version"] == 1
    assert table["stamp"] == "honest: groups apart"
    assert [row["label"] for row in table["windows"]["classes"]] == list(honest.classes)
    assert sum(map(sum, table["windows"]["confusion"])) == table["windows"]["count"]
    assert table["groups"]["test"] == sorted(
        {one["group"] for one in table["worst"]} | set(table["groups"]["test"])
    )


def test_figures_are_those_that_fit_printed(honest: Run, evaluation: Evaluation) -> None:
    printed = score_part(honest.classifier(), honest.segments("test"), "test")
    assert evaluation.windows.accuracy.value == pytest.approx(printed.windows.accuracy)
    assert evaluation.windows.macro_f1.value == pytest.approx(printed.windows.macro_f1)
    assert evaluation.recordings.accuracy.value == pytest.approx(printed.recordings.accuracy)
    assert evaluation.recordings.count == printed.recordings.count


def test_the_worst_windows_are_wrong_and_surest_first(honest: Run, evaluation: Evaluation) -> None:
    assert evaluation.worst
    surest = [miss.decided_score for miss in evaluation.worst]
    assert surest == sorted(surest, reverse=True)
    by_name = {one.name: one for one in honest.recordings}
    for miss in evaluation.worst:
        assert miss.label != miss.decided
        assert by_name[miss.recording].label == miss.label
        samples = by_name[miss.recording].read()[:, miss.first : miss.last]
        assert (evaluation.segments.samples[miss.segment] == samples).all()


def test_the_page_is_one_file_that_refers_to_nothing_outside(page: str) -> None:
    assert "http:" not in page
    assert "https:" not in page
    assert not re.search(r"<(script|link|iframe|object|embed|base)\b|@import|\bsrc=", page)
    references = re.findall(r'\bhref="([^"]*)"|url\(([^)]*)\)', page)
    assert references
    assert all((a or b).startswith(("#", "data:image/png")) for a, b in references)


def test_the_same_evaluation_gives_the_same_page(honest: Run, evaluation: Evaluation) -> None:
    short = replace(evaluation, worst=evaluation.worst[:1])
    assert render(honest, short) == render(honest, short)


def test_the_page_says_the_result_in_plain_words(
    honest: Run, evaluation: Evaluation, page: str
) -> None:
    right = f"{100 * (evaluation.windows.accuracy.value or 0):.1f} %"
    assert f"not heard in training, the model named the right class for {right} of" in page
    assert '<span class="stamp honest">honest: groups apart</span>' in page
    for title in ("By window", "By recording", "Silent cues", "Calibration", "Who went where"):
        assert f"<h2>{title}</h2>" in page
    assert "This run was not exported yet" in page
    assert f"harken-export export {honest.path} -o model.onnx" in page


def test_what_people_call_a_class_stands_beside_its_label(
    honest: Run, evaluation: Evaluation, page: str
) -> None:
    assert "Unsure answers" not in page  # of a run that is not calibrated
    [first, *_] = honest.classes
    recipe = replace(honest.recipe, words={first: "what <people> say"})
    called = Run(honest.path, recipe, honest.facts)
    table = f'<th scope="row">{first}<small>what &lt;people&gt; say</small></th>'
    told = render(called, evaluation)
    assert told.count(table) == 2  # by window and by recording
    assert f"<b>{first}</b>: what &lt;people&gt; say</p>" in told


def test_every_curve_is_a_picture_of_its_own_with_the_legend_above_it(page: str) -> None:
    for what in ("loss", "accuracy"):
        start = page.index(f'aria-label="{what} of training and validation"')
        picture = page[start : page.index("</svg>", start)]
        words = re.findall(r"<text[^>]* y=\"([\d.]+)\"", picture[picture.index("legend_1") :])
        frame = re.search(r'id="patch_2">\s*<path d="([^"]*)"', picture)  # the axes
        assert frame is not None
        top = min(float(number) for number in re.findall(r"[\d.]+", frame[1])[1::2])
        assert words
        assert max(map(float, words)) < top


@pytest.mark.parametrize(
    ("keep", "said"),
    [("best", "(the lowest validation loss)"), ("last", "(the last)")],
)
def test_the_page_says_which_epoch_was_kept_and_why(
    honest: Run, evaluation: Evaluation, keep: Literal["best", "last"], said: str
) -> None:
    recipe = replace(honest.recipe, training=replace(honest.recipe.training, keep=keep))
    page = render(Run(honest.path, recipe, honest.facts), replace(evaluation, worst=()))
    assert f" · kept epoch {honest.facts.best_epoch} of 2 {said}</p>" in page
    assert "best epoch" not in page


def with_split(evaluation: Evaluation, **changes: object) -> Evaluation:
    return replace(evaluation, split={**evaluation.split, **changes})


def test_what_only_validation_shares_is_a_note_and_no_warning(evaluation: Evaluation) -> None:
    in_time = "validation is the end of training recordings"
    found = summarise(with_split(evaluation, shares=(in_time,)))
    assert (found.kind, found.warning) == ("honest", "")
    assert "not heard in training" in found.result
    assert any(f"Training and validation share: {in_time}." in note for note in found.notes)
    declared = summarise(with_split(evaluation, shares=("bearing", in_time), both_sides=("a",)))
    assert declared.kind == "shares"
    assert declared.warning.startswith("Training and test share on purpose: bearing. ")
    assert any(f"Training and validation share: {in_time}." in note for note in declared.notes)


def test_what_validation_shares_with_test_is_a_warning_of_its_own(evaluation: Evaluation) -> None:
    found = summarise(with_split(evaluation, shares=("bearing",), chosen_on=("a",)))
    assert found.kind == "shares"
    assert found.warning.startswith("Validation and test share on purpose: bearing. What is chosen")


def test_a_leaky_split_is_stamped_first_and_has_no_intervals(leaky: Run) -> None:
    evaluation = evaluate(leaky)
    page = render(leaky, replace(evaluation, worst=()))
    assert page.index('class="banner leaky"') < page.index('class="lead"')
    assert "Leaky on purpose" in page
    assert "never heard" not in page
    assert evaluation.windows.accuracy.low is None
    assert evaluation.windows.no_interval.startswith("the split is leaky")
    assert evaluation.as_dict()["split"]["leaky"] is True


def test_what_the_export_found_stands_in_the_report(honest: Run, evaluation: Evaluation) -> None:
    page = render(honest, replace(evaluation, export=EXPORT, worst=()))
    assert "tiny.onnx" in page
    assert "int8 is not faster here" in page
    assert "0.177 ms" in page
    assert "1.5e-05" in page
    assert "not exported yet" not in page


def test_an_export_record_that_is_broken_is_said(tmp_path: Path) -> None:
    assert read_export(tmp_path / "export.json") is None
    (tmp_path / "export.json").write_text("{")
    with pytest.raises(DataError, match=r"export.json: is not JSON"):
        read_export(tmp_path / "export.json")


def test_names_cannot_bring_markup_into_the_page(honest: Run, evaluation: Evaluation) -> None:
    evil = "<script>alert(1)</script>"
    miss = replace(evaluation.worst[0], recording=evil, origin=evil)
    page = render(honest, replace(evaluation, run=evil, stamp=evil, worst=(miss,)))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_command_writes_both_files_and_prints_the_summary(
    honest: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome.run(app, PROGRAM, ["evaluate", str(honest.path)]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[0] == "split: honest: groups apart"
    assert "not heard in training" in lines[1]
    assert lines[-1] == str(honest.path / "report.html")
    assert (honest.path / "metrics.json").is_file()
    assert outcome.run(app, PROGRAM, ["evaluate", str(honest.path), "--part", "train", "-q"]) == 0
    assert capsys.readouterr().out == f"{honest.path / 'report-train.html'}\n"


def test_an_unknown_part_and_a_folder_that_is_no_run_are_one_line(
    honest: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome.run(app, PROGRAM, ["evaluate", str(honest.path), "--part", "tests"]) == 64
    assert "--part: need one of test, validation, train, got 'tests'" in capsys.readouterr().err
    assert outcome.run(app, PROGRAM, ["evaluate", str(tmp_path)]) == 66
    assert "is not a run, it holds no run.json" in capsys.readouterr().err
