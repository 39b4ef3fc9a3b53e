"""A run whose recordings are decided whole becomes one graph that takes any length of its range."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import onnx
import pytest
import torch
from torch import nn

import harken.contract
from harken.contract import VARIES, Output, to_json
from harken.errors import ModelError
from harken.model import Model
from harken.probe import probe_inputs
from harken.stream import Samples
from harken_export import layers
from harken_export.again import prove_again
from harken_export.card import card_of
from harken_export.compose import Composed, compose
from harken_export.export import Exported, Request, export
from harken_export.graph import LENGTH, check, shape_of, to_onnx
from harken_export.inputs import Inputs, inputs_of, lengths_of
from harken_export.material import Material, apart, material_of, rows_of
from harken_export.measure import measure
from harken_export.parity import BATCHES, ParityError, prove
from harken_export.search import scores_of, search
from harken_export.session import answers_of, features_of, open_session
from harken_train.part_scores import scores_of as torch_scores_of
from harken_train.ragged import Ragged
from harken_train.recipe import ExportSettings
from harken_train.run import Run
from harken_train.segments import Segments

SHORTEST, LONGEST = 2700, 6000
# Ends of the range, lengths that leave every rest after the front-end (3) and the network (8), and
# primes.
LENGTHS = (2700, 2701, 2702, 2703, 2999, 3001, 3011, 4096, 4507, 5003, 5998, 5999, 6000)
SAME_SCORES = 1e-6  # softmax of float32 logits, in another order of sums
# Root mean square error of int8 logits over their spread; hardly trained, measured 0.02.
LARGEST_NOISE = 0.1
SCHEMA = json.loads(Path(harken.contract.__file__).with_name("contract.schema.json").read_text())


def quietly(_: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def run(whole: Path) -> Run:
    return Run.open(whole)


@pytest.fixture(scope="module")
def composed(run: Run) -> Composed:
    return compose(run)


@pytest.fixture(scope="module")
def fp32(whole: Path, composed: Composed, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    file = tmp_path_factory.mktemp("file") / "whole.onnx"
    return export(Request(run=whole, output=file), quietly, lambda _: composed)


@pytest.fixture(scope="module")
def material(run: Run) -> Material:
    return material_of(run)


def of_every_length() -> Inputs:
    """Noise of many levels, three of each length."""
    cuts = [row for length in LENGTHS for row in probe_inputs(3, 1, length, 1.0)]
    names = tuple(f"row {k} of {cut.shape[1]} samples" for k, cut in enumerate(cuts))
    return Inputs(Ragged.of(cuts), names, segments=len(cuts))


def test_the_graph_answers_as_pytorch_does_at_every_length(composed: Composed) -> None:
    answer = answers_of(open_session(composed.content))
    report = prove(composed.classifier, answer, of_every_length(), unit="linear")
    assert report.segments == 3 * len(LENGTHS)
    assert report.batches == BATCHES
    assert report.agreement == 1.0


def test_a_graph_that_is_right_at_one_length_only_is_named_with_its_input(
    composed: Composed,
) -> None:
    right = answers_of(open_session(composed.content))

    def wrong(samples: Samples) -> dict[str, Samples]:
        found = dict(right(samples))
        if samples.shape[-1] == 4507:
            found["embedding"] = found["embedding"] + np.float32(0.01)
        return found

    with pytest.raises(ParityError, match=r"embedding differs by 0\.01.* of 4507 samples"):
        prove(composed.classifier, wrong, of_every_length(), unit="linear")


def test_batch_and_length_are_dynamic_and_so_is_what_goes_with_the_length(
    composed: Composed,
) -> None:
    graph = onnx.load_from_string(composed.content).graph
    assert shape_of(graph.input[0]) == ("batch", 1, LENGTH)
    assert composed.shapes == {
        "features": (1, VARIES),
        "embedding": (160,),  # of each member 16 values by 4 heads, and their largest
        "logits": (4,),
        "scores": (4,),
    }


def test_an_output_may_go_with_the_length_only_where_a_range_is_taken() -> None:
    example = torch.zeros(1, 1, 64)
    content = to_onnx(nn.Identity().eval(), example, ["scores"], lengths=(32, 99))
    model = onnx.load_from_string(content)
    check(model, (1, LENGTH), ["scores"])
    with pytest.raises(ModelError, match=r"the graph takes .*length.*, wanted .*64"):
        check(model, (1, 64), ["scores"])


def test_the_probe_of_the_whole_is_made_at_the_window(fp32: Exported) -> None:
    model = Model(fp32.file, probe=True)
    assert [result.passed for result in model.selftest()] == [True] * 3


def test_the_contract_tells_the_range_and_fits_the_schema(fp32: Exported, run: Run) -> None:
    wanted = fp32.contract.input
    assert (wanted.shortest, wanted.window, wanted.longest) == (SHORTEST, 3000, LONGEST)
    assert Output(name="features", shape=(1, VARIES)) in fp32.contract.outputs
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(to_json(fp32.contract)))
    assert fp32.contract.figures["recordings"]["count"] == len(run.segments("test"))


def test_the_file_is_proved_again_by_the_runtime(fp32: Exported, whole: Path) -> None:
    assert prove_again(fp32.file, whole).as_dict() == fp32.parity.as_dict()


def test_the_same_run_gives_the_same_bytes(fp32: Exported, whole: Path, tmp_path: Path) -> None:
    again = export(Request(run=whole, output=tmp_path / "again.onnx"), quietly)
    assert again.file.read_bytes() == fp32.file.read_bytes()


def test_it_is_proved_on_stress_inputs_from_the_shortest_to_the_longest(run: Run) -> None:
    lengths = lengths_of(run.recipe.signal)
    assert lengths == (2700, 2701, 3000, 3801, 4901, 5999, 6000)
    stressed = inputs_of(run)
    assert isinstance(stressed.samples, Ragged)
    assert set(stressed.samples.lengths[stressed.segments :]) == set(lengths)
    assert stressed.names[-1].endswith("of 6000 samples")


def test_scores_of_the_file_are_in_the_order_of_the_recordings(fp32: Exported, run: Run) -> None:
    test = run.segments("test")
    found = scores_of(fp32.file.read_bytes(), test.held)
    assert np.abs(found - torch_scores_of(run.classifier(), test)).max() <= SAME_SCORES


def test_scores_are_at_the_temperature_that_was_found(fp32: Exported, run: Run) -> None:
    assert run.calibration is not None
    assert run.calibration.temperature != 1.0
    plain = run.best_network()[0]
    assert plain.temperature == 1.0
    held = run.segments("test").held
    recording: Samples = np.array(held[0])
    with torch.no_grad():
        untempered = plain(torch.from_numpy(recording[None])).logits.numpy()
    [logits] = Model(fp32.file).run(recording[None], ("logits",))
    assert logits == pytest.approx(untempered / run.calibration.temperature, abs=1e-5)
    assert fp32.contract.abstain == run.calibration.thresholds
    assert fp32.contract.figures["calibration"]["temperature"] == run.calibration.temperature


def test_the_card_tells_people_of_whole_recordings(fp32: Exported) -> None:
    card = fp32.file.with_suffix(".md").read_text()
    assert "- Decides on recordings of 9 to 20 s whole; where no end is in sight, on 3000" in card
    assert "| split | groups | recordings | accuracy | macro-F1 | mean F1 of A, N, O |" in card
    assert "A (atrial fibrillation)" in card
    assert "F1 by class, by recording: A 0." in card
    assert "Scores are calibrated (temperature" in card


def test_the_card_says_whose_answers_are_left_unanswered(fp32: Exported) -> None:
    share = {"value": 0.9, "low": None, "high": None}
    line = {"rate": 0.05, "below": 0.4, "left_out": 0.05, "accuracy": share, "macro_f1": share}
    found = {**fp32.contract.figures["calibration"], "abstain": [line]}
    figures = {**fp32.contract.figures, "calibration": found}
    card = card_of(replace(fp32.contract, figures=figures), "whole.onnx", 1)
    said = "They are others than those of the table above, so compare these lines with each other"
    assert card.index(said) < card.index("| 5 % | 0.400 | 90.0 % | 0.900 |")


def test_a_card_without_calibration_does_not_speak_of_it(fp32: Exported) -> None:
    figures = {key: one for key, one in fp32.contract.figures.items() if key != "calibration"}
    assert "calibrated" not in card_of(replace(fp32.contract, figures=figures), "whole.onnx", 1)


def test_a_decision_is_timed_at_the_window(run: Run, material: Material) -> None:
    assert material.timed.shape == (1, 1, 3000)
    found = measure(run, seconds=0.1)
    assert found["latency"] > 0.0
    assert found["size"] > 10_000


def test_calibration_is_on_whole_recordings_that_are_not_in_the_test(
    material: Material, run: Run
) -> None:
    assert isinstance(material.calibration, Ragged)
    tested = {recording.tobytes() for recording in run.segments("test").held}
    for held in (material.calibration, material.selection.held):
        assert len(held)
        assert not tested & {recording.tobytes() for recording in held}


def test_features_of_recordings_stay_in_their_order(composed: Composed, run: Run) -> None:
    held = run.segments("validation").held
    features = features_of(composed.content, held, 4)
    assert isinstance(features, Ragged)
    assert features.lengths.tolist() == [-(-recording.shape[1] // 3) for recording in held]


def test_pieces_that_share_a_sample_with_the_test_are_left_out() -> None:
    def pieces(recording: list[int], first: list[int], lengths: list[int]) -> Segments:
        return Segments(
            samples=np.empty((0, 1, 0), np.float32),
            whole=Ragged.of([np.full((1, length), k) for k, length in enumerate(lengths)]),
            labels=np.zeros(len(first), np.int64),
            recording=np.array(recording),
            first=np.array(first),
            classes=("a", "b"),
        )

    own = pieces([0, 0, 0, 1], [0, 40, 100, 0], [40, 60, 30, 200])
    left = apart(own, pieces([0], [39], [50]))
    assert left.first.tolist() == [100, 0]
    assert [piece[0, 0] for piece in left.held] == [2, 3]
    none = rows_of(own, np.empty(0, np.int64))
    assert (len(none), len(none.held)) == (0, 0)


def test_int8_is_calibrated_on_whole_recordings_and_stays_near_at_every_length(
    composed: Composed, material: Material
) -> None:
    anything = ExportSettings(largest_accuracy_loss=1.0, largest_auc_loss=1.0)
    found = search(composed.content, material, anything)
    assert found is not None
    assert found.measured.chosen.noise <= LARGEST_NOISE
    small = onnx.load_from_string(found.content)
    assert shape_of(small.graph.input[0]) == ("batch", 1, LENGTH)
    recurrences = [node for node in small.graph.node if node.op_type == "LSTM"]
    weights = {tensor.name: tensor.data_type for tensor in small.graph.initializer}
    assert [weights[node.input[1]] for node in recurrences] == [onnx.TensorProto.FLOAT] * 2
    before = onnx.load_from_string(composed.content)
    named = {node.name: node.input[1] for node in before.graph.node if len(node.input) > 1}
    chosen = [named[name] for name in layers.weighted(before)]
    # Of both members convolutions, squeezes, what attention says; not the last layer of either.
    assert len(chosen) == 2 * 12
    assert not any("output" in name for name in chosen)
    assert found.measured.chosen.left_out == ()
    assert {weights[f"{name}_quantized"] for name in chosen} == {onnx.TensorProto.INT8}
    report = prove(
        composed.classifier,
        answers_of(open_session(found.content)),
        of_every_length(),
        unit="linear",
        precision="int8",
    )
    assert report.stages[0].difference <= report.stages[0].allowed  # features: the front-end
