"""The network's own last layer, trained with it: nothing is fitted afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from harken_train.heads import heads


@heads.register("linear")
@dataclass(frozen=True, kw_only=True)
class Linear:
    """The network's own logits."""

    def fit(
        self,
        embeddings: Tensor,  # noqa: ARG002  # the same for all heads
        labels: Tensor,  # noqa: ARG002
        classes: int,  # noqa: ARG002
    ) -> nn.Module | None:
        return None
