"""int8 by measurement: what is quantized, what is tried, when it is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from harken.errors import ModelError
from harken_export import layers
from harken_export.choose import NotWorthItError, choose
from harken_export.compose import Composed, compose
from harken_export.host import host
from harken_export.material import Material, material_of
from harken_export.paired import compare
from harken_export.search import Measured, Search, search, verdict
from harken_train.recipe import ExportSettings
from harken_train.run import Run

WINDOW = 2048


@pytest.fixture(scope="module")
def composed(run: Run) -> Composed:
    return compose(run)


@pytest.fixture(scope="module")
def material(run: Run) -> Material:
    return material_of(run)


@pytest.fixture(scope="module")
def found(composed: Composed, material: Material) -> Search:
    found = search(composed.content, material, ExportSettings())
    assert found is not None
    return found


def silent(_: str) -> None:
    """Nobody listens."""


def timed(found: Search, speed_up: float) -> Measured:
    """The measurement as it would be on a machine where int8 is so many times as fast."""
    return dataclasses.replace(found.measured, fp32=speed_up, int8=1.0)


def test_weights_have_seven_bits_and_front_end_and_head_stay_float(
    found: Search, composed: Composed
) -> None:
    model = onnx.load_from_string(found.content)
    int8 = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in model.graph.initializer
        if tensor.name.endswith("weight_quantized")
    }
    before = onnx.load_from_string(composed.content)
    left_out = found.measured.chosen.left_out
    assert len(int8) == len(layers.weighted(before)) - len(left_out) > 0
    assert all(weights.dtype == np.int8 for weights in int8.values())
    assert max(int(np.abs(weights.astype(int)).max()) for weights in int8.values()) <= 64
    head = next(node for node in model.graph.node if "logits" in node.output)
    assert head.op_type == "Gemm"
    assert not any("Quantize" in name for name in head.input)


def test_nothing_that_the_search_looks_at_is_in_the_test(material: Material, run: Run) -> None:
    taken = {sample.tobytes() for sample in material.test.samples}
    assert not taken & {sample.tobytes() for sample in material.calibration}
    assert not taken & {sample.tobytes() for sample in material.selection.samples}
    assert len(material.groups) == len(run.segments("test"))


def test_every_scheme_and_way_to_find_ranges_is_tried(found: Search) -> None:
    tried = {(one.scheme, one.calibration) for one in found.measured.tried if not one.left_out}
    assert tried == {
        (scheme, method)
        for scheme in ("S8S8", "U8S8")
        for method in ("minmax", "percentile", "entropy")
    }


def test_layers_are_ranked_by_the_damage_each_does_alone(found: Search, composed: Composed) -> None:
    noises = [layer.noise for layer in found.measured.damage]
    assert noises == sorted(noises, reverse=True)
    assert len(noises) == len(layers.weighted(onnx.load_from_string(composed.content)))
    assert noises[-1] > 0.0


def test_what_was_measured_on_this_host_is_not_measured_again(
    found: Search, composed: Composed, material: Material
) -> None:
    known = timed(found, 1234.0)
    again = search(composed.content, material, ExportSettings(), known)
    assert again is not None
    assert again.measured == known
    assert again.content == found.content
    assert host() == known.host
    elsewhere = dataclasses.replace(known, host="another CPU")
    assert not elsewhere.is_of(composed.content)


@pytest.mark.parametrize(
    ("speed_up", "loss", "reason"),
    [
        (2.0, 1.0, ""),
        (0.5, 1.0, "slower"),
        (2.0, -1.0, "loses accuracy"),
        (0.5, -1.0, "slower and loses accuracy"),
    ],
)
def test_the_verdict_is_faster_and_no_worse(
    found: Search,
    composed: Composed,
    material: Material,
    speed_up: float,
    loss: float,
    reason: str,
) -> None:
    allowed = ExportSettings(largest_accuracy_loss=loss, largest_auc_loss=1.0)
    again = search(composed.content, material, allowed, timed(found, speed_up))
    assert again is not None
    assert again.reason == reason


@pytest.mark.parametrize(
    ("scored", "allowed", "reason"),
    [((), 0.002, ""), ((1,), 0.002, "loses accuracy"), ((1,), 0.5, "")],
)
def test_a_rare_class_that_the_recipe_scores_may_not_be_lost(
    scored: tuple[int, ...], allowed: float, reason: str
) -> None:
    labels = np.array([1, 1] + [0] * 998)
    said = np.array([1, 0] + [0] * 998)  # half of the rare class, a thousandth of all
    fp32, int8 = np.eye(2, dtype=np.float32)[labels], np.eye(2, dtype=np.float32)[said]
    comparison = compare(labels, np.arange(1000), fp32, int8, scored)
    assert comparison.accuracy_loss == pytest.approx(0.001)
    settings = ExportSettings(largest_accuracy_loss=allowed, largest_auc_loss=1.0)
    assert verdict(2.0, comparison, settings) == reason


def test_int8_that_is_slower_is_refused_with_reason_and_layers(
    found: Search, composed: Composed, run: Run
) -> None:
    slow = timed(found, 0.5)
    with pytest.raises(NotWorthItError, match=r"slower.* 0\.50 times as fast .*--accept-loss") as e:
        choose(run, composed.content, "int8", accept_loss=False, known=slow, tell=silent)
    assert found.measured.damage[0].layer in str(e.value)
    assert isinstance(e.value, ModelError)
    assert e.value.exit_code == 65
    accepted = choose(run, composed.content, "int8", accept_loss=True, known=slow, tell=silent)
    assert (accepted.precision, accepted.content) == ("int8", found.content)
    assert accepted.reason.startswith("slower")


def test_auto_ships_float_with_the_reason_when_int8_is_slower(
    found: Search, composed: Composed, run: Run
) -> None:
    chosen = choose(
        run, composed.content, "auto", accept_loss=False, known=timed(found, 0.5), tell=silent
    )
    assert (chosen.precision, chosen.content) == ("fp32", composed.content)
    assert chosen.reason.startswith("slower")


def test_layers_are_left_out_until_the_loss_is_allowed(
    composed: Composed, material: Material, found: Search
) -> None:
    never = ExportSettings(largest_accuracy_loss=-1.0)
    left = search(composed.content, material, never)
    assert left is not None
    worst = [layer.layer for layer in left.measured.damage]
    assert list(left.measured.chosen.left_out) == worst[:-1]  # one stays, or it were fp32
    assert left.measured.chosen.noise < left.measured.tried[0].noise


def test_a_paired_comparison_counts_who_is_right_alone() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 1])
    groups = np.arange(8)
    fp32 = np.eye(2, dtype=np.float32)[labels]
    int8 = np.eye(2, dtype=np.float32)[[0, 0, 1, 1, 1, 1, 1, 0]]
    comparison = compare(labels, groups, fp32, int8)
    assert (comparison.only_fp32_right, comparison.only_int8_right) == (2, 0)
    assert comparison.accuracy == (1.0, 0.75)
    assert comparison.p_value == 0.5  # two of two: 2 * (1/2) ** 2
    assert comparison.auc_loss == pytest.approx(1 - (2 / 3 + 0.8) / 2)  # ties count half
    assert comparison.scored_f1 is None
    by_second = compare(labels, groups, fp32, int8, [1]).scored_f1
    assert by_second == (1.0, 0.8)  # 4 of 5 found, 4 of 5 right
    assert comparison.interval is not None
    low, high = comparison.interval
    assert low <= 0.25 <= high
