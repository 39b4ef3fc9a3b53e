"""What augmentations leave alone, what they add, and what they would give away."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from harken.errors import DataError, MissingInputError, SettingsError
from harken.settings import load
from harken.stream import Samples
from harken_train.augmentations import Augmentation, augmentations
from harken_train.augmentations.noise import Noise
from harken_train.augmenter import Augmenter
from harken_train.frontends.raw import Raw
from harken_train.metrics import class_aurocs
from harken_train.recipe import Recipe, Signal
from harken_train.recordings import Recording, Span
from harken_train.segments import cut

RATE, WINDOW = 8_000, 400
CHANCE = 0.1  # of an AUC about 0.5 by chance: 5 deviations with 400 segments, half of them filled
FLOAT32 = 1e-5  # relative


def recording(name: str, label: str, group: str, samples: Samples, **facts: Any) -> Recording:
    return Recording(
        name=name,
        label=label,
        group=group,
        rate=RATE,
        frames=samples.shape[1],
        channels=samples.shape[0],
        read=lambda: samples,
        attributes=facts,
    )


def hum(seed: int, frames: int = 4_000, level: float = 1.0, channels: int = 1) -> Samples:
    """Noise without much of high frequencies, as machines make it."""
    noise = np.random.default_rng(seed).standard_normal((channels, frames + 2))
    return (level * (noise[:, :-2] + noise[:, 1:-1] + noise[:, 2:]) / 3.0).astype(np.float32)


def tone(cycles: npt.NDArray[np.float64]) -> Samples:
    return np.asarray(np.sin(2.0 * np.pi * cycles)[None], np.float32)


def bearings(frames: int = 4_000) -> list[Recording]:
    """Three machines a class; every second one is quieter."""
    return [
        recording(f"{label}{i}", label, f"{label}{i}", hum(10 * k + i, frames, 1.0 / (1 + i % 2)))
        for k, label in enumerate(("ball", "inner_race", "normal"))
        for i in range(3)
    ]


def augmenter(
    recordings: list[Recording],
    *settings: Augmentation,
    train: list[Span] | None = None,
    hop: int = WINDOW,
) -> Augmenter:
    train = train or [Span(i, 0, one.frames) for i, one in enumerate(recordings)]
    recipe = load(
        Recipe,
        {
            "name": "made up",
            "data": {"kind": "simulated"},
            "signal": {"rate": RATE, "window": WINDOW, "channels": recordings[0].channels},
            "split": {"kind": "group"},
            "frontend": {"kind": "raw"},
            "network": {"kind": "edge"},
        },
    )
    classes = tuple(sorted({one.label for one in recordings}))
    segments = cut(recordings, train, classes, window=WINDOW, hop=hop)
    return Augmenter(replace(recipe, augmentations=settings), recordings, train, segments)


def made(kind: str, **settings: Any) -> Augmentation:
    """An augmentation that acts on every segment."""
    return load(augmentations.get(kind), {"probability": 1.0, **settings})


def strikes(**settings: Any) -> Augmentation:
    return made("fault_impulses", **{"resonance": [1_500.0, 3_000.0], **settings})


def samples_of(augment: Augmenter, epoch: int = 1) -> Samples:
    return augment.samples(np.arange(augment.count), epoch)[0]


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


def test_noise_is_as_strong_as_it_says() -> None:
    plain = samples_of(augmenter(bearings()))
    absolute = samples_of(augmenter(bearings(), made("noise", deviation=0.3))) - plain
    assert absolute.std() == pytest.approx(0.3, rel=0.01)
    below = samples_of(augmenter(bearings(), made("noise", decibels=20.0))) - plain
    ratio = below.std(axis=-1) / plain.std(axis=-1)
    assert ratio == pytest.approx(np.full_like(ratio, 0.1), rel=0.2)  # of 400 samples each


def test_amplitude_and_polarity_change_all_channels_together() -> None:
    recordings = [
        recording(f"r{i}", ("a", "b")[i % 2], f"r{i}", hum(i, channels=2)) for i in range(4)
    ]
    plain = samples_of(augmenter(recordings))
    factors = samples_of(augmenter(recordings, made("amplitude"))) / plain
    assert np.ptp(factors, axis=(1, 2)).max() < FLOAT32
    assert 0.8 <= factors.min() < 0.85
    assert 1.15 < factors.max() <= 1.2
    assert np.array_equal(samples_of(augmenter(recordings, made("polarity"))), -plain)


def test_recorded_noise_comes_at_the_level_asked_for() -> None:
    plain = samples_of(augmenter(bearings()))
    found = samples_of(augmenter(bearings(), made("recorded_noise", decibels=[6.0, 6.0])))
    ratio = (found - plain).std(axis=-1) / plain.std(axis=-1)
    assert ratio == pytest.approx(np.full_like(ratio, 10 ** (-6 / 20)), rel=1e-3)


def test_recorded_noise_is_of_another_machine_of_the_same_class_or_of_those_named() -> None:
    """Each recording is a tone of its own: what was added is told by its frequency."""
    time = np.arange(4_000) / RATE
    recordings = [
        recording(one.name, one.label, one.group, tone(f * time))
        for f, one in zip(range(200, 3_800, 400), bearings(), strict=True)
    ]

    def sources(**settings: Any) -> dict[int, set[int]]:
        augment = augmenter(recordings, made("recorded_noise", decibels=[0.0, 0.0], **settings))
        plain = augmenter(recordings)
        heard: dict[int, set[int]] = {}
        for epoch in range(4):
            added = samples_of(augment, epoch) - samples_of(plain, epoch)
            peaks = np.abs(np.fft.rfft(added[:, 0])).argmax(axis=1) * RATE / WINDOW
            for owner, peak in zip(np.repeat(np.arange(9), 10), peaks, strict=True):
                heard.setdefault(int(owner), set()).add(round((peak - 200) / 400))
        return heard

    for owner, others in sources().items():
        first = owner // 3 * 3
        assert others == {first, first + 1, first + 2} - {owner}
    for owner, others in sources(labels=["normal"]).items():
        assert others == {6, 7, 8} - {owner}
    assert sources(labels=["normal"], groups="any")[7] == {6, 7, 8}


def test_noise_that_one_class_cannot_have_is_refused() -> None:
    lonely = bearings()[:7]  # of the normal ones, one machine
    words = r"augmentations\[0\], recorded_noise: labels: nothing can be mixed into normal0 \(class"
    with pytest.raises(SettingsError, match=words):
        augmenter(lonely, made("recorded_noise"))
    augmenter(lonely, made("recorded_noise", labels=["ball"]))
    with pytest.raises(SettingsError, match="no class 'bal', did you mean 'ball'"):
        augmenter(lonely, made("recorded_noise", labels=["bal"]))


def test_recorded_noise_from_a_folder_is_resampled_and_mixed(tmp_path: Path) -> None:
    time = np.arange(32_000) / 16_000
    soundfile.write(tmp_path / "hall.wav", 0.1 * np.sin(2 * np.pi * 1_000 * time), 16_000)
    settings = made("recorded_noise", folder=tmp_path, decibels=[0.0, 0.0])
    added = samples_of(augmenter(bearings(), settings)) - samples_of(augmenter(bearings()))
    peaks = np.abs(np.fft.rfft(added[:, 0])).argmax(axis=1) * RATE / WINDOW
    assert set(peaks) == {1_000.0}
    np.save(tmp_path / "short.npy", np.zeros(WINDOW - 1, np.float32))
    with pytest.raises(DataError, match=r"short.npy: has 1 channels and 399 samples at 8000 Hz"):
        augmenter(bearings(), settings)
    with pytest.raises(MissingInputError, match="there is no such folder of noise"):
        augmenter(bearings(), made("recorded_noise", folder=tmp_path / "none"))


def test_fault_impulses_leave_sound_segments_and_every_level_alone() -> None:
    plain = samples_of(augmenter(bearings()))
    found = samples_of(augmenter(bearings(), strikes()))
    normal = np.repeat(np.arange(9) >= 6, 10)
    assert np.array_equal(found[normal], plain[normal])
    assert bool((found[~normal] != plain[~normal]).any(axis=(1, 2)).all())
    assert found.std(axis=-1) == pytest.approx(plain.std(axis=-1), rel=1e-4)


def test_fault_impulses_strike_at_the_rate_of_the_classes_own_fault() -> None:
    """Of a bearing at 1200 rpm, whatever the setting says: 3.585 and 5.415 strikes a turn."""
    recordings = [
        recording(f"{label}{i}", label, f"{label}{i}", hum(i, WINDOW * 40), rpm=1_200)
        for label in ("bad", "worse")
        for i in range(2)
    ]
    states = {"bad": "outer_race", "worse": "inner_race"}
    settings = strikes(states=states, severity=[20.0, 20.0], shaft=[90.0, 90.0])
    counts: list[list[int]] = [[], []]
    found = samples_of(augmenter(recordings, settings))
    half = len(found) // 2
    for k, part in enumerate((found[:half], found[half:])):
        for row in part[:, 0]:
            envelope = np.abs(row) > 0.5 * np.abs(row).max()
            starts = np.flatnonzero(envelope)
            counts[k].append(1 + int((np.diff(starts) > 40).sum()))  # strikes are 70 or more apart
    outer, inner = (float(np.mean(count)) for count in counts)
    turns = WINDOW / RATE * 20.0
    assert outer == pytest.approx(3.585 * turns, abs=0.8)
    assert 1.0 < inner < 5.415 * turns + 0.5  # it leaves the load zone once a turn


def test_fault_impulses_refuse_what_they_cannot_do() -> None:
    with pytest.raises(SettingsError, match="no class 'bal', did you mean 'ball'"):
        augmenter(bearings(), strikes(states={"bal": "ball"}))
    with pytest.raises(SettingsError, match="need less than half the rate of 8000 Hz, got 5000"):
        augmenter(bearings(), made("fault_impulses"))
    with pytest.raises(SettingsError, match="a normal bearing is not struck"):
        strikes(states={"ball": "normal"})
    others = [replace(one, label=f"x{one.label}") for one in bearings()]
    with pytest.raises(SettingsError, match="no class is named ball, inner_race, outer_race; say"):
        augmenter(others, strikes())


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
