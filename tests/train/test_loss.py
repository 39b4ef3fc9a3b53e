"""Two classes are one logit; the loss is torch's own, held to its definition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from tests.train.tiny_recipe import tiny_run
from torch.nn import functional

from harken_train.classifier import decided, logit_count, scores_of
from harken_train.cli.progress import Silent
from harken_train.fit import fit
from harken_train.loss import mean_loss
from harken_train.part_scores import score_part

ROUNDING = 1e-6  # of sums of ten float32 numbers
TWO = ("data.states=['normal','inner_race']", "training.epochs=12", "data.bearings=12")


def logits(count: int) -> torch.Tensor:
    return torch.randn(10, count, generator=torch.Generator().manual_seed(0))


def test_two_classes_have_one_logit_and_scores_of_both() -> None:
    assert [logit_count(classes) for classes in (2, 3, 4)] == [1, 3, 4]
    scores = scores_of(logits(1))
    assert scores.shape == (10, 2)
    assert torch.equal(scores.argmax(1), decided(logits(1)))
    assert float((scores.sum(1) - 1.0).abs().max()) <= ROUNDING


def test_one_logit_is_held_to_its_label_with_the_positives_weighed() -> None:
    labels, weights = torch.arange(10) % 3 // 2, torch.tensor([0.6, 2.5])
    z, y = logits(1)[:, 0].double().numpy(), labels.double().numpy()
    p = 1.0 / (1.0 + np.exp(-z))
    wanted = -(2.5 / 0.6 * y * np.log(p) + (1.0 - y) * np.log(1.0 - p)).mean()
    assert abs(float(mean_loss(logits(1), labels, weights)) - wanted) <= ROUNDING


def test_several_logits_have_torchs_weighted_cross_entropy() -> None:
    labels, weights = torch.arange(10) % 4, torch.tensor([0.5, 1.0, 2.0, 4.0])
    wanted = functional.cross_entropy(logits(4), labels, weights, label_smoothing=0.1)
    assert abs(float(mean_loss(logits(4), labels, weights, 0.1) - wanted)) <= ROUNDING


def test_a_set_of_two_classes_trains_with_one_logit(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "two", *TWO)
    fit(run, torch.device("cpu"), Silent(1))
    classifier = run.classifier()
    with torch.no_grad():
        stages = classifier(torch.tensor(run.segments("test").samples))
    assert stages.logits.shape[1] == 1
    assert stages.scores.shape[1] == 2
    assert score_part(classifier, run.segments("train"), "train").windows.accuracy > 0.7
