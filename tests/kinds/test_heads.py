"""Every head that is registered: fitted, kept, loaded, exported; the same answers each time."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from harken.errors import DataError
from harken.settings import dump, load
from harken_export.graph import to_onnx
from harken_export.session import answers_of, open_session
from harken_train.classifier import decided, logit_count
from harken_train.heads import FittedHead, heads

VALUES, SEGMENTS = 6, 120
FITTED = [kind for kind in heads.kinds() if heads.get(kind).fitted]
# float32 logits of a few votes; the arithmetic before them is float64 on both sides
ROUNDING = 1e-6

every_head = pytest.mark.parametrize("kind", heads.kinds())
every_fitted_head = pytest.mark.parametrize("kind", FITTED)
some_classes = pytest.mark.parametrize("classes", [2, 3, 5])


def embeddings_of(labels: Tensor, seed: int = 0) -> Tensor:
    """A cloud a class, which overlap a little."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(9).normal(size=(int(labels.max()) + 1, VALUES)) * 2
    cloud = middles[labels.numpy()] + rng.normal(size=(len(labels), VALUES))
    return torch.from_numpy(cloud.astype(np.float32))


def labels_of(classes: int) -> Tensor:
    return torch.arange(SEGMENTS) % classes


def fitted(kind: str, classes: int) -> FittedHead:
    labels = labels_of(classes)
    head = heads.get(kind)().fit(embeddings_of(labels), labels, classes)
    assert head is not None
    return head.eval()


class Alone(nn.Module):
    """A head that takes (batch, 1, values), as the exporter's input is."""

    def __init__(self, head: FittedHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, samples: Tensor) -> tuple[Tensor]:
        return (self.head(samples.squeeze(1)),)


@every_head
def test_settings_survive_being_written_into_a_recipe(kind: str) -> None:
    settings = heads.get(kind)()
    assert load(type(settings), dump(settings)) == settings


@every_head
def test_a_head_that_is_not_fitted_leaves_the_networks_logits(kind: str) -> None:
    settings, labels = heads.get(kind)(), labels_of(3)
    made = settings.fit(embeddings_of(labels), labels, 3)
    assert (made is not None) == settings.fitted


@every_fitted_head
@some_classes
def test_a_head_gives_as_many_logits_as_the_classes_want(kind: str, classes: int) -> None:
    labels = labels_of(classes)
    logits = fitted(kind, classes)(embeddings_of(labels, seed=1))
    assert logits.shape == (SEGMENTS, logit_count(classes))
    assert logits.dtype == torch.float32
    right = float((decided(logits) == labels).double().mean())
    assert right > 0.8, "clouds that hardly overlap are told apart, or the classes are mixed up"


@every_fitted_head
@some_classes
def test_a_head_that_was_kept_answers_as_before(kind: str, classes: int) -> None:
    head, content = fitted(kind, classes), io.BytesIO()
    torch.save(head.state_dict(), content)
    content.seek(0)
    again = heads.get(kind)().load(torch.load(content, weights_only=True))
    assert again is not None
    new = embeddings_of(labels_of(classes), seed=1)
    assert torch.equal(again(new), head(new))
    assert again.facts() == head.facts()


@every_fitted_head
def test_the_same_segments_give_the_same_head_to_the_bit(kind: str) -> None:
    one, other = fitted(kind, 3).state_dict(), fitted(kind, 3).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


@every_fitted_head
@some_classes
def test_a_head_answers_in_onnxruntime_as_in_torch(kind: str, classes: int) -> None:
    head = fitted(kind, classes)
    content = to_onnx(Alone(head).eval(), torch.zeros(1, 1, VALUES), ("logits",))
    new = torch.cat([embeddings_of(labels_of(classes), seed=1) * k for k in (1e-7, 1.0, 1e6)])
    with torch.no_grad():
        expected = head(new).numpy()
    for batch in (1, 7):
        answer = answers_of(open_session(content), ("logits",))
        pieces = new.numpy()[:, None]
        given = np.concatenate(
            [answer(pieces[k : k + batch])["logits"] for k in range(0, len(pieces), batch)]
        )
        limits = ROUNDING * np.maximum(1.0, np.abs(expected))
        assert (np.abs(given - expected) <= limits).all()


@every_fitted_head
def test_a_class_without_a_segment_is_one_clear_error(kind: str) -> None:
    labels = torch.arange(SEGMENTS) % 3
    with pytest.raises(DataError, match=r"^head: class 3 of 4 \(from 0\) has no training segment"):
        heads.get(kind)().fit(embeddings_of(labels), labels, 4)


@every_fitted_head
def test_embeddings_that_are_all_equal_are_one_clear_error(kind: str) -> None:
    labels = labels_of(3)
    equal = torch.full((SEGMENTS, VALUES), 0.3)
    equal[7] += 1e-8  # what float32 sums in another order leave
    with pytest.raises(DataError, match=r"^head: all training segments have the same embedding"):
        heads.get(kind)().fit(equal, labels, 3)
