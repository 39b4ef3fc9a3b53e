"""How the sources' mistakes look from outside, and what keeps them out (docs/mistakes.md)."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from harken.errors import DataError, UsageError
from harken.stream import Samples
from harken_train.balance import class_weights
from harken_train.classifier import Classifier, decided, logit_count
from harken_train.device import choose_device
from harken_train.features import mean_and_deviation
from harken_train.heads.svm import Svm
from harken_train.loss import mean_loss
from harken_train.networks.spectrogram_lstm import SpectrogramLstm
from harken_train.networks.wavelet_cnn import WaveletCnn
from harken_train.recordings import Recording, whole
from harken_train.segments import cut

EVEN = torch.ones(2)
CHANCE = 0.6  # of two classes alike: 256 tosses of a coin stay below it


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_cross_entropy_on_one_logit_is_zero_whatever_is_answered() -> None:
    logits = torch.randn(8, 1, generator=seeded(0)).requires_grad_()
    labels = torch.arange(8) % 2
    theirs = functional.cross_entropy(logits, labels[:, None].float())
    assert float(theirs.detach()) == 0.0
    assert not bool(torch.autograd.grad(theirs, logits)[0].any())
    ours = mean_loss(logits, labels, EVEN)
    assert bool(torch.autograd.grad(ours, logits)[0].all())


def two_tones(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Features (count, 1, 64) on a constant of a million, one of two tones in noise; labels."""
    labels = torch.arange(count) % 2
    time = torch.arange(64) / 64
    tones = torch.stack([torch.sin(2 * torch.pi * k * time) for k in (3, 5)])
    noise = 0.3 * torch.randn(count, 64, generator=seeded(seed))
    return (1e6 + tones[labels] + noise)[:, None], labels


@functools.cache
def trained(*, standardised: bool) -> Classifier:
    features, labels = two_tones(128, 0)
    torch.manual_seed(0)
    network = WaveletCnn(features=16).build((1, 64), logit_count(2))
    classifier = Classifier(nn.Identity(), network)
    if standardised:
        mean, deviation = mean_and_deviation(features)
        classifier.mean.fill_(mean)
        classifier.deviation.fill_(deviation)
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
    for _ in range(40):
        loss = mean_loss(classifier.from_features(features)[1], labels, EVEN)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
    return classifier.eval()


def accuracy(logits: Tensor, labels: Tensor) -> float:
    return float((decided(logits) == labels).double().mean())


@pytest.mark.parametrize("standardised", [False, True])
def test_features_far_from_zero_are_learned_only_when_standardised(standardised: bool) -> None:
    classifier = trained(standardised=standardised)
    features, labels = two_tones(256, 1)
    with torch.no_grad():
        right = accuracy(classifier(features).logits, labels)
    assert (right > 0.95) is standardised
    assert (right <= CHANCE) is not standardised


def test_a_transform_left_out_in_validation_leaves_chance() -> None:
    classifier = trained(standardised=True)
    features, labels = two_tones(256, 1)
    with torch.no_grad():
        assert accuracy(classifier.network(features)[1], labels) <= CHANCE  # without it
        assert accuracy(classifier(features).logits, labels) > 0.95  # it is part of the module


@pytest.mark.parametrize(("how", "least", "most"), [("none", 0.0, 0.1), ("balanced", 0.6, 0.9)])
def test_a_rare_class_is_never_named_unless_it_weighs_as_much(
    how: str, least: float, most: float
) -> None:
    counts = torch.tensor([1900, 100])
    labels = torch.repeat_interleave(torch.arange(2), counts)
    values = labels * 1.5 + torch.randn(2000, generator=seeded(0))  # of deviation 1: they overlap
    network = nn.Linear(1, 1)
    optimizer = torch.optim.LBFGS(network.parameters(), max_iter=100)

    def loss() -> float:
        optimizer.zero_grad()
        found = mean_loss(network(values[:, None]), labels, class_weights(counts, how))
        found.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return float(found.detach())

    optimizer.step(loss)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    with torch.no_grad():
        said = decided(network(values[:, None]))
    assert least <= float(said[labels == 1].double().mean()) <= most
    if how == "none":
        assert float((said == labels).double().mean()) >= 0.94  # and that looks splendid


def test_an_svm_of_another_number_of_classes_is_refused() -> None:
    embeddings = torch.randn(40, 5, generator=seeded(0))
    two = torch.arange(40) % 2
    with pytest.raises(DataError, match=r"class 2, 3 of 4 .* tells only classes that it has seen"):
        Svm().fit(embeddings, two, 4)
    four = Svm().fit(embeddings, torch.arange(40) % 4, 4)
    assert isinstance(four, nn.Module)
    assert four(embeddings).shape == (40, 4)


def recording(label: str, number: int, frames: int) -> Recording:
    samples = np.random.default_rng([frames, number]).normal(size=(1, frames)).astype(np.float32)
    return Recording(
        name=f"{label} {number}",
        label=label,
        group=f"{label} {number}",
        rate=300,
        frames=frames,
        read=lambda: samples,
    )


def trailing_zeros(samples: Samples) -> int:
    return int((np.cumsum(np.abs(samples[::-1])) == 0.0).sum())


def test_padding_tells_the_class_and_windows_are_never_padded() -> None:
    recordings = [recording("short", k, 5000 + 100 * k) for k in range(6)]
    recordings += [recording("long", k, 8000 + 100 * k) for k in range(6)]
    padded = [np.pad(one.read()[0], (0, 9000 - one.frames)) for one in recordings]
    assert [trailing_zeros(one) > 2000 for one in padded] == [True] * 6 + [False] * 6
    segments = cut(recordings, whole(recordings), ("long", "short"), window=1024, hop=1024)
    assert len(segments) == sum(one.frames // 1024 for one in recordings)
    assert all(trailing_zeros(one[0]) == 0 for one in segments.samples)


def test_a_device_that_is_not_there_is_said_in_one_line() -> None:
    if not torch.cuda.is_available():
        with pytest.raises(UsageError, match="--device cuda: torch finds none here"):
            choose_device("cuda")
    assert choose_device("auto").type in ("cuda", "mps", "cpu")
    assert choose_device("cpu").type == "cpu"


def with_columns_in(order: Tensor, network: nn.Module) -> nn.Module:
    """The same network, but for the order of the weights of its first layer's inputs."""
    state = network.state_dict()
    name = "recurrence.cells.weight_ih_l0"
    network.load_state_dict({**state, name: state[name][:, order]})
    return network


def test_a_recurrence_over_rows_knows_no_order_in_time() -> None:
    shuffled = torch.randperm(20, generator=seeded(0))
    images = torch.randn(4, 1, 12, 20, generator=seeded(1))
    torch.manual_seed(0)
    network = SpectrogramLstm(time="rows", hidden=8).build((1, 12, 20), 1).eval()
    with torch.no_grad():
        wanted = network(images)[1]
        found = with_columns_in(shuffled, network)(images[..., shuffled])[1]
    assert torch.allclose(found, wanted, atol=1e-6)  # sums of 20 float32 in another order


@pytest.mark.parametrize(("time", "same"), [("rows", False), ("columns", True)])
def test_only_a_recurrence_over_columns_fits_clips_of_any_length(time: str, same: bool) -> None:
    settings = SpectrogramLstm(time="rows" if time == "rows" else "columns", hidden=8)
    state = settings.build((1, 12, 20), 1).state_dict()
    longer = settings.build((1, 12, 40), 1).state_dict()
    shapes = [{name: value.shape for name, value in each.items()} for each in (state, longer)]
    assert (shapes[0] == shapes[1]) is same
