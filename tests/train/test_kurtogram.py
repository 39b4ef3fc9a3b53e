from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from harken.errors import DataError, UsageError
from harken.stream import Samples
from harken_train.cli.main import app
from harken_train.kurtogram import draw, kurtogram, of_samples
from harken_train.recipe import Recipe
from harken_train.recipe_file import load_recipe
from harken_train.recordings import Recording
from harken_train.simulate.bearing import Bearing, simulate_bearing
from harken_train.simulate.modes import Mode
from harken_train.splits.attribute import Attribute

RATE = 12_000


def rings(frequency: float, strength: float, seed: int, seconds: float = 2.0) -> Samples:
    """Noise, and 90 strikes a second that ring for 2 ms."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    noise = rng.standard_normal(count)
    after = np.arange(count) % (RATE // 90) / RATE
    ring = np.exp(-after / 0.002) * np.sin(2 * np.pi * frequency * after)
    return (noise + strength * ring).astype(np.float32)[None]


@dataclass(frozen=True)
class Held:
    """Recordings by label and group."""

    held: tuple[tuple[str, str, Samples], ...] = field(repr=False)

    def recordings(self) -> list[Recording]:
        return [
            Recording(
                name=f"{label} {i}",
                label=label,
                group=group,
                rate=RATE,
                frames=samples.shape[1],
                read=partial(np.asarray, samples),
                attributes={"machine": group},
            )
            for i, (label, group, samples) in enumerate(self.held)
        ]


def recipe_of(*held: tuple[str, str, Samples]) -> Recipe:
    """Machine "held out" is the test part; the class "normal" is sound."""
    split = Attribute(name="machine", test=("held out",), validation=0.0)
    return replace(load_recipe("bearing_simulated", []), data=Held(held), split=split)


def test_steady_noise_has_no_kurtosis() -> None:
    noise = np.random.default_rng(0).standard_normal(8 * RATE)
    levels = of_samples(noise, RATE)
    assert list(levels)[:6] == [1, 2, 3, 4, 6, 8]
    assert all(np.abs(values).max() < 0.5 for values in levels.values())


@pytest.mark.parametrize("frequency", [1500.0, 2900.0, 4700.0])
def test_a_simulated_bearings_resonance_is_found(frequency: float) -> None:
    bearing = Bearing(state="outer_race", severity=6.0, modes=(Mode(frequency, 0.03, 1.0),))
    # A sensor's own noise: without it the resonance's far skirts are as impulsive as its middle.
    first, second = (
        simulate_bearing(bearing, 3.0, np.random.default_rng(i)) + rings(0.0, 0.0, i, 3.0) * 0.03
        for i in (0, 1)
    )
    found = kurtogram(
        recipe_of(
            ("fault", "a", first),
            ("fault", "held out", second),
            ("normal", "b", rings(1000.0, 0.0, 1)),
            ("normal", "held out", rings(1000.0, 0.0, 2)),
        )
    )
    low, high = found.band()
    assert low < frequency < high
    assert high - low <= 3000.0
    assert found.kurtosis() > 0.5


def test_only_the_training_part_and_only_faults_are_looked_at() -> None:
    noise = rings(1000.0, 0.0, 3)
    found = kurtogram(
        recipe_of(
            ("fault", "a", rings(2000.0, 6.0, 4)),
            ("fault", "held out", rings(5000.0, 60.0, 5)),
            ("normal", "b", rings(3500.0, 60.0, 6)),
            ("normal", "held out", noise),
        )
    )
    low, high = found.band()
    assert low < 2000.0 < high < 3500.0
    assert (found.groups, found.recordings) == (1, 1)


def test_recordings_without_a_band_wide_enough_are_refused() -> None:
    held = [
        (label, group, rings(1000.0, 0.0, seed)[:, :40])
        for seed, (label, group) in enumerate(
            [("fault", "a"), ("fault", "held out"), ("normal", "b"), ("normal", "held out")]
        )
    ]
    recipe = recipe_of(*held)
    recipe = replace(recipe, signal=replace(recipe.signal, window=16, hop=16, train_hop=None))
    with pytest.raises(DataError, match="too short for a kurtogram; record for longer"):
        kurtogram(recipe)


def test_the_command_prints_the_lines_for_the_recipe_and_draws(tmp_path: Path) -> None:
    path = tmp_path / "kurtogram.svg"
    few = ["--set", "data.bearings=4", "--set", "data.seconds=1.0"]
    said = CliRunner().invoke(app, ["band", "bearing_simulated", *few, "-o", str(path)])
    assert said.exit_code == 0, said.output
    assert '[frontend]\nkind = "envelope"\nlow = ' in said.output
    first = path.read_bytes()
    CliRunner().invoke(app, ["band", "bearing_simulated", *few, "-o", str(path)])
    assert path.read_bytes() == first


def test_a_picture_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    found = kurtogram(load_recipe("bearing_simulated", ["data.bearings=4", "data.seconds=1.0"]))
    with pytest.raises(UsageError, match=r"need a name that ends in \.png, \.svg, \.pdf"):
        draw(found, tmp_path / "kurtogram.gif")
