"""The one module that is trained and exported."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from harken_train.classifier import Classifier


class Scaled(nn.Module):
    """A front-end with a constant of this name."""

    def __init__(self, name: str, value: float) -> None:
        super().__init__()
        self._name = name
        self.register_buffer(name, torch.tensor([value]))

    def forward(self, samples: Tensor) -> Tensor:
        scaled: Tensor = samples * self.get_buffer(self._name)
        return scaled


def built(name: str, value: float, seed: int, logits: int = 3) -> Classifier:
    torch.manual_seed(seed)
    return Classifier(Scaled(name, value), nn.Linear(4, logits))


def test_what_was_learned_is_loaded_and_the_front_end_stays_as_it_is_built() -> None:
    trained, now = built("gain", 2.0, seed=0), built("factor", 3.0, seed=1)
    trained.mean[:] = 0.5
    now.load_learned(trained.state_dict())
    assert all(
        torch.equal(a, b)
        for a, b in zip(now.network.parameters(), trained.network.parameters(), strict=True)
    )
    assert float(now.mean) == 0.5
    assert float(now.frontend.get_buffer("factor")) == 3.0


def test_weights_of_another_network_are_not_loaded() -> None:
    with pytest.raises(RuntimeError, match="size mismatch"):
        built("gain", 2.0, seed=0).load_learned(built("gain", 2.0, seed=0, logits=5).state_dict())
