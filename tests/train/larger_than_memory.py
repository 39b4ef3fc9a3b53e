"""A child process that may have little memory, and a set of spectrograms that does not fit in it.

    python -m tests.train.larger_than_memory FOLDER HEADROOM_MB {train,hold}

``train`` trains and evaluates a run on the set, ``hold`` makes one array of it, which must fail.
The limit is set when all libraries are there, so that it is of the data alone. Prints the peak of
resident memory that no file stands behind, in MB above the start.
"""

from __future__ import annotations

import resource
import sys
import threading
import time
from pathlib import Path

import numpy as np
import torch

from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.evaluate import evaluate, write_metrics
from harken_train.fit import fit
from harken_train.recipe_file import load_recipe
from harken_train.run import Run

BANDS, COLUMNS = 128, 256  # 128 kB a file
GROUPS = 8  # of each class
RECIPE = f"""\
name = "large"
data = {{ kind = "spectrograms", path = "." }}
split = {{ kind = "group" }}
frontend = {{ kind = "image", level = "maximum", clip = [-80, 0], size = [64, 128] }}
network = {{ kind = "edge", channels = [4, 4], columns = 16 }}
training = {{ epochs = 1, batch_size = 8, threads = 1 }}
[signal]
input = "spectrogram"
rate = 1
window = {COLUMNS}
hop = {COLUMNS}
channels = {BANDS}
unit = "dB"
"""


def write_large_set(folder: Path, megabytes: int) -> None:
    """Noise, of one class louder in the low half of the bands; each file costs one random row."""
    folder.mkdir()
    rng, lines = np.random.default_rng(0), ["file,label,group"]
    noise = rng.uniform(-80.0, -20.0, (BANDS, COLUMNS)).astype(np.float32)
    for i in range(megabytes * 2**20 // (4 * BANDS * COLUMNS)):
        label = i % 2
        noise[i % BANDS] = rng.uniform(-80.0, -20.0, COLUMNS)
        slanted = noise + np.float32(10 * label) * (np.arange(BANDS) < BANDS // 2)[:, None]
        np.save(folder / f"{i}.npy", slanted.astype(np.float32))
        lines.append(f"{i}.npy,{'ab'[label]},{'ab'[label]} {i // 2 % GROUPS}")
    (folder / "dataset.csv").write_text("\n".join(lines))
    (folder / "recipe.toml").write_text(RECIPE)


def anonymous() -> int:
    """Bytes of this process that no file stands behind."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


def data_size() -> int:
    """Bytes that count towards ``ulimit -d``."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmData:"))


def warm_up() -> None:
    """Let the libraries take what they take once, whatever the data."""
    network = torch.nn.Conv2d(1, 8, 3)
    torch.optim.AdamW(network.parameters())
    torch.autograd.backward(network(torch.zeros(16, 1, 8, 8)).sum())


def train(folder: Path) -> None:
    recipe = load_recipe(str(folder / "recipe.toml"))
    run = Run.create(folder / "run", recipe, prepare(recipe))
    fit(run, torch.device("cpu"), Silent(1))
    write_metrics(evaluate(Run.open(run.path)), run.path / "metrics.json")


def hold(folder: Path) -> None:
    recipe = load_recipe(str(folder / "recipe.toml"))
    np.stack([one.read() for one in prepare(recipe).recordings])


def main() -> None:
    folder, headroom, what = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    warm_up()
    before, peak = anonymous(), 0

    def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, anonymous())
            time.sleep(0.01)

    threading.Thread(target=watch, daemon=True).start()
    if headroom:
        limit = data_size() + headroom * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    {"train": train, "hold": hold}[what](folder)
    print((peak - before) >> 20)


if __name__ == "__main__":
    main()
