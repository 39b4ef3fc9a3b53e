"""The range of every tensor of the network, from segments that are not the test's."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
from onnxruntime.quantization import CalibrationMethod
from onnxruntime.quantization.calibrate import CalibrationDataReader, create_calibrator

from harken.errors import InputOutputError
from harken.stream import Samples
from harken_export.layers import QUANTIZED_OPS
from harken_train.ragged import Ragged, in_rectangles

METHODS = {
    "minmax": CalibrationMethod.MinMax,
    "percentile": CalibrationMethod.Percentile,
    "entropy": CalibrationMethod.Entropy,
}
# Percentile over signed values: after ReLU a symmetric range would waste half of the steps.
OPTIONS: dict[str, dict[str, Any]] = {"percentile": {"symmetric": False, "percentile": 99.99}}
PIECE = 16  # segments at a time: histograms hold every activation of one piece in memory


class Features(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Feeds features to the calibrator, a piece at a time."""

    def __init__(self, pieces: list[Samples]) -> None:
        self._pieces: Iterator[Samples] = iter(pieces)

    def get_next(self) -> dict[str, Samples] | None:
        """Give the next piece, or None when there is none."""
        piece = next(self._pieces, None)
        return None if piece is None else {"features": piece}


def ranges(model: onnx.ModelProto, features: Samples | Ragged, method: str) -> Any:
    """Measure the range of each tensor behind ``features``; needs at least one row of them.

    Gives what onnxruntime's quantizer takes. A rest of less than one piece is left out (the
    histograms want equal pieces), unless it is all there is; of whole recordings, none.
    """
    pieces = _pieces(features)
    try:
        with tempfile.TemporaryDirectory(prefix="harken-calibrate-") as folder, quiet():
            return _calibrated(network_of(model), Path(folder), pieces, method)
    except OSError as error:
        raise InputOutputError(
            f"{tempfile.gettempdir()}: no room to calibrate in, {error.strerror}; set TMPDIR"
        ) from None


def _pieces(features: Samples | Ragged) -> list[Samples]:
    if isinstance(features, Ragged):
        return [alike for _, alike in in_rectangles(features, PIECE)]
    piece = min(PIECE, len(features))
    return [features[k : k + piece] for k in range(0, len(features) - piece + 1, piece)]


def _calibrated(network: onnx.ModelProto, folder: Path, pieces: list[Samples], method: str) -> Any:
    """Work in ``folder``: onnxruntime's calibrator goes from file to file."""
    onnx.save(network, folder / "network.onnx")
    calibrator = create_calibrator(
        folder / "network.onnx",
        list(QUANTIZED_OPS),
        augmented_model_path=str(folder / "augmented.onnx"),
        calibrate_method=METHODS[method],
        extra_options=OPTIONS.get(method, {}),
    )
    for piece in pieces:
        calibrator.collect_data(Features([piece]))
    return calibrator.compute_data()


def network_of(model: onnx.ModelProto) -> onnx.ModelProto:
    """Cut out the part behind ``features``: front-end done, only the network is calibrated."""
    inferred = onnx.shape_inference.infer_shapes(model)
    network: onnx.ModelProto = onnx.utils.Extractor(inferred).extract_model(
        ["features"], ["logits"]
    )
    return network


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what onnxruntime's quantizer prints to standard output from the user."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield
