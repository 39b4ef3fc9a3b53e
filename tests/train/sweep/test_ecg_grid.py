"""The source's grid runs: a corner of it, on small simulated recordings."""

from __future__ import annotations

import json
import re
from pathlib import Path

from harken_train.cli import outcome
from harken_train.cli.main import PROGRAM, app
from harken_train.sweep.settings import spaces

SETS = (
    "name=beats",
    "data.bearings=8",
    "data.seconds=0.5",
    "data.states=[normal, ball]",
    "signal.window=1024",
    "signal.hop=1024",
    "training.epochs=1",
    "split.test=0.25",
)


def corner(text: str) -> str:
    """The grid with two of its six augmentations and one of its two levels."""
    text = re.sub(
        r"\[parameters.choices.(shift|noise|warp|scale)\]\naugmentations = .*\n", "", text
    )
    return text.replace("choices = [6, 4]", "choices = [4]")


def test_every_transform_runs_with_and_without_an_svm_and_augmentation(tmp_path: Path) -> None:
    path = tmp_path / "corner.toml"
    path.write_text(corner(spaces()["ecg_grid"].read_text()))
    sets = [
        word
        for setting in SETS
        for word in ("--set", setting.replace("[normal, ball]", '["normal", "ball"]'))
    ]
    words = ["sweep", "bearing_simulated", "--search", str(path), *sets, "--out", str(tmp_path)]
    assert outcome.run(app, PROGRAM, [*words, "-q"]) == 0
    found = json.loads((tmp_path / "beats-ecg_grid" / "results.json").read_text())["trials"]
    assert [row["state"] for row in found] == ["done"] * (2 * 2 * (2 + 1 + 1))
    reached = {tuple(sorted(row["settings"].items())): row["figures"]["loss"] for row in found}
    assert len(reached) == 16
    assert len(set(reached.values())) > 8, "the settings did make a difference"
