from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import scipy.signal

from harken.errors import SettingsError
from harken.stream import Samples
from harken_train.data import prepare
from harken_train.metrics import auroc
from harken_train.readers.simulated_ecg import RHYTHMS_OF, SimulatedEcg
from harken_train.recipe_file import load_recipe
from harken_train.simulate.ecg import RHYTHMS, Heart, Rhythm, simulate_ecg
from harken_train.simulate.ecg_beats import Beat, Pace, beats_of
from harken_train.simulate.ecg_recorder import CLIP, Recorder
from harken_train.simulate.ecg_waves import Wave, Waves, fibrillation, waves_at

Floats = npt.NDArray[np.float64]

RATE = 300
SECONDS = 60.0
SILENT = Recorder(baseline=0.0, muscle=0.0, mains=0.0)
EVEN = Pace(interval=0.8, breathing=0.0, sway=0.0, jitter=0.0)
ROUNDING = 1e-9  # seconds, of sums of intervals
# Of the AUC. Hearts are drawn, not dealt: with 60 records a class chance alone gives a deviation of
# 0.05, and the R wave of fibrillation is drawn like all others.
NEAR_CHANCE = 0.15


def quiet(rhythm: Rhythm, pace: Pace = EVEN, **others: float) -> Floats:
    """A record with nothing of the recorder but breathing's swell."""
    heart = Heart(rhythm=rhythm, pace=pace, recorder=SILENT, **others)  # type: ignore[arg-type]  # floats alone
    samples = simulate_ecg(heart, SECONDS, np.random.default_rng(4))
    return np.asarray(samples[0], np.float64)


def beats(rhythm: Rhythm, pace: Pace = EVEN, seed: int = 4) -> list[Beat]:
    return beats_of(rhythm, pace, SECONDS, np.random.default_rng(seed))


def found_peaks(samples: Floats) -> npt.NDArray[np.int64]:
    places, _ = scipy.signal.find_peaks(samples, height=0.6, distance=round(0.25 * RATE))
    return np.asarray(places, np.int64)


def about(samples: Floats, first: float, last: float) -> Floats:
    """The mean over all beats of what stands so many seconds from the R wave."""
    offsets = np.arange(round(first * RATE), round(last * RATE))
    peaks = [peak for peak in found_peaks(samples) if RATE < peak < len(samples) - RATE]
    return np.asarray(np.mean([samples[peak + offsets] for peak in peaks], axis=0))


def test_a_sinus_beats_as_often_as_its_pace_says() -> None:
    peaks = found_peaks(quiet("sinus"))
    assert len(peaks) == pytest.approx(SECONDS / 0.8, abs=1)
    assert np.diff(peaks) / RATE == pytest.approx(0.8, abs=1.01 / RATE)


def test_sinus_intervals_breathe_at_the_frequency_of_the_breaths() -> None:
    pace = replace(EVEN, breathing=0.05, breaths=0.2)
    at = np.array([beat.at for beat in beats("sinus", pace)])
    even = np.interp(np.arange(1.0, SECONDS - 1.0, 0.25), at[1:], np.diff(at))
    power = np.abs(np.fft.rfft(even - even.mean())) ** 2
    hertz = np.fft.rfftfreq(len(even), 0.25)
    assert hertz[np.argmax(power)] == pytest.approx(0.2, abs=hertz[1])


def test_each_interval_is_what_a_beat_says_of_the_one_before_it() -> None:
    for rhythm in RHYTHMS:
        for before, beat in itertools.pairwise(beats(rhythm, Pace())):
            assert beat.at - before.at == pytest.approx(beat.after, abs=ROUNDING)
            assert beat.after > 0.2


def test_fibrillation_has_no_order_and_keeps_its_mean() -> None:
    pace = Pace(interval=0.7, disorder=0.25)
    many = beats_of("fibrillation", pace, 3_000.0, np.random.default_rng(1))
    intervals = np.diff([beat.at for beat in many])
    assert intervals.mean() == pytest.approx(0.7, rel=0.02)  # 0.25 / sqrt(4300) is 0.4 %
    assert intervals.std() / intervals.mean() == pytest.approx(0.25, rel=0.1)
    assert abs(np.corrcoef(intervals[1:], intervals[:-1])[0, 1]) < 0.06  # four deviations
    steady = np.diff([beat.at for beat in beats("sinus", Pace())])
    assert steady.std() / steady.mean() < 0.06


def test_fibrillation_has_no_p_wave_and_the_sinus_has() -> None:
    sinus, flutterless = (about(quiet(name), -0.22, -0.1) for name in ("sinus", "fibrillation"))
    assert sinus.max() > 0.08
    assert flutterless.max() < 0.03  # the tails of T waves that come late


def test_fibrillatory_waves_lie_between_4_and_9_hertz() -> None:
    for seed in range(10):
        waves = fibrillation(60 * RATE, RATE, np.random.default_rng(seed))
        hertz, power = scipy.signal.welch(waves, RATE, nperseg=4 * RATE)
        assert 4.0 <= hertz[np.argmax(power)] <= 9.0
        assert waves.std() == pytest.approx(3.0**-0.5, rel=0.15)  # a sawtooth's, and it swells


def test_after_a_ventricular_beat_the_sinus_comes_when_it_would_have() -> None:
    every = beats("ventricular")
    early = [k for k, beat in enumerate(every[1:-1], 1) if beat.source == "ventricle"]
    assert len(early) >= 10
    for k in early:
        assert every[k].after < 0.7 * 0.8
        assert every[k + 1].at - every[k - 1].at == pytest.approx(1.6, abs=ROUNDING)


def test_after_an_atrial_premature_beat_the_clock_starts_anew() -> None:
    every = beats("atrial")
    early = [k for k, beat in enumerate(every[1:-1], 1) if beat.source == "atrium"]
    assert len(early) >= 10
    for k in early:
        assert every[k].after < 0.7 * 0.8
        assert every[k + 1].after == pytest.approx(1.05 * 0.8, abs=ROUNDING)


@pytest.mark.parametrize("rhythm", ["ventricular", "atrial"])
def test_nine_seconds_hold_two_premature_beats(rhythm: Rhythm) -> None:
    for seed in range(50):
        pace = Pace(interval=60.0 / 55.0)  # the slowest that is drawn
        many = beats_of(rhythm, pace, 9.0, np.random.default_rng(seed))
        early = [beat for beat in many if beat.source != "sinus" and 0.0 < beat.at < 9.0]
        assert len(early) >= 2


def test_a_ventricular_beat_is_wide_without_p_and_its_t_is_turned_round() -> None:
    waves = Waves()
    narrow = waves_at([Beat(1.0, 1.0)], waves, 2 * RATE, RATE)
    wide = waves_at([Beat(1.0, 1.0, "ventricle")], waves, 2 * RATE, RATE)

    def width(signal: Floats) -> float:
        return float(np.sum(signal > signal.max() / 2)) / RATE

    assert width(narrow) < 0.04
    assert width(wide) > 0.07
    after = slice(round(1.25 * RATE), round(1.45 * RATE))
    assert narrow[after].max() > 0.1
    assert wide[after].min() < -0.1
    p = slice(round(0.8 * RATE), round(0.88 * RATE))
    assert narrow[p].max() > 0.05
    assert np.abs(wide[p]).max() < 0.01


def test_t_comes_earlier_by_the_root_of_the_interval() -> None:
    def peak_of_t(after: float) -> float:
        beat = waves_at([Beat(1.0, after)], Waves(), 2 * RATE, RATE)
        return (np.argmax(beat[round(1.1 * RATE) :]) + round(1.1 * RATE)) / RATE - 1.0

    assert peak_of_t(1.0) == pytest.approx(0.30, abs=1 / RATE)
    assert peak_of_t(0.64) == pytest.approx(0.24, abs=1 / RATE)


def test_a_wave_is_gausss_on_either_side() -> None:
    waves = Waves(p=Wave(0, 0, 1, 1), qrs=(Wave(0.0, 1.0, 0.02, 0.04),), t=Wave(0, 0, 1, 1))
    signal = waves_at([Beat(1.0, 1.0)], waves, 2 * RATE, RATE)
    time = np.arange(2 * RATE) / RATE - 1.0
    gauss = np.exp(-0.5 * (time / np.where(time < 0, 0.02, 0.04)) ** 2)
    np.testing.assert_allclose(signal, gauss, atol=4e-6)  # what is cut off at five widths


def test_a_recorder_held_upside_down_turns_the_waves_round() -> None:
    upright, turned = quiet("sinus"), quiet("sinus", gain=-1.0)
    np.testing.assert_array_equal(upright, -turned)


def test_what_the_recorder_adds_is_as_loud_as_it_says() -> None:
    flat = Waves(p=Wave(0, 0, 1, 1), qrs=(), t=Wave(0, 0, 1, 1))

    def of(recorder: Recorder) -> Floats:
        heart = Heart(rhythm="sinus", waves=flat, recorder=recorder)
        return np.asarray(simulate_ecg(heart, SECONDS, np.random.default_rng(0))[0], np.float64)

    assert np.std(of(replace(SILENT, muscle=0.2))) == pytest.approx(0.2, rel=0.35)  # it swells
    mains = of(replace(SILENT, mains=0.1, mains_hertz=50.0))
    assert np.std(mains) == pytest.approx(0.1, rel=1e-3)
    assert np.argmax(np.abs(np.fft.rfft(mains))) == 50 * SECONDS
    baseline = of(replace(SILENT, baseline=0.5))
    assert 0.2 < np.abs(baseline).max() < 0.51
    hertz, power = scipy.signal.welch(baseline, RATE, nperseg=len(baseline))
    assert power[hertz < 0.5].sum() > 0.99 * power.sum()


def test_no_record_reaches_beyond_what_the_recorder_takes() -> None:
    for recording in SimulatedEcg(records=20, seconds=(9.0, 12.0)).recordings():
        assert np.abs(recording.read()).max() <= CLIP


def test_the_same_settings_give_the_same_samples_and_another_seed_other_people() -> None:
    def samples(seed: int) -> list[bytes]:
        reader = SimulatedEcg(records=2, seconds=(9.0, 10.0), seed=seed)
        return [recording.read().tobytes() for recording in reader.recordings()]

    assert samples(3) == samples(3)
    assert not set(samples(3)) & set(samples(4))


def test_neither_length_nor_gain_nor_baseline_tells_the_rhythm() -> None:
    recordings = SimulatedEcg(records=60).recordings()
    of: dict[str, Callable[[Samples], float]] = {
        "seconds": lambda samples: float(samples.shape[1]),
        "peak": lambda samples: float(np.ptp(np.percentile(samples, [1.0, 99.0]))),
        "offset": lambda samples: float(np.mean(samples)) ** 2,
    }
    labels = np.array([recording.label for recording in recordings])
    for name, measure in of.items():
        values = np.array([measure(recording.read()) for recording in recordings])
        lengths = name == "seconds"
        for label in "ANO~" if lengths else "ANO":
            asked = np.ones(len(labels), bool) if lengths else labels != "~"
            found = float(auroc(labels[asked] == label, values[asked], np.ones(asked.sum())))
            assert abs(found - 0.5) < (1e-9 if lengths else NEAR_CHANCE), (name, label)


def test_records_are_turned_into_the_recipes_unit() -> None:
    settings = ["data.records=4", "data.seconds=[9.0, 10.0]"]
    usual = prepare(load_recipe("ecg_simulated", settings)).recordings
    other = prepare(load_recipe("ecg_simulated", [*settings, "signal.unit=uV"])).recordings
    np.testing.assert_allclose(other[0].read(), 1000.0 * usual[0].read(), rtol=1e-6)


def test_classes_are_the_challenges_and_every_rhythm_has_one() -> None:
    recordings = SimulatedEcg(records=8, seconds=(9.0, 61.0)).recordings()
    assert [label for label, _ in itertools.groupby(recordings, lambda one: one.label)] == [*"ANO~"]
    assert {recording.attributes["rhythm"] for recording in recordings} == set(RHYTHMS)
    assert sorted(itertools.chain(*RHYTHMS_OF.values())) == sorted(RHYTHMS)
    assert len({recording.group for recording in recordings}) == len(recordings)
    lengths = [recording.frames for recording in recordings]
    assert (min(lengths), max(lengths)) == (9 * RATE, 61 * RATE)
    assert recordings[0].read().shape == (1, recordings[0].frames)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"records": 0}, "need records >= 1"),
        ({"rate": 50}, "rate >= 100"),
        ({"seconds": (20.0, 10.0)}, r"seconds: need \[shortest, longest\]"),
    ],
)
def test_what_cannot_be_simulated_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        SimulatedEcg(**settings)  # type: ignore[arg-type]  # the case's own
