from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harken.stream import Samples
from harken_train.bootstrap import draw_groups, no_draws
from harken_train.data import at_rate
from harken_train.recipe import Signal
from harken_train.recording_cues import band_limit, recording_cues, sample_step
from harken_train.recordings import Recording, whole
from harken_train.segments import Segments, cut
from harken_train.silent_cues import SilentCue, judge_cue, silent_cues

RATE, FRAMES = 4_000, 2_048


def recording(number: int, label: str, samples: Samples) -> Recording:
    return Recording(
        name=f"{label}_{number}",
        label=label,
        group=f"{label}_{number}",
        rate=RATE,
        frames=samples.shape[1],
        read=lambda: samples,
    )


def noise(seed: int) -> Samples:
    """Noise whose level has nothing to do with its class."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(1, FRAMES)) * rng.uniform(0.5, 2.0)).astype(np.float32)


def coarse(seed: int) -> Samples:
    """The same noise through a converter whose step is 1/64."""
    return (np.round(noise(seed) * 64) / 64).astype(np.float32)


def cues(recordings: list[Recording], originals: list[Recording]) -> dict[str, SilentCue]:
    half = len(recordings) // 4
    spans = whole(recordings)
    train = cut(recordings, spans[::2], ("a", "b"), window=256, hop=256)
    test = cut(recordings, spans[1::2], ("a", "b"), window=256, hop=256)
    group_of = np.unique(test.recording, return_inverse=True)[1].astype(np.int64)
    assert half >= 5
    draws = draw_groups(group_of, test.labels, np.random.default_rng(0))
    found = silent_cues(originals, recordings, train, test, group_of, draws)
    return {cue.name: cue for cue in found}


def plain() -> list[Recording]:
    return [recording(i, "ab"[i < 12], noise(i)) for i in range(24)]


def changed(one: Recording, factor: float = 1.0, offset: float = 0.0) -> Recording:
    """The recording itself, but for class a louder or with another mean."""
    if one.label != "a":
        return one
    samples = one.read() * np.float32(factor) + np.float32(offset)
    return replace(one, read=lambda: samples)


def test_nothing_tells_the_class_when_all_were_recorded_alike() -> None:
    recordings = plain()
    found = cues(recordings, recordings)
    assert [name for name, cue in found.items() if cue.tells] == []
    assert found["rate"].balanced_accuracy.value == pytest.approx(0.5)
    assert found["rate"].chance == 0.5


def test_a_rate_that_only_one_class_has_tells_it_although_it_was_resampled() -> None:
    recordings = plain()
    originals = [replace(one, rate=RATE * (1 + 3 * (one.label == "a"))) for one in recordings]
    found = cues(recordings, originals)
    assert found["rate"].tells
    assert found["rate"].balanced_accuracy.value == 1.0
    assert found["length"].tells


def test_the_step_of_one_class_is_found_although_it_was_resampled() -> None:
    recordings = plain()
    # What resampling left are values in between, as of any other recording.
    originals = [recording(i, one.label, coarse(i)) for i, one in enumerate(recordings[:12])]
    originals += recordings[12:]
    assert cues(recordings, originals)["step"].tells
    assert not cues(recordings, recordings)["step"].tells


def test_cues_are_of_the_file_as_it_came_but_for_the_band_limit() -> None:
    original = replace(recording(0, "a", coarse(0) + np.float32(1)), rate=4 * RATE)
    raw = original.read()
    used = at_rate(original, raw, Signal(rate=RATE))
    found = recording_cues(original, raw, used)
    assert (found.rate, found.length) == (4 * RATE, FRAMES / (4 * RATE))
    assert found.step == pytest.approx(1 / 64)
    assert found.offset == pytest.approx(float(raw.mean(dtype=np.float64)))
    assert found.level == pytest.approx(20 * np.log10(raw.std(dtype=np.float64)))
    assert found.band_limit == band_limit(used.read(), RATE) <= RATE / 2


def test_a_rare_class_that_alone_has_another_rate_is_found_though_the_others_are_not_told() -> None:
    labels = np.array([0] * 40 + [1] * 40 + [2] * 40 + [3] * 2)
    rates = np.where(labels == 3, 48_000.0, 12_000.0)
    segments = Segments(
        samples=np.zeros((122, 1, 8), np.float32),
        labels=labels,
        recording=np.arange(122),
        first=np.zeros(122, np.int64),
        classes=("a", "b", "c", "normal"),
    )
    draws = no_draws(122, "too few")
    cue = judge_cue("rate", rates, rates, segments, segments, np.arange(122), draws)
    assert cue.tells
    assert (cue.label, cue.label_f1) == ("normal", 1.0)
    assert cue.balanced_accuracy.value == pytest.approx(0.5)


def test_level_and_offset_are_found_where_they_tell() -> None:
    louder = [changed(one, factor=6.0) for one in plain()]
    assert cues(louder, louder)["level"].tells
    moved = [changed(one, offset=9.0) for one in plain()]
    found = cues(moved, moved)
    assert found["offset"].tells
    assert not found["level"].tells


def test_the_band_limit_is_where_the_power_ends() -> None:
    spectrum = np.fft.rfft(noise(0).astype(np.float64))
    spectrum[:, FRAMES // 4 :] = 0.0  # half of the band
    limited = np.fft.irfft(spectrum).astype(np.float32)
    assert band_limit(limited, RATE) == pytest.approx(RATE / 4, rel=0.05)
    assert band_limit(noise(0), RATE) > 0.45 * RATE
    assert band_limit(np.zeros((1, FRAMES), np.float32), RATE) == 0.0


def test_the_step_of_a_converter_is_seen() -> None:
    assert sample_step(coarse(0)) == pytest.approx(1 / 64)
    assert sample_step(np.ones((1, 10), np.float32)) == 0.0
