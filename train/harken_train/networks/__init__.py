"""Networks: features -> (embedding, logits). One file, one kind."""

from __future__ import annotations

from typing import Protocol

from torch import nn

from harken.registry import Registry


class Network(Protocol):
    """Settings of a network."""

    def build(self, feature_shape: tuple[int, ...], logits: int) -> nn.Module:
        """Make the module: (batch, *feature_shape) -> (batch, e), (batch, ``logits``).

        One logit a class, and a single one for two (`logit_count`). `SettingsError` says so when
        the network cannot take features of this shape.
        """
        ...


networks: Registry[Network] = Registry("network", "harken_train.networks")
