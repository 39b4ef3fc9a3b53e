"""Recurrences and transforms inside a network: exported as ONNX has them, int8 around them."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from harken.onnx_file import parse
from harken.stream import Samples
from harken_export import calibrate, layers
from harken_export.graph import to_onnx
from harken_export.material import Material
from harken_export.parity import BATCHES, EMBEDDING
from harken_export.quantize import SCHEMES, quantized
from harken_export.search import search
from harken_export.session import OUTPUTS, answers_of, in_batches, open_session
from harken_train.classifier import Classifier
from harken_train.networks import Network
from harken_train.networks.cnn_lstm import CnnLstm
from harken_train.networks.spectrogram_lstm import SpectrogramLstm
from harken_train.recipe import ExportSettings
from harken_train.segments import Segments

SHAPE = (1, 16, 20)
CLASSES = ("a", "b", "c")
# Root mean square error of int8 logits over their spread; random weights, measured 0.02.
LARGEST_NOISE = 0.1


class AsImage(nn.Module):
    """A front-end that only gives its samples a shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self._shape = shape

    def forward(self, samples: Tensor) -> Tensor:
        return samples.reshape(-1, *self._shape)


def classifier_of(network: nn.Module, shape: tuple[int, ...] = SHAPE) -> Classifier:
    return Classifier(AsImage(shape), network).eval()


def built(settings: Network, seed: int = 0) -> Classifier:
    torch.manual_seed(seed)
    return classifier_of(settings.build(SHAPE, len(CLASSES)))


def noise(count: int, seed: int = 0) -> Samples:
    random = np.random.default_rng(seed)
    return random.standard_normal((count, 1, SHAPE[1] * SHAPE[2])).astype(np.float32)


def exported(classifier: Classifier) -> bytes:
    return to_onnx(classifier, torch.from_numpy(noise(1)), OUTPUTS)


def lstm(cell: Literal["lstm", "gru"], *, bidirectional: bool) -> SpectrogramLstm:
    return SpectrogramLstm(cell=cell, bidirectional=bidirectional, hidden=8, time="columns")


HYBRID = CnnLstm(channels=(16, 16), hidden=8)
every_recurrence = pytest.mark.parametrize(
    "settings",
    [lstm("lstm", bidirectional=False), lstm("gru", bidirectional=True), HYBRID],
    ids=["lstm", "gru both ways", "hybrid"],
)


@every_recurrence
def test_a_recurrence_answers_as_pytorch_does(settings: Network) -> None:
    classifier, samples = built(settings), noise(15)
    with torch.no_grad():
        wanted = classifier(torch.from_numpy(samples))
    answer = answers_of(open_session(exported(classifier)))
    for batch in BATCHES:
        for stage, values in in_batches(answer, samples, batch).items():
            assert np.abs(values - getattr(wanted, stage).numpy()).max() <= EMBEDDING, stage


@every_recurrence
def test_a_recurrence_is_one_operator_a_layer_and_starts_from_nothing(settings: Network) -> None:
    content = exported(built(settings))
    model = onnx.load_from_string(content)
    count = Counter(node.op_type for node in model.graph.node)
    cell = "GRU" if getattr(settings, "cell", "") == "gru" else "LSTM"
    assert count[cell] == getattr(settings, "layers", 0)
    assert not {"Loop", "Scan", "If"} & set(count)
    for node in model.graph.node:
        if node.op_type == cell:
            assert len(node.input) == 4  # steps, two weights, bias
    assert parse(content, "recurrence").opsets == {"": 18}  # the device reads it


def test_nothing_behind_the_features_looks_back_at_the_samples() -> None:
    network = calibrate.network_of(onnx.load_from_string(exported(built(HYBRID))))
    assert [value.name for value in network.graph.input] == ["features"]
    onnx.checker.check_model(network)


def test_a_recurrence_gives_the_same_bytes_each_time() -> None:
    first = exported(built(HYBRID))
    exported(built(lstm("gru", bidirectional=False)))
    assert exported(built(HYBRID)) == first


class Followed(nn.Module):
    """(batch, values, any steps) -> what a recurrence of two layers gives at each of them."""

    def __init__(self, cell: type[nn.LSTM | nn.GRU], *, bidirectional: bool) -> None:
        super().__init__()
        self.cells = cell(3, 5, 2, batch_first=True, bidirectional=bidirectional)

    def forward(self, values: Tensor) -> Tensor:
        given: Tensor = self.cells(values.transpose(1, 2))[0]
        return given.mean(1)


@pytest.mark.parametrize("bidirectional", [False, True], ids=["forwards", "both ways"])
@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU])
def test_a_recurrence_over_any_number_of_steps_is_exported_each_time(
    cell: type[nn.LSTM | nn.GRU], bidirectional: bool
) -> None:
    torch.manual_seed(0)
    module = Followed(cell, bidirectional=bidirectional).eval()
    example = torch.zeros(1, 3, 20)
    first, second = (to_onnx(module, example, ["scores"], lengths=(4, 50)) for _ in range(2))
    assert first == second
    answer = answers_of(open_session(second), ("scores",))
    for steps in (4, 5, 19, 20, 50):
        values = torch.randn(3, 3, steps, generator=torch.Generator().manual_seed(steps))
        with torch.no_grad():
            wanted = module(values).numpy()
        assert np.abs(answer(values.numpy())["scores"] - wanted).max() <= EMBEDDING


def segments(count: int, seed: int) -> Segments:
    numbers = np.arange(count)
    return Segments(
        samples=noise(count, seed),
        labels=numbers % len(CLASSES),
        recording=numbers,
        first=np.zeros(count, np.int64),
        classes=CLASSES,
    )


@pytest.fixture(scope="module")
def material() -> Material:
    return Material(
        calibration=noise(32, 1),
        selection=segments(30, 2),
        test=segments(30, 3),
        groups=np.arange(30),
        timed=noise(1),
    )


def test_the_search_makes_what_stands_before_a_recurrence_int8(material: Material) -> None:
    content = exported(built(HYBRID))
    found = search(content, material, ExportSettings(largest_accuracy_loss=1.0))
    assert found is not None
    assert {one.layer for one in found.measured.damage} == {
        "blocks.blocks.0.convolved.0",
        "blocks.blocks.1.convolved.0",
    }
    model = onnx.load_from_string(found.content)
    makers = {output: node.op_type for node in model.graph.node for output in node.output}
    (recurrence,) = [node for node in model.graph.node if node.op_type == "LSTM"]
    constants = {tensor.name for tensor in model.graph.initializer}
    assert set(recurrence.input[1:]) <= constants  # float weights as they were
    assert makers["embedding"] != "DequantizeLinear"
    fp32 = answers_of(open_session(content))(material.test.samples)["logits"]
    int8 = answers_of(open_session(found.content))(material.test.samples)["logits"]
    assert 0.0 < (int8 - fp32).std() <= LARGEST_NOISE * fp32.std()


def test_a_recurrence_alone_has_no_layer_to_quantize(material: Material) -> None:
    content = exported(built(lstm("lstm", bidirectional=False)))
    assert search(content, material, ExportSettings()) is None


class InFloat64(nn.Module):
    """A transform in float64 inside a network, and a layer behind it."""

    transform: Tensor

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.register_buffer("transform", torch.randn(20, 20, dtype=torch.float64))
        self.hidden, self.output = nn.Linear(320, 16), nn.Linear(16, len(CLASSES))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        # Reshape and concatenation are operators that may be int8, in float32.
        changed = torch.cat([features.double(), features.double()], dim=1) @ self.transform
        embedding = torch.relu(self.hidden(changed[:, :1].reshape(-1, 320).float()))
        return embedding, self.output(embedding)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_float64_inside_a_network_stays_as_it_is(scheme: str) -> None:
    content = exported(classifier_of(InFloat64()))
    model = onnx.load_from_string(content)
    assert [layers.title(model, name) for name in layers.weighted(model)] == ["hidden"]
    ranges = calibrate.ranges(model, noise(16).reshape(-1, *SHAPE), "minmax")
    small = onnx.load_from_string(quantized(content, scheme, ranges))
    products = [node for node in small.graph.node if node.op_type == "MatMul"]
    assert len(products) == 1
    kept = {tensor.name: tensor for tensor in small.graph.initializer}[products[0].input[1]]
    assert kept.data_type == onnx.TensorProto.DOUBLE
    makers = {output: node.op_type for node in small.graph.node for output in node.output}
    assert makers[products[0].input[0]] == "Concat"
