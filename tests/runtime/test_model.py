"""A model's answers, and what it refuses."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper
from tests.runtime import tiny_model

from harken.contract import KEY, from_json
from harken.decision import Decision
from harken.errors import DataError, MissingInputError, ModelError, RefusedError
from harken.model import Model
from harken.stream import Samples

BATCH_ROUNDING = 1e-6  # of a score: sums over another batch may run in another order
WINDOW, HOP, RATE = 256, 128, 8000


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(tiny_model.build())


def noise(n: int, seed: int = 0, channels: int = 1, level: float = 0.15) -> Samples:
    rng = np.random.default_rng(seed)
    swell = 1.0 + np.sin(np.arange(n) / 300.0)
    samples: Samples = (level * swell * rng.normal(0.0, 1.0, (channels, n))).astype(np.float32)
    return np.clip(samples, -0.9, 0.9)


def altered(content: bytes, **changes: object) -> bytes:
    """The same graph with other words in its contract."""
    parsed = onnx.load_from_string(content)
    entry = next(prop for prop in parsed.metadata_props if prop.key == KEY)
    for name, value in changes.items():
        entry.value = entry.value.replace(*_texts(entry.value, name, value))
    result: bytes = parsed.SerializeToString(deterministic=True)
    return result


def _texts(text: str, name: str, value: object) -> tuple[str, str]:
    start = text.index(f'"{name}":')
    end = text.index(",", start)
    return text[start:end], f'"{name}":{value}'


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([(64, 16), (64, 64), (64, 100)]),
    st.lists(st.integers(0, 900), max_size=6),
    st.sampled_from([np.float32, np.int16]),
)
def test_decisions_are_the_same_to_the_bit_however_samples_are_cut(
    cutting: tuple[int, int], cuts: list[int], dtype: type[np.generic]
) -> None:
    window, hop = cutting
    small = Model(tiny_model.build(window=window, hop=hop))
    signal = noise(900)[0]
    if dtype is np.int16:
        signal = (signal * 32767).astype(np.int16)
    whole = small.stream().push(signal)
    stream = small.stream()
    bounds = [0, *sorted(cuts), 900]
    pieces = [signal[a:b] for a, b in itertools.pairwise(bounds)]
    assert [decision for piece in pieces for decision in stream.push(piece)] == whole
    assert [decision.first for decision in whole] == list(range(0, 900 - window + 1, hop))


@pytest.mark.parametrize("channels", [1, 2])
def test_streams_heard_in_step_answer_as_each_alone(channels: int) -> None:
    model = Model(tiny_model.build(channels=channels))
    signals = np.stack([noise(2000, seed, channels) for seed in range(3)])
    signals[1, 0, 700:710] = np.nan
    together = model.stream(streams=3).push(signals)
    for k, signal in enumerate(signals):
        alone = model.stream().push(signal)
        heard = [decision for decision in together if decision.stream == k]
        for one, other in zip(alone, heard, strict=True):
            assert (one.first, one.valid, one.label, one.reason) == (
                other.first,
                other.valid,
                other.label,
                other.reason,
            )
            np.testing.assert_allclose(one.scores, other.scores, atol=BATCH_ROUNDING)


def test_integers_and_their_fractions_get_the_same_decisions(model: Model) -> None:
    integers = (noise(3000)[0] * 32767).astype(np.int16)
    assert model.classify(integers) == model.classify(integers / 32768)


def test_bytes_and_their_fractions_get_the_same_decisions(model: Model) -> None:
    unsigned = (noise(3000)[0] * 127 + 128).astype(np.uint8)
    assert model.classify(unsigned) == model.classify((unsigned.astype(float) - 128) / 128)


def test_a_loud_window_is_a_fault_and_a_quiet_one_is_not(model: Model) -> None:
    for level, label in ((0.4, "fault"), (0.05, "normal")):
        decisions = model.classify(tiny_model.tone(0.2, level))
        assert {decision.label for decision in decisions} == {label}
        assert all(d.score == max(d.scores) and d.valid and d.quality == () for d in decisions)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda x: x * np.nan, "nan"),
        (lambda x: np.where(x > 0.2, np.inf, x), "inf"),
        (lambda x: x * 0, "flat"),
        (lambda x: np.clip(20 * x, -1, 1), "clipped"),
    ],
)
def test_a_window_that_cannot_be_judged_says_why_and_is_never_normal(
    model: Model, spoil: object, reason: str
) -> None:
    assert callable(spoil)
    signal = noise(10 * WINDOW)[0]
    signal[4 * WINDOW : 5 * WINDOW] = spoil(signal[4 * WINDOW : 5 * WINDOW])
    decisions = model.classify(signal)
    [bad] = [decision for decision in decisions if decision.first == 4 * WINDOW]
    assert bad == Decision(first=bad.first, last=bad.last, valid=False, reason=reason)
    far = [d for d in decisions if d.last <= 4 * WINDOW or d.first >= 5 * WINDOW]
    assert all(decision.valid for decision in far)


def test_a_gap_is_an_invalid_decision_and_windows_start_anew(model: Model) -> None:
    stream = model.stream()
    signal = noise(2000)[0]
    stream.push(signal[:300])
    found = stream.push(signal[1000:], first=1000)
    assert found[0] == Decision(first=128, last=1000, valid=False, reason="gap")
    assert [d.first for d in found[1:]] == list(range(1000, 2000 - WINDOW + 1, HOP))
    with pytest.raises(DataError, match="given already"):
        stream.push(signal, first=0)


def test_every_stream_hears_of_a_gap() -> None:
    stream = Model(tiny_model.build()).stream(streams=2)
    found = stream.push(np.zeros((2, 10), np.float32), first=5)
    assert [(d.reason, d.stream) for d in found] == [("gap", 0), ("gap", 1)]


def test_an_answer_that_is_no_number_is_no_decision() -> None:
    parsed = onnx.load_from_string(tiny_model.build())
    parsed.graph.node[-1].output[0] = "finite"
    parsed.graph.node.append(helper.make_node("Sub", ["finite", "finite"], ["zero"]))
    parsed.graph.node.append(helper.make_node("Div", ["zero", "zero"], ["scores"]))
    found = Model(parsed.SerializeToString()).classify(noise(WINDOW))
    assert found == [Decision(first=0, last=WINDOW, valid=False, reason="no_answer")]


@pytest.mark.parametrize("shape", [(3, 300), (2, 1, 300), (300, 1), ()])
def test_samples_of_another_shape_are_refused(model: Model, shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match=r"takes samples of shape \(1, n\)"):
        model.classify(np.zeros(shape, np.float32))


def test_a_recording_shorter_than_a_window_is_refused(model: Model) -> None:
    with pytest.raises(DataError, match=r"255 samples are too few: .* windows of 256 \(0.032 s\)"):
        model.classify(noise(WINDOW - 1))


def test_another_rate_is_refused_and_never_resampled_unasked(model: Model) -> None:
    with pytest.raises(DataError, match="has 16000 Hz, model listens at 8000 Hz"):
        model.classify(noise(WINDOW), rate=16000)


def test_run_names_what_it_takes_and_what_it_has(model: Model) -> None:
    with pytest.raises(DataError, match=r"takes \(batch, 1, 256\) samples, got \(1, 256\)"):
        model.run(noise(WINDOW))
    with pytest.raises(DataError, match="no output 'logits'; it has scores"):
        model.run(noise(WINDOW)[None], ["logits"])


def test_a_stream_of_no_sensors_is_refused(model: Model) -> None:
    with pytest.raises(DataError, match="at least one stream"):
        model.stream(streams=0)


def test_a_path_and_its_bytes_are_the_same_model(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_model.build())
    assert Model(path).sha256 == model.sha256
    assert Model(str(path)).classify(noise(1000)) == model.classify(noise(1000))


@pytest.mark.parametrize(
    ("name", "error"), [("absent.onnx", "there is no such"), (".", "is a folder"), ("a\0b", "null")]
)
def test_a_path_without_a_model_file_is_missing_input(
    tmp_path: Path, name: str, error: str
) -> None:
    with pytest.raises(MissingInputError, match=error):
        Model(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"hello, world", b"PK\x03\x04" + bytes(60)])
def test_bytes_that_are_not_onnx_are_refused(content: bytes) -> None:
    with pytest.raises(ModelError):
        Model(content)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_model_is_refused(share: float) -> None:
    content = tiny_model.build()
    with pytest.raises(ModelError):
        Model(content[: int(len(content) * share)])


def test_onnx_without_a_contract_is_refused() -> None:
    parsed = onnx.load_from_string(tiny_model.build())
    del parsed.metadata_props[:]
    with pytest.raises(ModelError, match="no harken contract; harken runs files made by"):
        Model(parsed.SerializeToString())


def test_a_contract_of_a_newer_version_is_refused_with_what_to_do() -> None:
    with pytest.raises(ModelError, match="version 2, this harken reads up to 1; update harken"):
        Model(altered(tiny_model.build(), version=2))


@pytest.mark.parametrize(
    "changes",
    [
        {"window": 255},
        {"channels": 2},
        {"hop": 0},
        {"rate": '"fast"'},
        {"digest": 5},
        {"formula": '"another"'},
        {"hopp": None},
    ],
)
def test_a_contract_that_is_not_its_graphs_is_refused(changes: dict[str, object]) -> None:
    if "hopp" in changes:
        content = tiny_model.build().replace(b'"hop":128', b'"hip":128')
    else:
        content = altered(tiny_model.build(), **changes)
    with pytest.raises(ModelError):
        Model(content)


def test_a_graph_for_one_window_at_a_time_alone_is_refused() -> None:
    parsed = onnx.load_from_string(tiny_model.build())
    parsed.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    with pytest.raises(ModelError, match="any batch"):
        Model(parsed.SerializeToString())


def test_a_file_that_is_not_as_it_was_exported_is_refused() -> None:
    content = altered(tiny_model.build(), digest=f'"{"0" * 64}"')
    with pytest.raises(RefusedError, match="was altered after its export") as refusal:
        Model(content)
    assert refusal.value.exit_code == 77


def test_a_model_that_answers_otherwise_than_at_export_fails_its_probe() -> None:
    content = tiny_model.build(honest=False)
    Model(content)
    with pytest.raises(RefusedError, match="fails its probe, scores differs by"):
        Model(content, probe=True)


def test_weights_that_were_altered_fail_the_probe() -> None:
    parsed = onnx.load_from_string(tiny_model.build())
    slope = next(tensor for tensor in parsed.graph.initializer if tensor.name == "slope")
    slope.raw_data = (onnx.numpy_helper.to_array(slope) * np.float32(1.01)).tobytes()
    with pytest.raises(RefusedError, match="fails its probe"):
        Model(parsed.SerializeToString(), probe=True)


def test_a_model_without_a_probe_cannot_prove_itself() -> None:
    parsed = onnx.load_from_string(tiny_model.build())
    entry = parsed.metadata_props[0]
    contract = from_json(entry.value, "tiny")
    assert contract.probe.expected
    start = entry.value.index('"expected":[')
    end = entry.value.index('],"formula"')
    entry.value = entry.value[: start + len('"expected":[')] + entry.value[end:]
    with pytest.raises(RefusedError, match="has no probe"):
        Model(parsed.SerializeToString(), probe=True)


def test_the_probe_is_answered_within_its_tolerance(model: Model) -> None:
    [result] = model.selftest()
    assert result.passed
    assert result.output == "scores"
