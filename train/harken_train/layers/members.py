"""Networks side by side in one, whose mean answers: steadier than any of them alone."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class Members(nn.Module):
    """(batch, ...) -> (batch, embeddings of all side by side), (batch, mean logits).

    In training each row of a batch is given to one member alone, in turn, and its logits are that
    member's (in its embedding the others' places are 0): held to one mean, networks would lean on
    each other and be less different, which is what the mean lives on. Source: Lee et al. 2015,
    "Why M heads are better than one heads", arXiv:1511.06314.
    """

    def __init__(self, members: Iterable[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        if self.training and len(self.members) > 1:
            return self._in_turn(features)
        given = [member(features) for member in self.members]
        embedding = torch.cat([found for found, _ in given], dim=1)
        return embedding, torch.stack([logits for _, logits in given]).mean(0)

    def _in_turn(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Give row i to member i modulo their number; of a few rows some members get none."""
        rows = len(features)
        given = [
            self.members[i](features[i :: len(self.members)])
            for i in range(min(rows, len(self.members)))
        ]
        embedded, decided = given[0]
        size = embedded.shape[1]
        embedding = embedded.new_zeros(rows, size * len(self.members))
        logits = decided.new_zeros(rows, decided.shape[1])
        for i, (found, own) in enumerate(given):
            embedding[i :: len(self.members), i * size : (i + 1) * size] = found
            logits[i :: len(self.members)] = own
        return embedding, logits
