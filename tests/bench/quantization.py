"""What int8 brings each network here: size, time, noise, and what the eighth bit would.

    python tests/bench/quantization.py [RUN ...]

Without runs it trains the three networks for a moment on simulated bearings first (a minute).
fp32 and all int8 forms are timed side by side in one run, one thread, batch 1.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from harken.stream import Samples
from harken_export import calibrate, layers
from harken_export.compose import compose
from harken_export.host import host
from harken_export.inputs import inputs_of
from harken_export.material import material_of
from harken_export.paired import compare
from harken_export.parity import prove
from harken_export.quantize import SCHEMES, quantized
from harken_export.session import answers_of, in_batches, open_session
from harken_export.timing import interleaved
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.ragged import Ragged
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

SMALL = ("data.bearings=16", "data.seconds=1.0", "training.threads=2")
EPOCHS = {"edge": 6, "cnn1d": 3, "cnn2d": 1}
INT16 = 2**15 - 1


def trained(folder: Path, network: str) -> Run:
    """A run of moments: times and ranges are those of the network, not of its accuracy."""
    settings = (*SMALL, f"training.epochs={EPOCHS[network]}")
    variant = None if network == "edge" else network
    recipe = load_recipe("bearing_simulated", settings, variant)
    run = Run.create(folder / network, recipe, prepare(recipe))
    fit(run, torch.device("cpu"), Silent(0))
    return run


def measure(run: Run) -> None:
    """Print one network's parity and one line a form of its file."""
    composed, material, inputs = compose(run), material_of(run), inputs_of(run)
    if isinstance(material.calibration, Ragged):
        raise SystemExit(f"{run.path}: decides recordings whole; this table is of windows")
    fp32 = composed.content
    report = prove(
        composed.classifier,
        answers_of(open_session(fp32)),
        inputs,
        unit=run.recipe.frontend.unit,
    )
    stages = ", ".join(
        f"{stage.stage} {stage.difference:.1e} of {stage.allowed:.1e}" for stage in report.stages
    )
    print(f"\n{run.path.name}: {run.recipe.name}, {report.segments} segments")
    print(f"  parity: {stages}")
    features = answers_of(open_session(fp32))(material.calibration)["features"]
    ranges = calibrate.ranges(onnx.load_from_string(fp32), features, "minmax")
    files = {"fp32": fp32}
    for scheme in SCHEMES:
        for bits in (7, 8):
            files[f"{scheme}, {bits} bits"] = quantized(
                fp32, scheme, ranges, weight_bits=7 if bits == 7 else 8
            )
    times = interleaved(files, material.timed, seconds=6.0)
    test = material.test
    exact = answer(fp32, test.samples)
    print(f"  {'form':<16}{'kB':>7}{'ms':>9}{'faster':>8}{'noise':>8}{'same':>9}{'loss':>8}  AVX2")
    for name, content in files.items():
        logits, scores = answer(content, test.samples)
        spread = (exact[0] - exact[0].mean(axis=1, keepdims=True)).std()
        comparison = compare(test.labels, material.groups, exact[1], scores)
        print(
            f"  {name:<16}{len(content) / 1000:>7.0f}{1000 * times[name]:>9.3f}"
            f"{times['fp32'] / times[name]:>8.2f}{(logits - exact[0]).std() / spread:>8.2%}"
            f"{comparison.agreement:>9.2%}{comparison.accuracy_loss:>8.2%}  {saturation(content)}"
        )


def answer(content: bytes, samples: Samples) -> tuple[Samples, Samples]:
    answers = in_batches(answers_of(open_session(content)), samples, 1)
    return answers["logits"], answers["scores"]


def saturation(content: bytes) -> str:
    """Whether two products can leave int16, by the largest two neighbours of any int8 weights."""
    tensors = [
        numpy_helper.to_array(tensor).astype(int)
        for tensor in onnx.load_from_string(content).graph.initializer
        if tensor.name.endswith("weight_quantized")
    ]
    if not tensors:
        return ""
    largest = 2 * max(int(np.abs(weights).max()) for weights in tensors) * 255
    return f"{'holds' if largest <= INT16 else 'saturates'} ({largest} of {INT16})"


def main() -> None:
    """Measure the runs that are given, or three of our own."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    print(f"{host()}; layers: {', '.join(layers.WEIGHTED)} but the last")
    if len(sys.argv) > 1:
        for path in sys.argv[1:]:
            measure(Run.open(path))
        return
    with tempfile.TemporaryDirectory() as folder:
        for network in EPOCHS:
            measure(trained(Path(folder), network))


if __name__ == "__main__":
    main()
