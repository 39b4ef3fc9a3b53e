"""Rebuild what is shipped: ``make models``, or ``python models/build.py bearing`` (or ``ecg``).

Trains each recipe, evaluates it, exports it to models/NAME.onnx with its card, and writes simulated
recordings that it has never heard, one a class, to models/samples. Needs CWRU's recordings in
data/cwru and the records of the CinC 2017 challenge in data/cinc2017; ``samples`` alone needs none.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from harken_train.readers.simulated import Simulated
from harken_train.readers.simulated_ecg import SimulatedEcg
from harken_train.simulated_clips import write_wav

MODELS = Path(__file__).resolve().parent
SAMPLES = MODELS / "samples"
RUNS = MODELS.parent / "runs" / "models"
MACHINES = Simulated(bearings=1, recordings_each=1, seconds=3.0, seed=90_001, severity=(6.0, 8.0))
G = 20.0  # at full scale
HEARTS = SimulatedEcg(records=1, seconds=(30.0, 30.0), seed=90_004)
MILLIVOLTS = 32.768  # at full scale
HEART_FILES = {"A": "atrial_fibrillation", "N": "normal", "O": "other", "~": "noisy"}


def main() -> None:
    """Run every step that is asked for, or all; the first that fails ends it."""
    steps = {"samples": samples, "bearing": bearing, "ecg": ecg}
    for name in sys.argv[1:] or steps:
        steps[name]()


def samples() -> None:
    """Recordings of machines and hearts that no model was trained on."""
    for recording in MACHINES.recordings():
        path = SAMPLES / f"{recording.label}.wav"
        write_wav(path, recording.read(), recording.rate, G)
    (SAMPLES / "ecg").mkdir(exist_ok=True)
    for recording in HEARTS.recordings():
        path = SAMPLES / "ecg" / f"{HEART_FILES[recording.label]}.wav"
        write_wav(path, recording.read(), recording.rate, MILLIVOLTS)


def bearing() -> None:
    """The bearing model, and beside its figures those of a split that leaks."""
    recipe, file = MODELS / "bearing.toml", MODELS / "bearing.onnx"
    run, leaky = RUNS / "bearing", RUNS / "bearing-leaky"
    _fit(recipe, run)
    _fit(recipe, leaky, "--set", 'split={kind="leaky"}')
    _call("harken-train", "evaluate", run)
    export = ("harken-export", "export", run, "-o", file, "--precision", "auto", "--force")
    _call(*export, "--beside", leaky)
    _call("harken", "classify", file, *sorted(SAMPLES.glob("*.wav")))


def ecg() -> None:
    """The model of heart rhythm, calibrated by a cross-validation of its recipe (some hours)."""
    run, file, folds = RUNS / "ecg", MODELS / "ecg.onnx", RUNS.parent / "ecg-se_resnet-cv"
    _fit("ecg", run, "--set", "split.folds=20")  # 250 of 5,000 records are held out
    every = ("--folds", "5", "--seeds", "3", "--out", folds.parent, "--name", folds.name)
    _call("harken-train", "cross-validate", "ecg", *every)
    _call("harken-train", "calibrate", run, "--by", folds)
    _call("harken-train", "evaluate", run)
    _call("harken-export", "export", run, "-o", file, "--precision", "auto", "--force")
    _call("harken", "classify", file, SAMPLES / "ecg")


def _fit(recipe: object, run: Path, *words: object) -> None:
    """Train it anew."""
    shutil.rmtree(run, ignore_errors=True)
    _call("harken-train", "fit", recipe, "--out", run.parent, "--name", run.name, *words)


def _call(*words: object) -> None:
    """Run a command that is installed beside this Python."""
    command = [str(word) for word in words]
    program = Path(sys.executable).with_name(command[0])
    subprocess.run([str(program), *command[1:]], check=True)  # noqa: S603  # our own commands


if __name__ == "__main__":
    main()
