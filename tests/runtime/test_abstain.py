"""A model that was told to abstain, where it is less sure than on most recordings."""

from __future__ import annotations

import numpy as np
import pytest
from tests.runtime import tiny_model

from harken.errors import SettingsError
from harken.model import Model
from harken.stream import Samples

ABSTAIN = {"0.05": 0.6, "0.2": 0.9}


def _file(abstain: dict[str, float]) -> bytes:
    return tiny_model.build(window=64, hop=24, rate=40, lengths=(50, 160), abstain=abstain)


def loud(score: float) -> Samples:
    """A recording of which the model says "fault" at this score."""
    energy = tiny_model.LOUD + np.log(score / (1 - score)) / tiny_model.STEEPNESS
    return np.tile(np.array([1.0, -1.0]) * np.sqrt(energy), 50).astype(np.float32)[None]


@pytest.mark.parametrize(
    ("share", "score", "unsure"),
    [
        (None, 0.51, False),
        (0.05, 0.59, True),
        (0.05, 0.61, False),
        (0.2, 0.61, True),
        (0.2, 0.91, False),
    ],
)
def test_a_model_abstains_at_the_share_it_is_told(
    share: float | None, score: float, unsure: bool
) -> None:
    [decision] = Model(_file(ABSTAIN), abstain=share).classify(loud(score))
    assert decision.score == pytest.approx(score, abs=1e-4)  # float32 of a steep slope
    assert (decision.valid, decision.label, decision.unsure) == (True, "fault", unsure)


def test_a_share_that_the_contract_does_not_have_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"share of 0.1 of recordings; there are: 0.05, 0.2"):
        Model(_file(ABSTAIN), abstain=0.1)
    with pytest.raises(SettingsError, match="there are: none"):
        Model(_file({}), abstain=0.05)
