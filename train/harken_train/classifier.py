"""Front-end, standardisation, network, head as one module: what is trained is what is exported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Stages(NamedTuple):
    """Every stage of an answer, first axis the batch; the names are the graph's outputs."""

    features: Tensor
    embedding: Tensor
    logits: Tensor
    scores: Tensor


class Classifier(nn.Module):
    """(batch, channels, window) float32 samples -> `Stages`.

    Features are standardised by one mean and one deviation, measured on the training segments:
    that keeps what the front-end says of level within a window, and scales it for the network.
    ``head``, when there is one, gives the logits in place of the network. ``temperature`` divides
    the logits, so that scores are as sure as answers are right (`harken_train.temperature`).
    """

    temperature: float = 1.0
    mean: Tensor
    deviation: Tensor

    def __init__(
        self, frontend: nn.Module, network: nn.Module, head: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.frontend = frontend
        self.network = network
        self.head = head
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("deviation", torch.ones(1))

    def forward(self, samples: Tensor) -> Stages:
        features = self.frontend(samples)
        embedding, logits = self.from_features(features)
        if self.head is not None:
            logits = self.head(embedding)
        if self.temperature != 1.0:
            logits = logits / self.temperature
        return Stages(features, embedding, logits, scores_of(logits))

    def from_features(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Embedding (batch, e) and the network's logits of features computed before."""
        embedding, logits = self.network((features - self.mean) / self.deviation)
        return embedding, logits

    def load_learned(self, weights: Mapping[str, Tensor]) -> None:
        """Take the weights of a checkpoint; the front-end, which learns nothing, stays as built.

        So its constants may change their names. Other weights that do not fit are torch's own
        `RuntimeError`.
        """
        built = {key: value for key, value in self.state_dict().items() if _is_built(key)}
        learned = {key: value for key, value in weights.items() if not _is_built(key)}
        self.load_state_dict(built | learned)


def _is_built(name: str) -> bool:
    return name.startswith("frontend.")


def logit_count(classes: int) -> int:
    """How many logits tell so many classes: one each, but a single one, of the second, for two."""
    return 1 if classes == 2 else classes


def scores_of(logits: Tensor) -> Tensor:
    """(batch, logits) -> (batch, classes), each row from 0 to 1 and together 1."""
    if logits.shape[-1] == 1:
        return torch.sigmoid(torch.cat([-logits, logits], dim=-1))
    return torch.softmax(logits, dim=-1)


def a_class_each(logits: Tensor) -> Tensor:
    """(batch, logits) -> (batch, classes): logits whose softmax are the scores, two for one too."""
    return torch.cat([-logits, logits], dim=-1) / 2.0 if logits.shape[-1] == 1 else logits


def decided(logits: Tensor) -> Tensor:
    """(batch, logits) -> (batch,): the class of each row, as the scores would have it."""
    return (logits[:, 0] > 0.0).long() if logits.shape[-1] == 1 else logits.argmax(-1)
