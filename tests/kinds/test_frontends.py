"""Every front-end that is registered, held to its reference in float64.

A kind's reference is ``tests/reference/KIND.py``: ``references()`` lists settings, window and
rate, ``reference(settings, samples, rate)`` gives the features of one (channels, window) input.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
import scipy.io
import soundfile
import torch
from torch import nn

from harken.settings import dump, load
from harken.stream import Samples
from harken_export.graph import to_onnx
from harken_export.session import answers_of, open_session
from harken_train.frontends import frontends
from harken_train.stress import stress_inputs

LARGEST_DB = 5e-5  # float32's last place at 80 dB is 8e-6; measured 2e-5 with a resize
LARGEST_LINEAR = 1e-6  # of the largest value; float32 keeps 6e-8, measured 1e-7
CANCELLED = 1e-14  # of the largest sample: where all of a sum cancels, float64's rounding is left
LEAST_FLOAT32 = float(np.finfo(np.float32).smallest_subnormal)  # nothing finer can be given back
ACROSS_BATCHES = 1e-5  # dB; a product of more rows may add in another order
CHANNELS = 2

Features = npt.NDArray[np.float32]
Case = tuple[str, int]  # a kind, and which of its references


def reference_of(kind: str) -> Any:
    """The kind's reference module, or a failure that says what is wanted."""
    name = f"tests.reference.{kind}"
    if importlib.util.find_spec(name) is None:
        pytest.fail(
            f"front-end {kind!r} has no tests/reference/{kind}.py: write references() and "
            f"reference() there, made with a library that is independent of ours"
        )
    return importlib.import_module(name)


def cases() -> list[Case]:
    """Every reference of every kind; a kind without any is one case, which then fails."""
    found: list[Case] = []
    for kind in frontends.kinds():
        present = importlib.util.find_spec(f"tests.reference.{kind}") is not None
        count = len(reference_of(kind).references()) if present else 1
        found += [(kind, i) for i in range(count)]
    return found


@pytest.fixture(scope="module", params=cases(), ids=lambda case: f"{case[0]}-{case[1]}")
def case(request: pytest.FixtureRequest) -> Case:
    """Each case in turn, all tests of one before the next, so that each is exported once."""
    found: Case = request.param
    return found


@functools.cache
def made(case: Case) -> tuple[nn.Module, bytes, Callable[[Samples], Features]]:
    """The module, its ONNX file, and that file as a function in onnxruntime."""
    kind, index = case
    settings, window, rate = reference_of(kind).references()[index]
    module = settings.build(rate=rate, window=window).eval()
    content = to_onnx(module, torch.zeros(1, CHANNELS, window), ["features"])
    answer = answers_of(open_session(content), ("features",))
    return module, content, lambda samples: answer(samples)["features"]


def in_torch(module: nn.Module, samples: Samples) -> Features:
    with torch.no_grad():
        features: Features = module(torch.from_numpy(samples)).numpy()
    return features


def assert_exact(case: Case, inputs: dict[str, Samples]) -> None:
    """Both ways of computing are as near to the reference as promised, on every input."""
    kind, index = case
    settings, _, rate = reference_of(kind).references()[index]
    module, _, in_onnxruntime = made(case)
    batch = np.stack(list(inputs.values()))
    answers = {"torch": in_torch(module, batch), "onnxruntime": in_onnxruntime(batch)}
    for i, (name, samples) in enumerate(inputs.items()):
        wanted = reference_of(kind).reference(settings, samples, rate)
        largest = LARGEST_DB
        if settings.unit != "dB":
            largest = max(
                LEAST_FLOAT32,
                LARGEST_LINEAR * float(np.abs(wanted).max()),
                CANCELLED * float(np.abs(samples).max()),
            )
        for where, features in answers.items():
            assert features[i].shape == wanted.shape, f"{name!r} in {where}"
            difference = float(np.abs(features[i] - wanted).max())
            assert difference <= largest, f"{name!r} in {where}: {difference:.2e}"


def test_features_equal_the_reference_on_every_stress_input(case: Case) -> None:
    _, window, rate = reference_of(case[0]).references()[case[1]]
    assert_exact(case, stress_inputs(window, rate, CHANNELS))


@pytest.mark.data
def test_features_equal_the_reference_on_real_recordings(
    case: Case, cwru: Path, machine_sound: Path, esc50: Path
) -> None:
    _, window, _ = reference_of(case[0]).references()[case[1]]
    recordings = [
        *[_vibration(path) for path in sorted(cwru.glob("*.mat"))[::9]],
        *[_sound(path) for path in sorted(machine_sound.rglob("*.flac"))[::20]],
        *[_sound(path) for path in sorted(esc50.rglob("*.flac"))[::30]],
    ]
    assert_exact(
        case,
        {
            f"recording {i}": np.stack([samples[k : k + window] for k in (0, 20_000)])
            for i, samples in enumerate(recordings)
        },
    )


@functools.cache
def _vibration(path: Path) -> npt.NDArray[np.float32]:
    content = scipy.io.loadmat(path)
    name = next(name for name in content if name.endswith("_DE_time"))
    samples: npt.NDArray[np.float32] = content[name].ravel().astype(np.float32)
    return samples


@functools.cache
def _sound(path: Path) -> npt.NDArray[np.float32]:
    samples: npt.NDArray[np.float32] = soundfile.read(path, dtype="float32", always_2d=True)[0][
        :, 0
    ]
    return samples


def test_a_window_has_the_same_features_in_any_batch(case: Case) -> None:
    _, window, rate = reference_of(case[0]).references()[case[1]]
    batch = np.stack(list(stress_inputs(window, rate, CHANNELS).values())[:5])
    module, _, in_onnxruntime = made(case)
    for compute in (functools.partial(in_torch, module), in_onnxruntime):
        together = compute(batch)
        alone = np.concatenate([compute(batch[i : i + 1]) for i in range(len(batch))])
        assert np.abs(together - alone).max() <= ACROSS_BATCHES


def test_the_graph_has_no_slow_transform_and_keeps_its_input_float32(case: Case) -> None:
    _, content, _ = made(case)
    graph = onnx.load(io.BytesIO(content)).graph
    assert not {node.op_type for node in graph.node} & {"STFT", "DFT", "GatherND", "Loop", "Scan"}
    assert {value.type.tensor_type.elem_type for value in (*graph.input, *graph.output)} == {
        onnx.TensorProto.FLOAT
    }


def test_every_row_and_column_has_its_place_on_an_axis(case: Case) -> None:
    settings, window, rate = reference_of(case[0]).references()[case[1]]
    features = in_torch(made(case)[0], np.zeros((1, CHANNELS, window), np.float32))
    axes = settings.axes(rate=rate, window=window)
    assert tuple(len(axis.values) for axis in axes) == features.shape[2:]
    for axis in axes:
        assert axis.name
        steps = np.diff(axis.values)
        assert (steps > 0.0).all() or (steps < 0.0).all()


def test_settings_survive_being_written_into_a_recipe(case: Case) -> None:
    settings, _, _ = reference_of(case[0]).references()[case[1]]
    assert load(type(settings), dump(settings)) == settings


@pytest.mark.parametrize("kind", frontends.kinds())
def test_training_may_run_through_a_front_end_on_the_way_to_its_input(kind: str) -> None:
    settings, window, rate = reference_of(kind).references()[0]
    samples = torch.randn(2, CHANNELS, window, generator=torch.Generator().manual_seed(0))
    samples.requires_grad_()
    loss = settings.build(rate=rate, window=window)(samples).square().sum()
    (gradient,) = torch.autograd.grad(loss, samples)
    assert bool(gradient.isfinite().all())
