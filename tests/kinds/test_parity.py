"""Every front-end with every network, in every precision, held to PyTorch through `harken.Model`.

A new kind joins by itself: it is built with its default settings at 12 kHz and 2048 samples. A
pair whose shapes do not fit must say so.
"""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

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
from harken_export.parity import BATCHES, Inputs, in_batches, prove
from harken_export.probe import probe_of
from harken_export.quantize import SCHEMES, quantized
from harken_export.session import OUTPUTS, Answer, Answers, answers_of, open_session
from harken_train.classifier import Classifier
from harken_train.frontends import frontends
from harken_train.networks import networks
from harken_train.readers.cwru import Cwru
from harken_train.readers.simulated import Simulated
from harken_train.recordings import Recording
from harken_train.stress import stress_inputs

RATE, WINDOW = 12_000, 2048
CLASSES = ("a", "b", "c", "d")
SIGNAL = ModelInput(rate=RATE, window=WINDOW)
# Root mean square error of int8 logits over their spread; random weights, measured at most 0.07.
LARGEST_NOISE = 0.15

Pair = tuple[str, str]


def classifier_of(pair: Pair) -> Classifier:
    """Random weights from a seed; `SettingsError` when the shapes do not fit."""
    torch.manual_seed(0)
    frontend = frontends.get(pair[0])().build(rate=RATE, window=WINDOW).eval()
    with torch.no_grad():
        shape = tuple(frontend(torch.zeros(1, 1, WINDOW)).shape[1:])
    return Classifier(frontend, networks.get(pair[1])().build(shape, len(CLASSES)))


def fits(pair: Pair) -> bool:
    try:
        classifier_of(pair)
    except SettingsError:
        return False
    return True


PAIRS = list(itertools.product(frontends.kinds(), networks.kinds()))
FITTING = [pair for pair in PAIRS if fits(pair)]


@functools.cache
def composed(pair: Pair) -> Composed:
    """The pair as one graph, its statistics set by a pass over noise of many levels."""
    classifier = classifier_of(pair)
    noise = torch.from_numpy(probe_inputs(16, 1, WINDOW, 1.0))
    for norm in classifier.modules():
        if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
            norm.momentum = None  # the plain mean over all passes
    classifier.network.train()
    with torch.no_grad():
        features = classifier.frontend(noise)
        classifier.mean[:], classifier.deviation[:] = features.mean(), features.std()
        classifier.from_features(features)
    return compose_classifier(classifier, 1, WINDOW)


def opened(pair: Pair, content: bytes, classifier: Classifier | None) -> Answer:
    """The graph with a contract and a probe, opened as a device opens it."""
    contract = Contract(
        name="-".join(pair),
        input=SIGNAL,
        hop=WINDOW,
        outputs=tuple(Output(name=n, shape=s) for n, s in composed(pair).shapes.items()),
        classes=CLASSES,
        probe=probe_of(content, SIGNAL, classifier),
    )
    model = Model(sealed(content, contract, "test"), probe=True)

    def answer(samples: Samples) -> Answers:
        return dict(zip(OUTPUTS, model.run(samples, OUTPUTS), strict=True))

    return answer


def stress() -> Inputs:
    inputs = stress_inputs(WINDOW, RATE)
    return Inputs(np.stack(list(inputs.values())), tuple(inputs), segments=len(inputs))


def windows_of(recordings: list[Recording]) -> Inputs:
    """The first eight windows of each recording."""
    found: dict[str, Samples] = {}
    for recording in recordings:
        samples = recording.read()[0, : 8 * WINDOW]
        for k in range(8):
            found[f"{recording.name} {k}"] = samples[None, k * WINDOW : (k + 1) * WINDOW]
    return Inputs(np.stack(list(found.values())), tuple(found), segments=len(found))


@pytest.fixture(scope="module", params=["simulated", pytest.param("real", marks=pytest.mark.data)])
def segments(request: pytest.FixtureRequest) -> Inputs:
    """Eight windows of each state: simulated everywhere, and of four recordings where they are."""
    if request.param == "simulated":
        return windows_of(Simulated(bearings=1, seconds=8 * WINDOW / RATE).recordings())
    folder: Path = request.getfixturevalue("cwru")
    return windows_of(Cwru(path=folder, sizes=(7,), loads=(0,)).recordings())


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair not in FITTING], ids="-".join)
def test_a_pair_whose_shapes_do_not_fit_says_what_is_needed(pair: Pair) -> None:
    with pytest.raises(SettingsError, match=pair[1]):
        classifier_of(pair)


def test_every_front_end_and_every_network_has_a_partner() -> None:
    assert {pair[0] for pair in FITTING} == set(frontends.kinds())
    assert {pair[1] for pair in FITTING} == set(networks.kinds())


@pytest.mark.parametrize("pair", FITTING, ids="-".join)
def test_float_files_answer_as_pytorch_does_on_stress_inputs(pair: Pair) -> None:
    graph = composed(pair)
    answer = opened(pair, graph.content, graph.classifier)
    report = prove(graph.classifier, answer, stress(), unit=frontends.get(pair[0])().unit)
    assert report.batches == BATCHES
    assert [stage.stage for stage in report.stages] == list(OUTPUTS)


@pytest.mark.parametrize("pair", FITTING, ids="-".join)
def test_float_files_decide_as_pytorch_does_on_segments(pair: Pair, segments: Inputs) -> None:
    graph = composed(pair)
    answer = opened(pair, graph.content, graph.classifier)
    report = prove(graph.classifier, answer, segments, unit=frontends.get(pair[0])().unit)
    assert round((1.0 - report.agreement) * report.segments) <= len(report.ties)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("pair", FITTING, ids="-".join)
def test_int8_files_keep_features_exact_and_logits_near(
    pair: Pair, scheme: str, segments: Inputs
) -> None:
    graph = composed(pair)
    model = onnx.load_from_string(graph.content)
    assert layers.weighted(model)
    fp32 = answers_of(open_session(graph.content))(segments.samples)
    ranges = calibrate.ranges(model, fp32["features"][::2], "minmax")
    answer = opened(pair, quantized(graph.content, scheme, ranges), None)
    unit = frontends.get(pair[0])().unit
    for each in (segments, stress()):
        report = prove(graph.classifier, answer, each, unit=unit, precision="int8")
        assert report.stages[0].difference <= report.stages[0].allowed
    for batch in BATCHES:
        error = in_batches(answer, segments.samples, batch)["logits"] - fp32["logits"]
        assert np.sqrt((error**2).mean()) <= LARGEST_NOISE * fp32["logits"].std()
