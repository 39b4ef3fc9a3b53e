"""Epochs a second: harken's own loop against librosa for each item of a Dataset, in each epoch.

    python tests/bench/training.py [--epochs 30] [--model cnn2d]

Both train the same network on the same segments in the same batches, forwards, backwards and the
validation pass. The supply of data alone (what harken changes) and whole epochs are told apart:
with a heavy network most of an epoch is the network's, and no supply of data makes that faster.
One thread; the ways in turn, and the best of each, so that other work of the machine hurts least.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import librosa
import numpy as np
import torch
from skimage.transform import resize
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from harken.stream import Samples
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.features import compute_features
from harken_train.fit import Loop
from harken_train.frontends.log_spectrogram import LogSpectrogram
from harken_train.recipe_file import load_recipe
from harken_train.run import Run
from harken_train.seeding import shuffled_batches
from harken_train.segments import Segments

SMALL = ("data.bearings=16", "data.seconds=1.5", "training.threads=1")  # 400 segments and a few
ROUNDS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=30, help="over which features are paid off")
    parser.add_argument("--model", action="append", help="default: edge and cnn2d")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print("| network | features | segments | supply, ms an epoch: source | harken | ratio ", end="")
    print("| epochs a second: source | harken | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for model in chosen.model or ("edge", "cnn2d"):
        print(row(model, chosen.epochs), flush=True)


def row(model: str, epochs: int) -> str:
    """One network, both ways."""
    recipe = load_recipe("bearing_simulated", SMALL, model)
    with tempfile.TemporaryDirectory() as folder:
        run = Run.create(Path(folder) / "run", recipe, prepare(recipe))
        train, validation = run.segments("train"), run.segments("validation")
        loop = Loop(run, torch.device("cpu"), Silent(1))
        loop.train_epoch()  # torch's first steps are slower than all others
        theirs = TheSourcesWay(run, train, validation)
        their_supply = min(seconds(theirs.supply) for _ in range(ROUNDS))
        once = min(
            seconds(lambda: [features_of(run, part) for part in (train, validation)])
            for _ in range(ROUNDS)
        )
        held = features_of(run, train)
        gathered = min(seconds(lambda: gather(held, recipe.training.batch_size)) for _ in range(9))
        our_supply = once / epochs + gathered
        their_epoch = min(seconds(theirs.epoch) for _ in range(ROUNDS))
        our_epoch = min(seconds(loop.train_epoch) for _ in range(ROUNDS)) + once / epochs
    shape = " x ".join(map(str, held.shape[1:]))
    return (
        f"| {model} | {shape} | {len(train)} + {len(validation)} "
        f"| {1e3 * their_supply:.0f} | {1e3 * our_supply:.1f} | {their_supply / our_supply:.0f} "
        f"| {1 / their_epoch:.2f} | {1 / our_epoch:.2f} | {their_epoch / our_epoch:.1f} |"
    )


class TheSourcesWay:
    """A Dataset that makes each item's spectrogram by librosa and scikit-image, every time."""

    def __init__(self, run: Run, train: Segments, validation: Segments) -> None:
        settings, size = run.recipe.frontend, run.recipe.training.batch_size
        assert isinstance(settings, LogSpectrogram)
        self._train = DataLoader(ItemByItem(settings, train), size, shuffle=True)
        self._validation = DataLoader(ItemByItem(settings, validation), size)
        shape = tuple(ItemByItem(settings, train)[0][0].shape)
        self._network = run.recipe.network.build(shape, len(run.classes))
        self._optimizer = torch.optim.AdamW(self._network.parameters(), lr=1e-3)

    def supply(self) -> None:
        for loader in (self._train, self._validation):
            drain(loader)

    def epoch(self) -> None:
        self._network.train()
        for features, labels in self._train:
            self._optimizer.zero_grad()
            loss = nn.functional.cross_entropy(self._network(features)[1], labels)
            torch.autograd.backward(loss)
            self._optimizer.step()
        self._network.eval()
        with torch.no_grad():
            for features, _ in self._validation:
                self._network(features)


class ItemByItem(Dataset[tuple[Tensor, int]]):
    def __init__(self, settings: LogSpectrogram, segments: Segments) -> None:
        self._settings, self._segments = settings, segments

    def __len__(self) -> int:
        return len(self._segments)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        image = spectrogram(self._settings, self._segments.samples[i, 0])
        return torch.from_numpy(image[None] / 40.0), int(self._segments.labels[i])


def spectrogram(settings: LogSpectrogram, samples: Samples) -> Samples:
    """One segment as the source makes it, in float32."""
    transform = librosa.stft(samples, n_fft=settings.n_fft, hop_length=settings.hop_length)
    image = librosa.amplitude_to_db(np.abs(transform), ref=np.max)
    if settings.size is not None:
        image = resize(image, settings.size, mode="reflect", anti_aliasing=True)
    return np.asarray(image, np.float32)


def features_of(run: Run, segments: Segments) -> Tensor:
    frontend = run.recipe.frontend.build(
        rate=run.recipe.signal.rate, window=run.recipe.signal.window
    )
    return compute_features(frontend, segments.samples, run.path)


def gather(features: Tensor, size: int) -> None:
    """What is left to do in each epoch: a new order, and its batches."""
    drain(features[batch] for batch in shuffled_batches(len(features), size))


def drain(items: Iterable[object]) -> None:
    for _ in items:
        pass


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
