"""What augmentations leave alone, and what they would give away."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.train.made_up_machines import (
    RATE,
    WINDOW,
    augmenter,
    bearings,
    hum,
    made,
    recording,
    samples_of,
    strikes,
)

from harken.errors import SettingsError
from harken.stream import Samples
from harken_train.augmentations import augmentations
from harken_train.augmentations.noise import Noise
from harken_train.augmenter import Augmenter
from harken_train.frontends.raw import Raw
from harken_train.metrics import class_aurocs
from harken_train.recipe import Signal
from harken_train.recordings import Span
from harken_train.segments import cut

CHANCE = 0.1  # of an AUC about 0.5 by chance: 5 deviations with 400 segments, half of them filled


@pytest.mark.parametrize("kind", ["crop", "shift", "time_warp", "recorded_noise"])
@pytest.mark.parametrize("settings", [{}, {"ends": "mirror"}])
def test_nothing_but_what_is_for_training_is_ever_looked_at(
    kind: str, settings: dict[str, str]
) -> None:
    """Everything else of the recordings is poison, and the last of them is for test."""
    if settings and kind != "shift":
        return
    recordings, train = [], []
    for i, one in enumerate(bearings()):
        poison = np.full((1, 4_000), np.nan, np.float32)
        spans = [Span(i, 700, 1_300), Span(i, 2_000, 2_000 + WINDOW)] if i != 8 else []
        for span in spans:
            poison[:, span.first : span.last] = one.read()[:, span.first : span.last]
        recordings.append(recording(one.name, one.label, one.group, poison))
        train += spans
    augment = augmenter(recordings, made(kind, **settings), train=train, hop=50)
    for epoch in range(5):
        assert bool(np.isfinite(samples_of(augment, epoch)).all())


FILLED: dict[str, Callable[[Samples], npt.NDArray[np.float64]]] = {
    "zeros": lambda x: (x == 0.0).sum(axis=-1).astype(np.float64),
    "equal neighbours": lambda x: (np.diff(x) == 0.0).sum(axis=-1).astype(np.float64),
    "longest constant run": lambda x: np.array([longest_run(row) for row in x]),
    "level of the first tenth": lambda x: x[:, : WINDOW // 10].std(axis=-1),
    "level of the last tenth": lambda x: x[:, -WINDOW // 10 :].std(axis=-1),
}


def longest_run(row: npt.NDArray[np.float32]) -> float:
    ends = np.flatnonzero(np.append(np.diff(row) != 0.0, True))
    return float(np.diff(ends, prepend=-1).max())


def told(found: Samples, filled: npt.NDArray[np.bool_]) -> dict[str, float]:
    """By each cue, how well the filled ones are told from others: an AUC, 0.5 is chance."""
    labels = filled.astype(np.int64)
    aurocs = {}
    for name, cue in FILLED.items():
        values = cue(found[:, 0].astype(np.float64))
        scores = np.stack([-values, values], axis=1)
        aurocs[name] = float(class_aurocs(labels, scores, np.ones(len(labels)))[1])
    return aurocs


@pytest.mark.parametrize("noise", [True, False])
def test_nobody_can_tell_which_segments_were_filled(noise: bool) -> None:
    """Recordings no longer than a window, shifted: half a window of each second one is filled."""
    recordings = [
        recording(f"r{i}", ("a", "b")[i % 2], f"r{i}", hum(i, WINDOW)) for i in range(400)
    ]
    settings = [made("shift", ends="mirror", samples=WINDOW // 4, probability=0.5)]
    if noise:
        settings += [made("noise", decibels=10.0), made("baseline_wander"), made("amplitude")]
    augment = augmenter(recordings, *settings)
    found = samples_of(augment)
    alone, filled = augmenter(recordings, settings[0]).samples(np.arange(400), 1)
    assert 150 < filled.sum() < 250
    for name, auroc in told(found, filled).items():
        assert abs(auroc - 0.5) < CHANCE, name
    padded = alone.copy()  # what the same test says of zeros at the end, which is the usual way
    padded[filled, :, -WINDOW // 8 :] = 0.0
    assert told(padded, filled)["zeros"] == 1.0
    assert told(padded, filled)["longest constant run"] == 1.0


def test_a_window_inside_its_recording_is_never_filled() -> None:
    """Every moved window is a stretch of the recording itself, at its ends too."""
    one = bearings()[:1]
    augment = augmenter([*one, bearings()[3]], made("crop", reach=2.0), made("shift"))
    whole = one[0].read()[0]
    every = np.lib.stride_tricks.sliding_window_view(whole, WINDOW)
    for row in samples_of(augment)[:10, 0]:
        assert bool((every == row).all(axis=1).any())


IN_ORDER = (
    *("crop", "shift", "time_warp"),
    *("fault_impulses", "polarity", "amplitude", "recorded_noise", "baseline_wander", "noise"),
    "time_mask",
)


def test_the_order_in_the_recipe_makes_no_difference() -> None:
    settings = [strikes() if kind == "fault_impulses" else made(kind) for kind in sorted(IN_ORDER)]
    forth, back = augmenter(bearings(), *settings), augmenter(bearings(), *settings[::-1])
    for augment in (forth, back):
        kinds = tuple(augmentations.kind_of(step.settings) for step in augment.steps)
        assert kinds == IN_ORDER
    assert np.array_equal(samples_of(forth), samples_of(back))


def test_two_of_a_kind_draw_each_its_own() -> None:
    once = samples_of(augmenter(bearings(), Noise(probability=1.0)))
    twice = samples_of(augmenter(bearings(), Noise(probability=1.0), Noise(probability=1.0)))
    added = twice - once
    plain = samples_of(augmenter(bearings()))
    assert abs(np.corrcoef(added.ravel(), (once - plain).ravel())[0, 1]) < 0.02


def test_a_mask_without_its_axis_is_refused() -> None:
    words = r"augmentations[0], frequency_mask: the recipe's front-end gives no axis of frequency"
    with pytest.raises(SettingsError, match=re.escape(words)):
        augmenter(bearings(), made("frequency_mask"))


@pytest.mark.parametrize("kind", ["polarity", "amplitude", "recorded_noise", "fault_impulses"])
def test_what_makes_no_sense_of_a_spectrogram_is_refused(kind: str) -> None:
    augment = augmenter(bearings())
    signal = Signal(input="spectrogram", rate=RATE, window=WINDOW)
    recipe = replace(augment.recipe, signal=signal, frontend=Raw(), augmentations=(made(kind),))
    words = rf"augmentations\[0\], {kind}: is for samples, and this recipe's recordings are spectr"
    with pytest.raises(SettingsError, match=words):
        Augmenter(recipe, bearings(), [], cut(bearings(), [], ("a",), window=WINDOW, hop=WINDOW))


def test_segments_without_room_are_counted() -> None:
    recordings = [*bearings(WINDOW)[:1], *bearings(3 * WINDOW)[3:4]]
    assert augmenter(recordings, made("shift")).share_without_room() == 0.25
    assert augmenter(recordings, made("noise")).share_without_room() == 0.0


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("noise", {"deviation": -1.0}, "deviation: need at least 0, got -1.0"),
        ("shift", {"samples": 0}, "samples: need at least 1, got 0"),
        ("shift", {"ends": "zeros"}, "ends: need one of 'inside', 'mirror', got 'zeros'"),
        ("amplitude", {"factors": [1.2, 0.8]}, r"factors: need \[lowest, highest\], got \[1.2, 0"),
        ("time_warp", {"most": 0.9}, "most: need from 0.0001 to 0.5, got 0.9"),
        ("crop", {"reach": 0.0}, "reach: need at least 0.001, got 0.0"),
        ("time_mask", {"share": 2.0}, "share: need from 0.001 to 1, got 2.0"),
        ("frequency_mask", {"count": 0}, "count: need at least 1, got 0"),
        ("baseline_wander", {"frequencies": [0.0, 1.0]}, "frequencies: need at least 1e-06, got"),
        ("recorded_noise", {"folder": "a", "labels": ["b"]}, "folder and labels: noise is of a"),
    ],
)
def test_settings_out_of_their_limits_are_refused(
    kind: str, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        made(kind, **settings)
