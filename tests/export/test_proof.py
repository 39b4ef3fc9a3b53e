"""Parity fails where it must, and says where."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from harken.stream import Samples
from harken_export.compose import compose_classifier
from harken_export.inputs import Inputs
from harken_export.last_digit import last_digit
from harken_export.parity import EMBEDDING, LOGITS, ParityError, prove
from harken_export.session import Answers, answers_of, open_session
from harken_train.classifier import Classifier

NAMES = ("pump 3 from sample 0", "pump 3 from sample 64", "stress input 'silence'")
SAMPLES = np.random.default_rng(1).standard_normal((3, 1, 64)).astype(np.float32)
INPUTS = Inputs(SAMPLES, NAMES, segments=2)


class Halves(nn.Module):
    """Embedding: the mean of each half; logits: the same twice as large."""

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        embedding = features.reshape(-1, 2, 32).mean(-1)
        return embedding, 2.0 * embedding


CLASSIFIER = Classifier(nn.Identity(), Halves()).eval()


def answer_but(stage: str, change: Any) -> Any:
    """PyTorch's own answers, one stage of them changed."""

    def answer(samples: np.ndarray[Any, np.dtype[np.float32]]) -> Answers:
        with torch.no_grad():
            stages = CLASSIFIER(torch.from_numpy(samples))
        answers = {name: value.numpy().copy() for name, value in stages._asdict().items()}
        answers[stage] = change(answers[stage])
        return answers

    return answer


def test_equal_answers_pass_and_are_counted() -> None:
    report = prove(CLASSIFIER, answer_but("scores", lambda x: x), INPUTS, unit="linear")
    assert (report.segments, report.stress, report.agreement, report.ties) == (2, 1, 1.0, ())
    assert {stage.difference for stage in report.stages} == {0.0}


@pytest.mark.parametrize("stage", ["features", "embedding", "logits", "scores"])
def test_a_failure_names_the_stage_the_input_and_the_batch(stage: str) -> None:
    answer = answer_but(stage, lambda x: x + np.float32(0.01))
    with pytest.raises(ParityError, match=rf"{stage} differs by 0\.01.* in a batch of 1"):
        prove(CLASSIFIER, answer, INPUTS, unit="linear")


def test_the_input_that_is_named_is_the_worst_one() -> None:
    def spoil(logits: Any) -> Any:
        return logits + np.where(len(logits) == 1, 0.0, np.arange(len(logits)))[:, None]

    with pytest.raises(ParityError, match=r"on stress input 'silence' in a batch of 7"):
        prove(CLASSIFIER, answer_but("logits", spoil), INPUTS, unit="linear")


def test_not_a_number_is_beyond_every_limit_even_for_int8() -> None:
    answer = answer_but("logits", lambda x: x * np.float32(np.nan))
    with pytest.raises(ParityError, match="logits differs by nan"):
        prove(CLASSIFIER, answer, INPUTS, unit="linear", precision="int8")


def test_int8_may_differ_behind_the_features_and_the_report_says_how_much() -> None:
    report = prove(
        CLASSIFIER,
        answer_but("logits", lambda x: x + np.float32(0.25)),
        INPUTS,
        unit="linear",
        precision="int8",
    )
    logits = report.as_dict()["stages"]["logits"]
    assert logits["difference"] == 0.25
    assert "allowed" not in logits
    with pytest.raises(ParityError, match="features"):
        prove(
            CLASSIFIER,
            answer_but("features", lambda x: x + np.float32(0.01)),
            INPUTS,
            unit="linear",
            precision="int8",
        )


def test_another_decision_is_a_failure_unless_pytorch_itself_is_undecided() -> None:
    def swap(scores: Any) -> Any:
        return scores[:, ::-1]

    even = Inputs(np.ones((2, 1, 64), np.float32), NAMES[:2], segments=2)
    report = prove(CLASSIFIER, answer_but("scores", swap), even, unit="linear")
    assert report.ties == NAMES[:2]
    uneven = np.ones((2, 1, 64), np.float32)
    uneven[:, :, :32] += np.float32(3 * LOGITS)  # beyond the limit of the logits, scores within
    with pytest.raises(ParityError, match="scores"):
        prove(
            CLASSIFIER,
            answer_but("scores", swap),
            Inputs(uneven, NAMES[:2], segments=2),
            unit="linear",
        )


def test_another_shape_is_a_failure() -> None:
    with pytest.raises(ParityError, match="embedding has shape"):
        prove(CLASSIFIER, answer_but("embedding", lambda x: x[:, :1]), INPUTS, unit="linear")


class Cancels(nn.Module):
    """The small sum of differences of what is a million times as large."""

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        first, second = features.reshape(-1, 2, 32).unbind(1)
        embedding = torch.tanh(1e-3 * (first - second).reshape(-1, 2, 16).sum(-1))
        return embedding, embedding


@pytest.mark.parametrize(("times", "passes"), [(1.0, True), (10.0, False)])
def test_no_limit_is_finer_than_what_the_last_digit_of_the_features_moves(
    times: float, passes: bool
) -> None:
    classifier = Classifier(nn.Identity(), Cancels()).eval()
    samples = np.full((1, 1, 64), 1e6, np.float32)
    moved = last_digit(classifier, samples)["embedding"]
    assert moved > 10 * EMBEDDING

    def answer(samples: Samples) -> Answers:
        with torch.no_grad():
            answers = classifier(torch.from_numpy(samples))._asdict()
        found = {name: value.numpy().copy() for name, value in answers.items()}
        found["embedding"] += np.float32(0.9 * times * moved)
        return found

    inputs = Inputs(samples, NAMES[:1], segments=1)
    if passes:
        prove(classifier, answer, inputs, unit="linear")
        return
    with pytest.raises(ParityError, match="embedding"):
        prove(classifier, answer, inputs, unit="linear")


class Decibels(nn.Module):
    """Power in dB above a floor that is added: the exporter deletes terms of 1e-8 and less."""

    def forward(self, samples: Tensor) -> Tensor:
        power = samples.square().reshape(-1, 2, 32).mean(-1, keepdim=True)
        return 10.0 * torch.log10(power + 1e-10).expand(-1, 2, 32)


def test_silence_finds_the_small_constant_that_the_exporter_deletes() -> None:
    graph = compose_classifier(Classifier(Decibels(), Halves()), 1, 64)
    silence = Inputs(np.zeros((1, 1, 64), np.float32), ("stress input 'silence'",), segments=1)
    with pytest.raises(ParityError, match=r"features differs by inf .* on stress input 'silence'"):
        prove(graph.classifier, answers_of(open_session(graph.content)), silence, unit="dB")
