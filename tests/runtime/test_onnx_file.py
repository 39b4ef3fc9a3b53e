"""Model files, good and bad, by our own walker and through harken.Model."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper
from tests.runtime import tiny_model
from tests.runtime.unfit_models import CASES, TINY, edited, outside_by

import harken
from harken import seal
from harken.contract import KEY, from_json
from harken.errors import ModelError, RefusedError
from harken.onnx_file import parse, with_metadata

SLOWEST = 1.0  # seconds of processor; the promise for any file, however broken
QUICK = 0.01  # seconds of processor for a model of 1 MB; measured 0.003


def test_versions_and_metadata_are_those_that_onnx_reads() -> None:
    parsed, model = parse(TINY, "x"), onnx.load_from_string(TINY)
    assert parsed.ir_version == model.ir_version
    assert parsed.opsets == {entry.domain: entry.version for entry in model.opset_import}
    assert parsed.metadata == {entry.key: entry.value for entry in model.metadata_props}


def test_the_digest_is_of_the_bytes_without_the_contract() -> None:
    def bare(model: onnx.ModelProto) -> None:
        del model.metadata_props[:]

    content = edited(bare)
    assert parse(content, "x").digest == hashlib.sha256(content).hexdigest()
    assert parse(with_metadata(content, KEY, "anything"), "x").digest == parse(content, "x").digest
    assert parse(with_metadata(content, "other", ""), "x").digest != parse(content, "x").digest


@given(value=st.text(max_size=300), key=st.sampled_from([KEY, "other"]))
@settings(max_examples=50, deadline=None)
def test_metadata_that_is_set_is_read_by_onnx_and_set_anew_by_us(value: str, key: str) -> None:
    content = with_metadata(with_metadata(TINY, key, "before"), key, value)
    model = onnx.load_from_string(content)
    assert {entry.key: entry.value for entry in model.metadata_props}[key] == value
    assert parse(content, "x").metadata[key] == value
    assert len(model.metadata_props) == len(parse(content, "x").metadata)
    assert (parse(content, "x").digest == parse(TINY, "x").digest) == (key == KEY)


def test_a_megabyte_of_weights_is_stepped_over() -> None:
    def grow(model: onnx.ModelProto) -> None:
        weights = np.zeros((512, 512), np.float32)
        model.graph.initializer.append(numpy_helper.from_array(weights, "more"))
        for k in range(300):
            model.graph.node.append(helper.make_node("LeakyRelu", [f"a{k}"], [f"a{k + 1}"]))

    content = edited(grow)
    began = time.process_time()
    parse(content, "x")
    assert time.process_time() - began < QUICK


def test_what_goes_in_and_out_of_an_inner_graph_is_its_own_business() -> None:
    def loop(model: onnx.ModelProto) -> None:
        words = helper.make_tensor_value_info("w", onnx.TensorProto.STRING, [1])
        body = helper.make_graph([], "body", [words], [words])
        model.graph.node.append(helper.make_node("Loop", ["n", "c"], ["o"], body=body))

    assert parse(edited(loop), "x").ir_version == 9


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_is_no_model_for_a_device_is_refused(case: str, tmp_path: Path) -> None:
    content, why = CASES[case]
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    for file, name in ((content, "model"), (path, str(path))):
        began = time.process_time()
        with pytest.raises(ModelError) as caught:
            harken.Model(file)
        assert time.process_time() - began < SLOWEST
        assert str(caught.value).startswith(f"{name}: ")
        assert why in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_model_cut_at_any_byte_is_refused() -> None:
    for length in range(len(TINY)):
        with pytest.raises(ModelError):
            harken.Model(TINY[:length])


@pytest.mark.parametrize("link", ["symlink", "hardlink"])
def test_linked_weights_beside_the_model_are_not_loaded_either(link: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(16))
    beside = tmp_path / "weights.bin"
    if link == "symlink":
        beside.symlink_to(secret)
    else:
        os.link(secret, beside)
    path = tmp_path / "model.onnx"
    path.write_bytes(edited(outside_by("weights.bin")))
    with pytest.raises(ModelError, match="keeps its data outside the file"):
        harken.Model(path)


def sealed() -> bytes:
    """The tiny model with its seal, as an export leaves it."""
    return seal.sealed(TINY, from_json(parse(TINY, "x").metadata[KEY], "x"), "x")


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_a_flipped_bit_anywhere_is_refused(seed: int) -> None:
    content = bytearray(sealed())
    at = seed % len(content)
    content[at] ^= 1 << seed % 8
    with pytest.raises(ModelError):
        harken.Model(bytes(content))


def test_altered_weights_are_told_by_the_digest() -> None:
    content = sealed()
    assert harken.Model(content).contract.digest
    at = content.index(np.float32(tiny_model.STEEPNESS).tobytes())
    altered = content[:at] + np.float32(-200).tobytes() + content[at + 4 :]
    with pytest.raises(RefusedError, match="was altered after its export"):
        harken.Model(altered)


def test_weights_that_are_no_numbers_give_no_decision() -> None:
    def spoil(model: onnx.ModelProto) -> None:
        model.graph.initializer[1].raw_data = np.full((1, 2), np.nan, np.float32).tobytes()

    model = harken.Model(edited(spoil))
    [decision] = model.classify(tiny_model.tone(256 / 8000, 0.5))
    assert (decision.valid, decision.reason) == (False, "no_answer")
    with pytest.raises(RefusedError, match="fails its probe"):
        harken.Model(edited(spoil), probe=True)
