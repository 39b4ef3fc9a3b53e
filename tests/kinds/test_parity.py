"""Every front-end with every network, in every precision, held to PyTorch through `harken.Model`.

A new kind joins by itself: a front-end in its ``small()`` form (``tests/reference/KIND.py``), a
network with its default settings. A pair whose shapes do not fit must say so.
"""

from __future__ import annotations

import functools
import importlib
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from harken.contract import Contract, ModelInput, Output
from harken.errors import SettingsError
from harken.model import Model
from harken.probe import probe_inputs
from harken.seal import sealed
from harken.stream import Samples
from harken_export import calibrate, layers
from harken_export.compose import Composed, compose_classifier
from harken_export.inputs import Inputs
from harken_export.parity import BATCHES, prove
from harken_export.probe import probe_of
from harken_export.quantize import quantized
from harken_export.session import OUTPUTS, Answer, Answers, answers_of, in_batches, open_session
from harken_train.classifier import Classifier, logit_count
from harken_train.frontends import frontends
from harken_train.networks import networks
from harken_train.ragged import Ragged
from harken_train.readers.cwru import Cwru
from harken_train.readers.simulated import Simulated
from harken_train.recordings import Recording
from harken_train.stress import stress_inputs

CLASSES = ("a", "b", "c", "d")
TWO = CLASSES[:2]
# Root mean square error of int8 logits over their spread; random weights, at most 0.12 (resnet1d on
# wavelets) and 0.09 for all other pairs.
LARGEST_NOISE = 0.15
LARGEST_OF_PAIRS = {("spectrum", "se_resnet"): 0.4}  # 15 layers deep on values far apart: 0.36

Pair = tuple[str, str]


@functools.cache
def small(frontend: str) -> tuple[Any, int, int]:
    """Settings, window and rate of a front-end's smallest sensible form."""
    made: tuple[Any, int, int] = importlib.import_module(f"tests.reference.{frontend}").small()
    return made


def classifier_of(pair: Pair, classes: tuple[str, ...] = CLASSES) -> Classifier:
    """Random weights from a seed; `SettingsError` when the shapes do not fit."""
    torch.manual_seed(0)
    settings, window, rate = small(pair[0])
    frontend = settings.build(rate=rate, window=window).eval()
    with torch.no_grad():
        shape = tuple(frontend(torch.zeros(1, 1, window)).shape[1:])
    return Classifier(frontend, networks.get(pair[1])().build(shape, logit_count(len(classes))))


def inner_layers(pair: Pair) -> int | None:
    """Layers before the last that int8 kernels exist for; ``None`` when the shapes do not fit."""
    try:
        network = classifier_of(pair).network
    except SettingsError:
        return None
    kinds = (nn.Conv1d, nn.Conv2d, nn.Linear)
    return sum(isinstance(layer, kinds) for layer in network.modules()) - 1


PAIRS = list(itertools.product(frontends.kinds(), networks.kinds()))
INNER = {pair: inner_layers(pair) for pair in PAIRS}
FITTING = [pair for pair in PAIRS if INNER[pair] is not None]
FOR_INT8 = [pair for pair in FITTING if INNER[pair]]
every_pair = pytest.mark.parametrize("pair", FITTING, ids="-".join)
every_int8_pair = pytest.mark.parametrize("pair", FOR_INT8, ids="-".join)


@functools.cache
def composed(pair: Pair, classes: tuple[str, ...] = CLASSES) -> Composed:
    """The pair as one graph, its statistics set by a pass over noise of many levels."""
    classifier, window = classifier_of(pair, classes), small(pair[0])[1]
    noise = torch.from_numpy(probe_inputs(16, 1, window, 1.0))
    for norm in classifier.modules():
        if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
            norm.momentum = None  # the plain mean over all passes
    classifier.network.train()
    with torch.no_grad():
        features = classifier.frontend(noise)
        classifier.mean[:], classifier.deviation[:] = features.mean(), features.std()
        classifier.from_features(features)
    return compose_classifier(classifier, 1, window)


def opened(pair: Pair, content: bytes, classifier: Classifier | None, classes: int = 4) -> Answer:
    """The graph with a contract and a probe, opened as a device opens it."""
    _, window, rate = small(pair[0])
    takes = ModelInput(rate=rate, window=window)
    shapes = composed(pair, CLASSES[:classes]).shapes
    contract = Contract(
        name="-".join(pair),
        input=takes,
        hop=window,
        outputs=tuple(Output(name=n, shape=s) for n, s in shapes.items()),
        classes=CLASSES[:classes],
        probe=probe_of(content, takes, classifier),
    )
    model = Model(sealed(content, contract, "test"), probe=True)

    def answer(samples: Samples) -> Answers:
        return dict(zip(OUTPUTS, model.run(samples, OUTPUTS), strict=True))

    return answer


def stress(pair: Pair) -> Inputs:
    inputs = stress_inputs(small(pair[0])[1], small(pair[0])[2])
    return Inputs(np.stack(list(inputs.values())), tuple(inputs), segments=len(inputs))


def windows_of(recordings: list[Recording], window: int) -> Inputs:
    """The first eight windows of each recording."""
    found: dict[str, Samples] = {}
    for recording in recordings:
        samples = recording.read()[0, : 8 * window]
        for k in range(8):
            found[f"{recording.name} {k}"] = samples[None, k * window : (k + 1) * window]
    return Inputs(np.stack(list(found.values())), tuple(found), segments=len(found))


@functools.cache
def simulated(window: int) -> Inputs:
    """Eight windows of each state of a bearing."""
    return windows_of(Simulated(bearings=1, seconds=8 * window / 12_000).recordings(), window)


@functools.cache
def real(folder: Path, window: int) -> Inputs:
    """The same of four recordings."""
    return windows_of(Cwru(path=folder, sizes=(7,), loads=(0,)).recordings(), window)


def int8_noise(pair: Pair, scheme: str, segments: Inputs) -> float:
    """Error of int8 logits over the spread of fp32's, in the worse batch; features are exact."""
    graph = composed(pair)
    assert not isinstance(segments.samples, Ragged)
    fp32 = answers_of(open_session(graph.content))(segments.samples)
    ranges = calibrate.ranges(onnx.load_from_string(graph.content), fp32["features"][::2], "minmax")
    answer = opened(pair, quantized(graph.content, scheme, ranges), None)
    for each in (segments, stress(pair)):
        report = prove(
            graph.classifier, answer, each, unit=small(pair[0])[0].unit, precision="int8"
        )
        assert report.stages[0].difference <= report.stages[0].allowed
    errors = [
        in_batches(answer, segments.samples, batch)["logits"] - fp32["logits"] for batch in BATCHES
    ]
    return max(float(np.sqrt((error**2).mean()) / fp32["logits"].std()) for error in errors)


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair not in FITTING], ids="-".join)
def test_a_pair_whose_shapes_do_not_fit_says_what_is_needed(pair: Pair) -> None:
    with pytest.raises(SettingsError, match=pair[1]):
        classifier_of(pair)


def test_every_front_end_and_every_network_has_a_partner() -> None:
    assert {pair[0] for pair in FITTING} == set(frontends.kinds())
    assert {pair[1] for pair in FITTING} == set(networks.kinds())


@every_pair
def test_float_files_answer_as_pytorch_does_on_stress_inputs(pair: Pair) -> None:
    graph = composed(pair)
    answer = opened(pair, graph.content, graph.classifier)
    report = prove(graph.classifier, answer, stress(pair), unit=small(pair[0])[0].unit)
    assert report.batches == BATCHES
    assert [stage.stage for stage in report.stages] == list(OUTPUTS)


@every_pair
def test_float_files_decide_as_pytorch_does_on_segments(pair: Pair) -> None:
    graph, segments = composed(pair), simulated(small(pair[0])[1])
    answer = answers_of(open_session(graph.content))
    report = prove(graph.classifier, answer, segments, unit=small(pair[0])[0].unit)
    assert round((1.0 - report.agreement) * report.segments) <= len(report.ties)


@pytest.mark.data
@every_pair
def test_float_files_decide_as_pytorch_does_on_real_segments(pair: Pair, cwru: Path) -> None:
    graph, segments = composed(pair), real(cwru, small(pair[0])[1])
    answer = answers_of(open_session(graph.content))
    report = prove(graph.classifier, answer, segments, unit=small(pair[0])[0].unit)
    assert round((1.0 - report.agreement) * report.segments) <= len(report.ties)


@every_int8_pair
def test_int8_files_keep_features_exact_and_logits_near(pair: Pair) -> None:
    assert layers.weighted(onnx.load_from_string(composed(pair).content))
    noise = int8_noise(pair, "S8S8", simulated(small(pair[0])[1]))
    assert noise <= LARGEST_OF_PAIRS.get(pair, LARGEST_NOISE)


@pytest.mark.data
@every_int8_pair
def test_int8_files_of_the_other_scheme_do_so_on_real_segments(pair: Pair, cwru: Path) -> None:
    noise = int8_noise(pair, "U8S8", real(cwru, small(pair[0])[1]))
    assert noise <= LARGEST_OF_PAIRS.get(pair, LARGEST_NOISE)


@pytest.mark.parametrize("pair", [p for p in FITTING if p not in FOR_INT8], ids="-".join)
def test_a_network_without_such_layers_has_nothing_to_quantize(pair: Pair) -> None:
    assert layers.weighted(onnx.load_from_string(composed(pair).content)) == []


@pytest.mark.parametrize("network", networks.kinds())
def test_two_classes_are_answered_as_pytorch_does_by_one_logit(network: str) -> None:
    pair = next(pair for pair in FITTING if pair[1] == network)
    graph = composed(pair, TWO)
    assert graph.shapes["logits"] == (1,)
    answer = opened(pair, graph.content, graph.classifier, classes=2)
    report = prove(
        graph.classifier, answer, simulated(small(pair[0])[1]), unit=small(pair[0])[0].unit
    )
    assert round((1.0 - report.agreement) * report.segments) <= len(report.ties)
