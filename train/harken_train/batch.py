"""What one step of a training works on, by number."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """``numbers`` (n,) of segments. Of whole recordings ``columns`` features, from ``first`` on."""

    numbers: Tensor
    first: Tensor = field(default_factory=lambda: torch.empty(0))
    columns: int = 0

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self, which: Tensor) -> Batch:
        """Only these of its rows."""
        return Batch(
            self.numbers[which], self.first[which] if self.columns else self.first, self.columns
        )
