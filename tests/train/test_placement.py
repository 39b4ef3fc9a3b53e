from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from harken.stream import Samples
from harken_train.placement import Places, cut_out, mirrored

FRAMES, WINDOW = 4_000, 512
SINC = 1e-3  # of a tone of 1 at 0.6 of half the rate; 12 crossings, measured 3e-4
ALIAS = 0.02  # of a tone of 1 that the faster recording has above half the rate


def places(first: int, low: int = 0, high: int = FRAMES) -> Places:
    return Places.at(np.array([first]), np.array([low]), np.array([high]), WINDOW)


def tone(frequency: float) -> Samples:
    """Cycles a sample -> (1, frames)."""
    wave = np.sin(2.0 * np.pi * frequency * np.arange(FRAMES))
    return np.asarray(wave[None], np.float32)


def where(found: Places) -> npt.NDArray[np.float64]:
    return np.asarray(found.first[0] + found.speed[0] * np.arange(WINDOW))


def test_what_is_not_moved_is_the_window_itself() -> None:
    samples = tone(0.1)
    assert np.array_equal(cut_out(samples, places(700), 0), samples[:, 700 : 700 + WINDOW])


def test_a_moved_window_is_another_window_of_the_recording() -> None:
    samples = tone(0.1)
    found = cut_out(samples, places(700).moved(np.array([-33])), 0)
    assert np.array_equal(found, samples[:, 667 : 667 + WINDOW])


@pytest.mark.parametrize(("first", "by", "stands"), [(10, -100, 0), (3_480, 100, 3_488)])
def test_at_an_end_a_window_moves_as_far_as_there_is_room(first: int, by: int, stands: int) -> None:
    assert places(first).moved(np.array([by])).first[0] == stands


@pytest.mark.parametrize("speed", [0.9, 0.97, 1.03, 1.1])
def test_a_stretched_tone_is_the_tone_at_the_places_between(speed: float) -> None:
    found = places(1_500).stretched(np.array([speed]))
    at = where(found)
    assert at.mean() == pytest.approx(1_500 + (WINDOW - 1) / 2)  # about the window's middle
    assert at[-1] - at[0] == pytest.approx(speed * (WINDOW - 1))
    wanted = np.sin(2.0 * np.pi * 0.27 * at)
    assert np.abs(cut_out(tone(0.27), found, 0) - wanted).max() < SINC


def test_what_would_alias_is_cut_off() -> None:
    found = places(1_500).stretched(np.array([1.5]))
    assert np.abs(cut_out(tone(0.45), found, 0)).max() < ALIAS


def test_a_stretch_with_too_little_room_runs_no_faster_than_there_is() -> None:
    found = places(100, 80, 80 + WINDOW + 20).stretched(np.array([1.5]))
    assert where(found)[[0, -1]] == pytest.approx([80.0, 80.0 + WINDOW + 19])
    assert places(80, 80, 80 + WINDOW).stretched(np.array([1.5])).speed[0] == 1.0


@pytest.mark.parametrize("by", [-10_000, -100, -1, 0, 1, 57, 10_000])
@pytest.mark.parametrize("speed", [0.5, 0.93, 1.0, 1.08, 1.5])
@pytest.mark.parametrize(("low", "high"), [(500, 1_100), (500, 500 + WINDOW), (1_000, 3_000)])
@pytest.mark.parametrize("beyond", [0, 100])
def test_nothing_outside_the_stretch_is_ever_looked_at(
    by: int, speed: float, low: int, high: int, beyond: int
) -> None:
    samples = np.full((2, FRAMES), np.nan, np.float32)
    samples[:, low:high] = tone(0.1)[:, low:high]
    found = places(low, low, high).let_out(beyond).moved(np.array([by]))
    found = found.stretched(np.array([speed]))
    assert bool(np.isfinite(cut_out(samples, found, 0)).all())
    at = where(found)
    assert at[0] >= low - beyond
    assert at[-1] <= high - 1 + beyond + 1e-9  # float64


def test_what_is_let_out_meets_the_recording_mirrored() -> None:
    samples = np.arange(FRAMES, dtype=np.float32)[None]
    found = cut_out(samples, places(3, 0, 600).let_out(100).moved(np.array([-8])), 0)
    assert found[0, :7].tolist() == [5.0, 4.0, 3.0, 2.0, 1.0, 0.0, 1.0]


def test_a_mirror_at_both_ends_never_leaves_a_short_stretch() -> None:
    assert mirrored(np.arange(-4, 9), 1, 4).tolist() == [2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2]
    assert mirrored(np.arange(-2, 3), 5, 6).tolist() == [5] * 5
