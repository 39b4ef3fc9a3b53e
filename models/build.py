"""Rebuild what is shipped: ``make models``. Needs CWRU's recordings in data/cwru.

Trains models/bearing.toml, evaluates it, exports it to models/bearing.onnx with its card, and
writes one clip a state of machines that it has never heard to models/samples.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from harken.model import Model
from harken_train.readers.simulated import Simulated
from harken_train.simulated_clips import write_wav

MODELS = Path(__file__).resolve().parent
RUN = MODELS.parent / "runs" / "models" / "bearing"
SAMPLES = Simulated(bearings=1, recordings_each=1, seconds=3.0, seed=90_001, severity=(6.0, 8.0))


def main() -> None:
    """Run every step; the first that fails ends it."""
    leaky = RUN.with_name("bearing-leaky")
    shutil.rmtree(RUN, ignore_errors=True)
    shutil.rmtree(leaky, ignore_errors=True)
    recipe, file = MODELS / "bearing.toml", MODELS / "bearing.onnx"
    fit = ("harken-train", "fit", recipe, "--out", RUN.parent)
    _call(*fit, "--name", RUN.name)
    _call(*fit, "--name", leaky.name, "--set", 'split={kind="leaky"}')
    _call("harken-train", "evaluate", RUN)
    export = ("harken-export", "export", RUN, "-o", file, "--precision", "auto", "--force")
    _call(*export, "--beside", leaky)
    scale = Model(file).contract.input.scale
    for recording in SAMPLES.recordings():
        path = MODELS / "samples" / f"{recording.label}.wav"
        write_wav(path, recording.read(), recording.rate, scale)
    _call("harken", "classify", file, MODELS / "samples")


def _call(*words: object) -> None:
    """Run a command that is installed beside this Python."""
    command = [str(word) for word in words]
    program = Path(sys.executable).with_name(command[0])
    subprocess.run([str(program), *command[1:]], check=True)  # noqa: S603  # our own commands


if __name__ == "__main__":
    main()
