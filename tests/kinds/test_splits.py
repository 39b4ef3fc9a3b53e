"""What every split must keep, over the registry: a new kind joins by its file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harken.settings import dump, load
from harken_train.audit import audit
from harken_train.recordings import Recording
from harken_train.splits import Splitter, splits

WINDOW = 64
NEEDED: dict[str, dict[str, Any]] = {  # settings without a default
    "attribute": {"name": "day", "test": [2], "shares": "machine"},
    "fold": {"folds": 4},  # four machines a class
}


def recordings() -> list[Recording]:
    found = []
    for i in range(24):
        samples = np.random.default_rng(i).standard_normal((1, 1000)).astype(np.float32)
        found.append(
            Recording(
                name=f"{i}.wav",
                label=("good", "bad")[i % 2],
                group=f"machine {i % 8}",
                rate=1000,
                frames=1000,
                read=lambda samples=samples: samples,  # type: ignore[misc]  # binds this one's
                attributes={"day": i // 8},
            )
        )
    return found


def splitter(kind: str) -> Splitter:
    return load(splits.get(kind), NEEDED.get(kind, {}), f"split {kind}")


@pytest.mark.parametrize("kind", splits.kinds())
def test_a_split_passes_the_audit(kind: str) -> None:
    found = splitter(kind).split(recordings(), WINDOW, np.random.default_rng(0))
    report = audit(recordings(), found, WINDOW)
    assert report.totals["train"].segments > report.totals["test"].segments > 0
    assert report.totals["validation"].segments > 0


@pytest.mark.parametrize("kind", splits.kinds())
def test_a_split_is_the_same_for_the_same_generator(kind: str) -> None:
    one, other = (
        splitter(kind).split(recordings(), WINDOW, np.random.default_rng(5)) for _ in range(2)
    )
    assert one == other


@pytest.mark.parametrize("kind", splits.kinds())
def test_a_splits_settings_come_back_from_a_recipe(kind: str) -> None:
    settings = splitter(kind)
    assert load(splits.get(kind), dump(settings)) == settings
