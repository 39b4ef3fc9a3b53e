"""Front-end, standardisation, network, head as one module: what is trained is what is exported."""

from __future__ import annotations

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
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, frontend: nn.Module, network: nn.Module) -> None:
        super().__init__()
        self.frontend = frontend
        self.network = network
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("deviation", torch.ones(1))

    def forward(self, samples: Tensor) -> Stages:
        features = self.frontend(samples)
        embedding, logits = self.from_features(features)
        return Stages(features, embedding, logits, torch.softmax(logits, dim=-1))

    def from_features(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Embedding (batch, e) and logits (batch, classes) of features computed before."""
        embedding, logits = self.network((features - self.mean) / self.deviation)
        return embedding, logits
