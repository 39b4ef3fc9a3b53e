"""What is worth looking at along time, for several questions at once."""

from __future__ import annotations

import torch
from torch import Tensor, nn

HIDDEN = 32  # values from which a step's weights are made


class Attention(nn.Module):
    """(batch, steps, values) -> (batch, ``heads`` * values): means over time, weights learned.

    Each head gives every step a weight by what stands in it; together they are 1. The sums are in
    float32 whatever the precision of what comes in.
    """

    def __init__(self, values: int, heads: int) -> None:
        super().__init__()
        self.say = nn.Sequential(nn.Linear(values, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, heads))

    def forward(self, steps: Tensor) -> Tensor:
        weights = torch.softmax(self.say(steps).float(), dim=1)  # (batch, steps, heads)
        return (weights.transpose(1, 2) @ steps.float()).flatten(1)
