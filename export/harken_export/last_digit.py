"""What the last digit of float32 features is worth: no limit can be finer than that.

A network whose inner values are far larger than its answer (a recurrence answers from -1 to 1
whatever goes in) answers otherwise when its features are rounded otherwise. That is of the network
and of that input; it says nothing of onnxruntime.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from harken.stream import Samples
from harken_train.classifier import Classifier

DRAWS = 8
# The layers inside round as well, and eight draws do not find the largest. Measured: onnxruntime is
# off by 0.8 of what the draws found (`se_resnet` of random weights behind `spectrum`, a constant).
ROOM = 2.0


def last_digit(classifier: nn.Module, features: Samples) -> dict[str, float]:
    """How far PyTorch's own embedding and logits of one input may be off by rounding alone.

    ``features`` are (1, ...). Each is left alone or moved by its last digit, up or down, by a
    seeded draw; what moves the answer most counts.
    """
    inner = next((part for part in classifier.modules() if isinstance(part, Classifier)), None)
    if inner is None:
        return {}
    generator, exact = np.random.default_rng(0), torch.from_numpy(features)
    moved = {"embedding": 0.0, "logits": 0.0}
    with torch.no_grad():
        answers = inner.from_features(exact)
        for _ in range(DRAWS):
            draw = generator.integers(-1, 2, features.shape) * np.finfo(np.float32).eps
            others = inner.from_features(exact * torch.from_numpy((1.0 + draw).astype(np.float32)))
            for name, one, other in zip(moved, answers, others, strict=True):
                moved[name] = max(moved[name], float((one - other).abs().max()))
    return {name: ROOM * value for name, value in moved.items()}
