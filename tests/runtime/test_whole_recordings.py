"""A model that takes a range of lengths: whole recordings, and streams that end."""

from __future__ import annotations

import itertools

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runtime import tiny_model
from tests.runtime.tiny_whole import LEAST, MOST, RATE, WINDOW, file, noise, spans

from harken.decision import Decision
from harken.errors import DataError, ModelError
from harken.model import Model

FLOAT32_ROUNDING = 1e-6  # of a score: sums over another batch may run in another order


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(file(), probe=True)


@pytest.mark.parametrize("n", [LEAST, LEAST + 1, WINDOW, 97, MOST])
def test_a_recording_that_fits_is_decided_whole(model: Model, n: int) -> None:
    signal = noise(n)
    [decision] = model.classify(signal)
    assert spans([decision]) == [(0, n, True)]
    logit = tiny_model.STEEPNESS * (np.mean(signal.astype(np.float64) ** 2) - tiny_model.LOUD)
    assert decision.scores[1] == pytest.approx(1 / (1 + np.exp(-logit)), abs=FLOAT32_ROUNDING)


def test_a_shorter_one_is_refused_with_what_is_taken(model: Model) -> None:
    told = r"49 samples are too few: model decides on recordings of 50 to 160 \(1.25 to 4 s\)"
    with pytest.raises(DataError, match=told):
        model.classify(noise(LEAST - 1))


def test_every_length_of_the_range_runs_and_no_other(model: Model) -> None:
    for n in (LEAST, 77, MOST):
        scores, power = model.run(noise(n, channels=1)[None], ["scores", "power"])
        assert (scores.shape, power.shape) == ((1, 2), (1, 1, n))
    for n in (LEAST - 1, MOST + 1):
        with pytest.raises(DataError, match=r"takes \(batch, 1, 50 to 160\) samples, got \(1, 1"):
            model.run(noise(n)[None])


@settings(max_examples=60)
@given(
    st.integers(0, 500),
    st.lists(st.integers(0, 500), max_size=8),
    st.sampled_from([np.float32, np.int16]),
)
def test_decisions_are_the_same_to_the_bit_however_samples_are_cut(
    n: int, cuts: list[int], dtype: type[np.generic]
) -> None:
    model = Model(file())
    signal = noise(n)[0]
    if dtype is np.int16:
        signal = (signal * 32767).astype(np.int16)
    whole = model.stream()
    wanted = [*whole.push(signal), *whole.end()]
    stream = model.stream()
    bounds = [0, *sorted(min(cut, n) for cut in cuts), n]
    found = [d for a, b in itertools.pairwise(bounds) for d in stream.push(signal[a:b])]
    assert [*found, *stream.end()] == wanted
    assert spans(wanted[-1:]) == ([(0, n, True)] if n else [])
    assert (n < LEAST) == (not wanted or wanted[-1].reason == "too_short")


def test_what_ends_is_the_row_since_the_last_gap(model: Model) -> None:
    signal = noise(300)
    stream = model.stream()
    stream.push(signal[:, :100])
    stream.push(signal[:, 200:], first=200)
    [end] = stream.end()
    assert spans([end]) == [(200, 300, True)]
    assert end.scores == model.classify(signal[:, 200:])[0].scores


def test_after_a_gap_too_few_samples_are_no_recording(model: Model) -> None:
    stream = model.stream()
    stream.push(noise(100))
    stream.push(noise(LEAST - 1), first=101)
    short = Decision(first=101, last=100 + LEAST, valid=False, reason="too_short", record=True)
    assert stream.end() == [short]
    assert stream.end() == [], "it was told already"


def test_every_stream_is_told_that_it_ended_too_soon(model: Model) -> None:
    stream = model.stream(streams=2)
    stream.push(np.concatenate([noise(10), noise(10, 1)]))
    ends = stream.end()
    assert [(end.stream, end.reason, end.last) for end in ends] == [
        (0, "too_short", 10),
        (1, "too_short", 10),
    ]


def test_what_follows_an_end_is_another_recording(model: Model) -> None:
    first, second = noise(70, 1), noise(80, 2)
    stream = model.stream()
    stream.push(first)
    [one] = stream.end()
    assert stream.end() == [], "it was told already"
    windows = stream.push(second)
    [other] = stream.end()
    assert spans([one, *windows, other]) == [(0, 70, True), (70, 134, False), (70, 150, True)]
    assert other.scores == model.classify(second)[0].scores


def test_a_model_of_windows_has_nothing_to_say_of_a_recording() -> None:
    stream = Model(file(lengths=None)).stream()
    assert len(stream.push(noise(70))) == 1
    assert stream.end() == []
    assert spans(stream.push(noise(70))) == [(70, 134, False)]


def test_a_gap_after_an_end_is_told_as_any_other(model: Model) -> None:
    stream = model.stream()
    stream.push(noise(70))
    stream.end()
    assert spans(stream.push(noise(10), first=90)) == [(24, 90, False)]


@pytest.mark.parametrize("channels", [1, 2])
def test_recordings_heard_in_step_answer_as_each_alone(channels: int) -> None:
    model = Model(file(channels=channels))
    signals = np.stack([noise(MOST, seed, channels) for seed in range(3)])
    signals[1, 0, 100:110] = np.nan
    stream = model.stream(streams=3)
    stream.push(signals)
    for k, decision in enumerate(stream.end()):
        alone = model.classify(signals[k])[-1]
        assert (decision.stream, decision.record, decision.reason) == (k, True, alone.reason)
        np.testing.assert_allclose(decision.scores, alone.scores, atol=FLOAT32_ROUNDING)


def test_the_caller_may_reuse_its_array(model: Model) -> None:
    stream, piece = model.stream(), noise(60)
    wanted = model.classify(piece)
    stream.push(piece)
    piece[:] = 5.0
    assert stream.end() == wanted


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(np.nan, "nan"), (np.inf, "inf")],
)
def test_a_recording_with_a_value_that_is_no_number_is_not_valid(
    model: Model, spoil: float, reason: str
) -> None:
    signal = noise(100)
    signal[0, 99] = spoil
    assert model.classify(signal) == [
        Decision(first=0, last=100, valid=False, reason=reason, record=True)
    ]


@pytest.mark.parametrize(
    ("still", "reason", "notes"),
    [
        (RATE - 1, None, ()),
        (RATE, None, ("flat_part",)),
        (59, None, ("flat_part",)),
        (60, "flat", ()),
        (120, "flat", ()),
    ],
)
def test_a_recording_that_stands_still_in_part_says_so(
    model: Model, still: int, reason: str | None, notes: tuple[str, ...]
) -> None:
    signal = noise(120)
    signal[0, 120 - still :] = 0.01
    [decision] = model.classify(signal)
    assert (decision.reason, decision.quality) == (reason, notes)


def test_stretches_show_where_a_recording_speaks_for_what(model: Model) -> None:
    signal = 0.1 * noise(160)
    signal[0, 95:125] = 0.9 * np.sin(np.arange(30))
    stretches = model.stretches(signal)
    assert spans(stretches) == [(first, first + LEAST, False) for first in (0, 40, 80)]
    assert [stretch.label for stretch in stretches] == ["normal", "normal", "fault"]
    with pytest.raises(DataError, match="decides on windows, which are its stretches"):
        Model(file(lengths=None)).stretches(signal)


def test_the_probe_is_of_a_window(model: Model) -> None:
    assert [result.passed for result in model.selftest()] == [True]


@pytest.mark.parametrize(
    ("graph", "contract"),
    [((LEAST, MOST), None), (None, (LEAST, MOST))],
    ids=["graph of any length", "contract of any length"],
)
def test_a_contract_that_says_another_length_than_its_graph_is_refused(
    graph: tuple[int, int] | None, contract: tuple[int, int] | None
) -> None:
    parsed = onnx.load_from_string(file(lengths=graph))
    said = onnx.load_from_string(file(lengths=contract)).metadata_props[0].value
    parsed.metadata_props[0].value = said
    with pytest.raises(ModelError, match="its contract says"):
        Model(parsed.SerializeToString())


def test_an_output_that_varies_in_the_graph_alone_is_refused() -> None:
    parsed = onnx.load_from_string(file())
    value = parsed.metadata_props[0].value
    parsed.metadata_props[0].value = value.replace('"shape":[1,-1]', '"shape":[1,64]')
    assert parsed.metadata_props[0].value != value
    with pytest.raises(ModelError, match=r"output 'power' has shape \(1, 64\)"):
        Model(parsed.SerializeToString())
