"""What each augmentation adds, and where it takes that from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
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
    tone,
)

from harken.errors import DataError, MissingInputError, SettingsError

FLOAT32 = 1e-5  # relative


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
    mixed = samples_of(augmenter(bearings(), settings))
    added = mixed - samples_of(augmenter(bearings()))
    peaks = np.abs(np.fft.rfft(added[:, 0])).argmax(axis=1) * RATE / WINDOW
    assert set(peaks) == {1_000.0}
    (tmp_path / "._hall.wav").write_bytes(b"as a Mac writes them")
    assert np.array_equal(samples_of(augmenter(bearings(), settings)), mixed)
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
