"""A run becomes one proved file, its card and its record; or nothing."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
from torch import Tensor, nn

import harken.contract
from harken.contract import to_json
from harken.errors import CreateError, DataError, InputOutputError, UsageError
from harken.level import level_of, times_off
from harken.model import Model
from harken_export.again import prove_again
from harken_export.card import card_of
from harken_export.choose import NO_LAYER
from harken_export.compose import Composed, compose
from harken_export.export import Exported, Request, export
from harken_export.graph import to_onnx
from harken_export.parity import ParityError
from harken_export.session import OUTPUTS
from harken_train.classifier import Classifier, Stages
from harken_train.recipe import ExportSettings
from harken_train.run import Run

SCHEMA: dict[str, Any] = json.loads(
    Path(harken.contract.__file__).with_name("contract.schema.json").read_text()
)


def quietly(_: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def fp32(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    file = tmp_path_factory.mktemp("fp32") / "small.onnx"
    return export(Request(run=trained, output=file, beside=(trained,)), quietly)


@pytest.fixture(scope="module")
def int8(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    file = tmp_path_factory.mktemp("int8") / "small.onnx"
    return export(Request(run=trained, output=file, precision="int8", accept_loss=True), quietly)


@pytest.fixture(params=["fp32", "int8"])
def exported(request: pytest.FixtureRequest) -> Exported:
    done: Exported = request.getfixturevalue(request.param)
    return done


def test_the_file_opens_and_passes_its_probe(exported: Exported) -> None:
    model = Model(exported.file, probe=True)
    assert model.contract == exported.contract
    assert [output.name for output in model.contract.outputs] == list(OUTPUTS)
    assert [result.output for result in model.selftest()] == ["scores", "logits", "embedding"]


def test_the_contract_validates_against_the_published_schema(exported: Exported) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(to_json(exported.contract)))


def test_the_contract_tells_how_loud_the_training_was(fp32: Exported, trained: Path) -> None:
    wanted, prepared = fp32.contract.input, Run.open(trained).prepared
    assert wanted.levels is not None
    piece = min(wanted.rate, wanted.window)
    measured = [level_of(one.read(), piece) for one in prepared.recordings]
    assert 0.0 < wanted.levels[0] < wanted.levels[1] <= 1.001 * max(measured)
    assert all(times_off(level, wanted.levels) is None for level in measured)


def test_a_contract_with_a_key_that_is_not_in_the_schema_does_not_validate(fp32: Exported) -> None:
    for path in ((), ("input",), ("figures", "windows"), ("quantization",), ("probe",)):
        table = json.loads(to_json(fp32.contract))
        inner = table
        for key in path:
            inner = inner[key]
        inner["surprise"] = 1
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(SCHEMA).validate(table)


def test_nothing_of_this_machine_is_in_the_file(exported: Exported, trained: Path) -> None:
    content = exported.file.read_bytes()
    for trace in (str(trained), str(Path.cwd()), str(Path.home()), "site-packages", "+cpu"):
        assert trace.encode() not in content


def test_the_contract_tells_the_facts_of_the_run(fp32: Exported, run: Run) -> None:
    contract = fp32.contract
    assert (contract.recipe, contract.data["digest"]) == (run.facts.recipe, run.facts.data)
    assert contract.figures["split"] == contract.data["stamp"] == "honest: groups apart"
    assert contract.figures["windows"]["count"] == len(run.segments("test"))
    assert contract.figures["beside"][0]["windows"] == contract.figures["windows"]
    assert contract.frontend["kind"] == "log_spectrogram"
    assert contract.parity["stages"]["features"]["allowed"] == 5e-5


def test_the_same_run_gives_the_same_bytes(exported: Exported, trained: Path) -> None:
    before = exported.file.read_bytes()
    precision = exported.chosen.precision
    again = export(
        Request(
            run=trained,
            output=exported.file,
            precision=precision,
            force=True,
            accept_loss=True,
            beside=(trained,) if precision == "fp32" else (),
        ),
        quietly,
    )
    assert again.file.read_bytes() == before


def test_the_card_tells_the_same_facts_to_people(exported: Exported) -> None:
    card = exported.file.with_suffix(".md").read_text()
    contract = exported.contract
    for fact in (
        *contract.classes,
        contract.data["digest"],
        contract.figures["split"],
        f"{exported.size / 1000:.0f} kB",
        f"| {contract.figures['groups']} |",
        "Apache-2.0",
        "harken selftest",
    ):
        assert fact in card
    assert ("McNemar" in card) == (exported.chosen.precision == "int8")


JUDGED = "judged on the same held-out segments as the figures above"


def test_the_card_says_that_int8_was_judged_on_the_segments_of_its_figures(
    fp32: Exported, int8: Exported
) -> None:
    assert JUDGED not in fp32.file.with_suffix(".md").read_text()  # nobody asked
    assert JUDGED in int8.file.with_suffix(".md").read_text()
    for reason, judged in (("slower", True), (NO_LAYER, False)):
        refused = {"precision": "fp32", "reason": reason}
        card = card_of(dataclasses.replace(fp32.contract, quantization=refused), "small.onnx", 1)
        assert (JUDGED in card) == judged


def test_the_card_can_be_made_anew_from_the_file_alone(fp32: Exported) -> None:
    read = Model(fp32.file).contract
    card = fp32.file.with_suffix(".md").read_text(encoding="utf-8")
    assert card_of(read, fp32.file.name, fp32.file.stat().st_size) == card
    rows = [line.split("|")[1].strip() for line in card.splitlines() if line.startswith("| ")]
    order = ["train", "validation", "test", "stage", "features", "embedding", "logits", "scores"]
    assert [row for row in rows if row in order] == order


def test_credit_and_licence_end_in_one_full_stop_on_the_card(fp32: Exported) -> None:
    named = dataclasses.replace(fp32.contract, credit="Our own bench, 2026", licence="Free, no.")
    assert "Our own bench, 2026. Licence: Free, no.\n" in card_of(named, "small.onnx", 1)


def test_a_model_whose_recipe_gives_no_licence_has_none(fp32: Exported) -> None:
    assert ExportSettings().licence == ""
    silent = dataclasses.replace(fp32.contract, credit="", licence="")
    card = card_of(silent, "small.onnx", 1)
    assert "No licence was given in the recipe (export.licence).\n" in card
    assert "Apache" not in card


def test_a_training_that_was_stopped_is_told_and_stands_in_file_and_card(
    trained: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(trained, tmp_path / "half")
    run = Run.open(tmp_path / "half")
    run.note(finished=False, epochs=2, best_epoch=2)
    found = export(Request(run=run.path), quietly)
    told = "The training stopped after epoch 2 of 3; this is the model of epoch 2."
    assert found.contract.limits.startswith(told)
    assert f"Limits: {told}" in found.file.with_suffix(".md").read_text()
    warnings = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert [warning.startswith(told) for warning in warnings] == [True]


def test_the_record_keeps_what_was_measured(int8: Exported, trained: Path) -> None:
    record = json.loads((trained / "export.json").read_text())
    assert set(record["parity"]) >= {"fp32"}
    assert record["measured"]["damage"]
    assert len(record["measured"]["tried"]) >= 6  # two schemes, three ways to find ranges


def test_an_existing_file_is_proved_again_by_the_runtime(exported: Exported, trained: Path) -> None:
    report = prove_again(exported.file, trained)
    assert report.precision == exported.chosen.precision
    assert report.as_dict() == exported.parity.as_dict()


def test_a_file_of_another_run_is_not_proved(fp32: Exported, trained: Path, tmp_path: Path) -> None:
    other = harken.contract.from_json(to_json(fp32.contract), "test")
    changed = dataclasses.replace(other, recipe="0" * 64, digest="")
    from harken.seal import sealed

    file = tmp_path / "other.onnx"
    file.write_bytes(sealed(fp32.file.read_bytes(), changed, "test"))
    with pytest.raises(DataError, match="was exported from another run"):
        prove_again(file, trained)


class Wrong(nn.Module):
    """A classifier whose embedding is off by a hundredth, as a bad exporter would make it."""

    def __init__(self, right: Classifier) -> None:
        super().__init__()
        self.right = right

    def forward(self, samples: Tensor) -> Stages:
        stages: Stages = self.right(samples)
        return stages._replace(embedding=stages.embedding + torch.tensor([0.01]))


def composed_wrongly(run: Run) -> Composed:
    right = compose(run)
    signal = run.recipe.signal
    example = torch.zeros(1, signal.channels, signal.window)
    return dataclasses.replace(
        right, content=to_onnx(Wrong(right.classifier).eval(), example, OUTPUTS)
    )


def test_a_graph_that_differs_is_named_and_leaves_no_file(trained: Path, tmp_path: Path) -> None:
    request = Request(run=trained, output=tmp_path / "wrong.onnx")
    with pytest.raises(ParityError, match=r"parity: embedding differs by 0\.01.* on \w+ from"):
        export(request, quietly, composed_wrongly)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["there.onnx", "there.md"])
def test_an_output_that_exists_is_left_alone(name: str, trained: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(CreateError, match=re.escape(f"{name}: exists already")):
        export(Request(run=trained, output=tmp_path / "there.onnx"), quietly)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_an_output_must_be_named_onnx(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends in \.onnx"):
        export(Request(run=trained, output=tmp_path / "model.md"), quietly)


@pytest.fixture
def run_of_its_own(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "run")


def test_a_record_that_cannot_be_written_leaves_model_and_card_as_they_were(
    run_of_its_own: Path, tmp_path: Path
) -> None:
    (run_of_its_own / "export.json").unlink(missing_ok=True)
    (run_of_its_own / "export.json").mkdir()
    (tmp_path / "out").mkdir()
    for name in ("small.onnx", "small.md"):
        (tmp_path / "out" / name).write_text("old")
    request = Request(run=run_of_its_own, output=tmp_path / "out" / "small.onnx", force=True)
    with pytest.raises(InputOutputError, match=r"export\.json: writing failed"):
        export(request, quietly)
    assert [path.read_text() for path in (tmp_path / "out").iterdir()] == ["old", "old"]


def test_the_model_gets_its_name_after_the_card(run_of_its_own: Path, tmp_path: Path) -> None:
    def lose_the_card(stage: str) -> None:
        if stage.startswith("open"):
            next((tmp_path / "out").glob(".small.md.*")).unlink()

    request = Request(run=run_of_its_own, output=tmp_path / "out" / "small.onnx")
    with pytest.raises(InputOutputError, match=r"small\.md: writing failed"):
        export(request, lose_the_card)
    assert list((tmp_path / "out").iterdir()) == []
