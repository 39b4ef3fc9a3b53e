"""The graph: plain, small, dynamic in the batch alone, the same bytes every time."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from harken.errors import ModelError
from harken_export.graph import IR_VERSION, OPSET, SAMPLES, shape_of, to_onnx
from harken_export.session import open_session

EXAMPLE = torch.zeros(1, 1, 64)


class Normed(nn.Module):
    """A convolution with batch norm, as every network of ours has."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.norm = nn.Conv1d(1, 4, 5), nn.BatchNorm1d(4)

    def forward(self, samples: Tensor) -> Tensor:
        return torch.relu(self.norm(self.conv(samples))).mean(-1)


class OverTheBatch(nn.Module):
    def forward(self, samples: Tensor) -> Tensor:
        return samples.mean(0)


@pytest.fixture(scope="module")
def content() -> bytes:
    return to_onnx(Normed().eval(), EXAMPLE, ["scores"])


def test_the_graph_is_what_the_oldest_onnxruntime_reads(content: bytes) -> None:
    model = onnx.load_from_string(content)
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", OPSET)]
    assert model.ir_version == IR_VERSION
    assert OPSET <= 21  # onnxruntime 1.20
    assert IR_VERSION <= 10


def test_only_the_batch_is_dynamic(content: bytes) -> None:
    model = onnx.load_from_string(content)
    assert shape_of(model.graph.input[0]) == ("batch", 1, 64)
    assert shape_of(model.graph.output[0]) == ("batch", 4)
    samples = np.random.default_rng(0).standard_normal((5, 1, 64)).astype(np.float32)
    session = open_session(content)
    one_by_one = [session.run(None, {SAMPLES: samples[k : k + 1]})[0] for k in range(5)]
    assert np.allclose(session.run(None, {SAMPLES: samples})[0], np.concatenate(one_by_one))


def test_batch_norm_is_folded_into_the_convolution(content: bytes) -> None:
    assert "BatchNormalization" not in {
        node.op_type for node in onnx.load_from_string(content).graph.node
    }


def test_the_same_module_gives_the_same_bytes_whatever_was_exported_before(content: bytes) -> None:
    to_onnx(nn.Sequential(nn.Flatten(), nn.Linear(64, 3)).eval(), EXAMPLE, ["scores"])
    assert to_onnx(Normed().eval(), EXAMPLE, ["scores"]) == content


def test_nothing_of_the_machine_that_made_it_is_inside(content: bytes) -> None:
    model = onnx.load_from_string(content)
    assert not any(node.metadata_props or node.doc_string for node in model.graph.node)
    for trace in (b"site-packages", b"/home", b"/tmp", b".py", b"torch"):  # searched for
        assert trace not in content


def test_a_module_in_training_mode_is_refused() -> None:
    with pytest.raises(ModelError, match="eval"):
        to_onnx(Normed(), EXAMPLE, ["scores"])


def test_a_module_that_loses_the_batch_is_refused() -> None:
    with pytest.raises(ModelError, match="wanted a dynamic batch first"):
        to_onnx(OverTheBatch().eval(), EXAMPLE, ["scores"])
