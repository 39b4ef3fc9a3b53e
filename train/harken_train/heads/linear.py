"""The network's own last layer, trained with it: nothing is fitted afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from harken_train.heads import FittedHead, heads


@heads.register("linear")
@dataclass(frozen=True, kw_only=True)
class Linear:
    """The network's own logits."""

    fitted: ClassVar[bool] = False

    def check(self, embedding: int, counts: Tensor) -> None:
        """Take any."""

    def fit(
        self,
        embeddings: Tensor,  # noqa: ARG002  # the same for all heads
        labels: Tensor,  # noqa: ARG002
        classes: int,  # noqa: ARG002
    ) -> FittedHead | None:
        return None

    def load(self, state: Mapping[str, Tensor]) -> FittedHead | None:  # noqa: ARG002
        return None
