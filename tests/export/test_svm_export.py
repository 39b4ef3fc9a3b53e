"""A support vector machine goes into the one graph, and decides there as scikit-learn does."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from tests.export.conftest import SMALL, Silent

import harken
import harken.contract
from harken.contract import to_json
from harken_export import inputs, parity, probe
from harken_export.again import prove_again
from harken_export.export import Exported, Request, export
from harken_export.session import OUTPUTS
from harken_train.data import prepare
from harken_train.evaluate import evaluate
from harken_train.fit import fit
from harken_train.heads import FittedHead
from harken_train.heads.svm import Svm
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

PCA_VALUES = 10
SETTINGS = ("head.kind=svm", f"head.pca={PCA_VALUES}", "data.bearings=16", "data.seconds=1.0")
# The embedding is float32 sums in another order in each program; what follows is float64.
EMBEDDING = 2e-5
# skl2onnx computes in float32, the sum over all support vectors and pairs too; measured 1e-6
SKL2ONNX = 1e-5


@pytest.fixture(scope="module", params=[2, 4])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    states = ["normal", "outer_race", "inner_race", "ball"][: request.param]
    recipe = load_recipe("bearing_simulated", [*SMALL, *SETTINGS, f"data.states={states}"])
    run = Run.create(tmp_path_factory.mktemp("runs") / "svm", recipe, prepare(recipe))
    fit(run, torch.device("cpu"), Silent())
    return Run.open(run.path)


@pytest.fixture(scope="module", params=["fp32", "int8"])
def exported(
    request: pytest.FixtureRequest, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> Exported:
    file = tmp_path_factory.mktemp("svm") / "svm.onnx"
    return export(
        Request(run=run.path, output=file, precision=request.param, accept_loss=True),
        lambda _: None,
    )


def sklearn_of(run: Run) -> Any:
    """scikit-learn on the embedding of the training segments, on its own."""
    machine = SVC(class_weight="balanced", decision_function_shape="ovr", break_ties=True)
    steps = StandardScaler(), PCA(PCA_VALUES, svd_solver="full"), machine
    segments = run.segments("train")
    classifier, _ = run.best_network()
    with torch.no_grad():
        embedding = classifier(torch.from_numpy(np.array(segments.samples))).embedding
    return make_pipeline(*steps).fit(embedding.double().numpy(), segments.labels)


def behind(values: Any) -> Any:
    """Decision values as the logits have them: of several classes, less the winner's."""
    return values - values.max(axis=1, keepdims=True) if values.shape[1] > 1 else values


def answers(exported: Exported, run: Run) -> dict[str, Any]:
    samples = np.array(run.segments("test").samples)
    model = harken.Model(exported.file)
    return dict(zip(OUTPUTS, model.run(samples, OUTPUTS), strict=True))


def test_the_file_decides_every_test_segment_as_scikit_learn(exported: Exported, run: Run) -> None:
    given = answers(exported, run)
    expected = sklearn_of(run).predict(given["embedding"].astype(np.float64))
    assert len(expected) > 30
    assert (given["scores"].argmax(axis=1) == expected).all()
    values = sklearn_of(run).decision_function(given["embedding"].astype(np.float64))
    assert np.abs(given["logits"] - behind(values.reshape(len(values), -1))).max() <= 1e-6


def test_the_file_decides_as_the_graph_that_skl2onnx_makes(exported: Exported, run: Run) -> None:
    import skl2onnx

    given, sklearn = answers(exported, run), sklearn_of(run)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # skl2onnx asks for what sklearn will drop
        made = skl2onnx.to_onnx(
            sklearn,
            given["embedding"][:1],
            target_opset=18,
            options={"zipmap": False, "raw_scores": True},
        )
    session = onnxruntime.InferenceSession(made.SerializeToString())
    labels, values = session.run(None, {session.get_inputs()[0].name: given["embedding"]})
    if len(run.classes) == 2:
        assert (given["scores"].argmax(axis=1) == labels).all()
        assert np.abs(np.abs(given["logits"]) - np.abs(values[:, :1])).max() <= SKL2ONNX
    else:  # its labels are libsvm's votes without what breaks ties; its values are all we hold to
        assert (given["scores"].argmax(axis=1) == values.argmax(axis=1)).all()
        assert np.abs(given["logits"] - behind(values)).max() <= SKL2ONNX


def test_pytorch_and_evaluate_decide_as_scikit_learn(run: Run) -> None:
    segments = run.segments("test")
    with torch.no_grad():
        stages = run.classifier()(torch.from_numpy(np.array(segments.samples)))
    expected = sklearn_of(run).predict(stages.embedding.double().numpy())
    assert (stages.scores.argmax(dim=1).numpy() == expected).all()
    right = float((expected == segments.labels).mean())
    assert evaluate(run).windows.accuracy.value == pytest.approx(right, abs=1e-12)


def test_no_operator_of_another_domain_is_in_the_graph(exported: Exported) -> None:
    model = onnx.load_from_string(exported.file.read_bytes())
    assert {node.domain for node in model.graph.node} == {""}


def test_nothing_of_the_head_is_int8(exported: Exported) -> None:
    graph = onnx.load_from_string(exported.file.read_bytes()).graph
    kinds = [node.op_type for node in graph.node]
    quantized = [k for k, kind in enumerate(kinds) if kind == "QuantizeLinear"]
    assert bool(quantized) == (exported.chosen.precision == "int8")
    exponential = kinds.index("Exp")  # of the kernel
    assert all(k < exponential for k in quantized)
    double = {t.name for t in graph.initializer if t.data_type == onnx.TensorProto.DOUBLE}
    assert {"head.support_vectors", "head.coefficients", "head.components"} <= double


def test_contract_and_card_say_which_head_it_is(exported: Exported, run: Run) -> None:
    vectors = run.facts.head["support_vectors"]
    head = exported.contract.head
    assert (head["kind"], head["pca"], head["support_vectors"]) == ("svm", PCA_VALUES, vectors)
    assert (
        f"head `svm` of {vectors} support vectors" in exported.file.with_suffix(".md").read_text()
    )
    schema = Path(harken.contract.__file__).with_name("contract.schema.json").read_text()
    jsonschema.Draft202012Validator(json.loads(schema)).validate(
        json.loads(to_json(exported.contract))
    )


def test_the_file_is_proved_again_by_the_runtime(exported: Exported, run: Run) -> None:
    report = prove_again(exported.file, run.path)
    assert [stage.stage for stage in report.stages] == list(OUTPUTS)
    logits = report.stages[2]
    assert logits.difference <= logits.allowed < 1e-3  # int8 as well: the head stays float
    assert all(result.passed for result in harken.Model(exported.file).selftest())


class Swapped(FittedHead):
    """Another head than the one in the file."""

    def __init__(self, head: FittedHead) -> None:
        super().__init__()
        self._head = head

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        return torch.flip(self._head(embedding), (0,)) + 0.5


def test_a_graph_with_another_head_is_found(exported: Exported, run: Run) -> None:
    classifier = run.classifier()
    assert isinstance(classifier.head, FittedHead)
    classifier.head = Swapped(classifier.head)
    model = harken.Model(exported.file)

    def answer(samples: Any) -> dict[str, Any]:
        return dict(zip(OUTPUTS, model.run(samples, OUTPUTS), strict=True))

    with pytest.raises(parity.ParityError, match="parity: logits differs by"):
        parity.prove(
            classifier.eval(),
            answer,
            inputs.inputs_of(run),
            unit="dB",
            precision=exported.chosen.precision,
        )


def test_the_probe_allows_a_vote_that_the_embeddings_tolerance_can_turn() -> None:
    values = torch.tensor([[-1.0], [-0.9], [0.9], [1.0]])
    head = Svm(kernel="linear").fit(values, torch.tensor([0, 0, 1, 1]), 2)
    assert head is not None
    middle = {"embedding": np.zeros((4, 1), np.float32)}
    base = {**middle, **parity.decide(head, middle)}
    expected = harken.probe.Expected(output="logits", tolerance=1e-4, rows=())
    narrow, wide = (
        probe._at_least(expected, base, probe._shaken(head, base, most)).tolerance
        for most in (1e-3, 0.5)
    )
    assert 1e-4 < narrow < 0.01 < 0.1 < wide
