"""Every front-end and network that takes any length: the same weights, one graph, all lengths."""

from __future__ import annotations

import functools
import importlib
import itertools
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from harken.registry import Registry
from harken_export.graph import to_onnx
from harken_export.session import OUTPUTS, answers_of, open_session
from harken_train.classifier import Classifier
from harken_train.frontends import frontends
from harken_train.networks import networks

CLASSES = 4
# Of stages near 1: onnxruntime and a batch add up in another order than torch does with one row.
ROUNDING = 1e-5

Pair = tuple[str, str]


def of_any_length(registry: Registry[Any]) -> list[str]:
    return [kind for kind in registry.kinds() if getattr(registry.get(kind), "any_length", False)]


NETWORKS = of_any_length(networks)
PAIRS = list(itertools.product(of_any_length(frontends), NETWORKS))
every_network = pytest.mark.parametrize("kind", NETWORKS)
every_pair = pytest.mark.parametrize("pair", PAIRS, ids="-".join)


def noise(batch: int, length: int) -> Tensor:
    return torch.randn(batch, 1, length, generator=torch.Generator().manual_seed(length))


def network_of(kind: str, columns: int) -> nn.Module:
    torch.manual_seed(0)
    return networks.get(kind)().build((1, columns), CLASSES)


def classifier_of(pair: Pair) -> Classifier:
    """Random weights from a seed; built for the small window, like the graph."""
    settings, window, rate = importlib.import_module(f"tests.reference.{pair[0]}").small()
    frontend = settings.build(rate=rate, window=window)
    columns = frontend(noise(1, window)).shape[-1]
    return Classifier(frontend, network_of(pair[1], columns)).eval()


def range_of(pair: Pair) -> tuple[int, int, int]:
    """Shortest, window and longest of the front-end's small form."""
    _, window, _ = importlib.import_module(f"tests.reference.{pair[0]}").small()
    return window // 2, window, 4 * window + 3


@functools.cache
def exported(pair: Pair) -> bytes:
    shortest, window, longest = range_of(pair)
    return to_onnx(classifier_of(pair), noise(1, window), OUTPUTS, lengths=(shortest, longest))


def test_there_is_a_pair_of_any_length() -> None:
    assert PAIRS


@every_network
def test_the_weights_do_not_depend_on_the_length(kind: str) -> None:
    one, other = (network_of(kind, columns).state_dict() for columns in (1000, 77))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


@every_network
@pytest.mark.parametrize("length", [1, 2, 15, 16, 17, 1001])
def test_a_batch_of_one_length_is_answered_as_each_recording_alone(kind: str, length: int) -> None:
    network = network_of(kind, 1000).eval()
    with torch.no_grad():
        together = network(noise(3, length))
        alone = [network(noise(3, length)[row : row + 1]) for row in range(3)]
    for stage, rows in zip(together, zip(*alone, strict=True), strict=True):
        assert float((stage - torch.cat(rows)).abs().max()) <= ROUNDING


@every_network
def test_a_training_in_bfloat16_reaches_every_weight(kind: str) -> None:
    network = network_of(kind, 1000).train()
    with torch.autocast("cpu", torch.bfloat16):
        _, logits = network(noise(8, 333))
    loss = nn.functional.cross_entropy(logits.float(), torch.arange(8) % CLASSES)
    for gradient in torch.autograd.grad(loss, list(network.parameters())):
        assert gradient.dtype == torch.float32
        assert bool(gradient.isfinite().all())
        assert bool(gradient.any())


@every_pair
def test_one_graph_answers_as_pytorch_does_at_every_length(pair: Pair) -> None:
    shortest, window, longest = range_of(pair)
    classifier, answer = classifier_of(pair), answers_of(open_session(exported(pair)))
    for length in (shortest, shortest + 1, 709, window - 1, window, window + 1, 2047, longest):
        for batch in (1, 3):
            samples = noise(batch, length)
            with torch.no_grad():
                wanted = classifier(samples)
            for name, values in answer(samples.numpy()).items():
                stage = getattr(wanted, name)
                assert values.shape == stage.shape
                assert float((torch.from_numpy(values) - stage).abs().max()) <= ROUNDING, name


@every_pair
def test_a_second_export_in_one_process_gives_the_same_bytes(pair: Pair) -> None:
    first = exported(pair)
    exported.cache_clear()
    assert exported(pair) == first
