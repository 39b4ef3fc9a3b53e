"""Epochs a second: harken's own loop against librosa for each item of a Dataset, in each epoch.

    python -m tests.bench.training [--epochs 30] [--model cnn2d]

Both train the same network on the same segments in the same batches with the same optimizer:
forwards, backwards and the validation pass. The supply of data (what harken changes), the network's
own work (which no supply of data makes faster) and whole epochs are told apart. One thread; the
ways in turn, and the best of each, so that other work of the machine hurts least.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from tests.reference import log_spectrogram as reference
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from harken_train.augmentations import augmentations
from harken_train.batch import Batch
from harken_train.build import build_frontend
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.features import compute_features
from harken_train.feed import Feed
from harken_train.fit import Loop
from harken_train.frontends.log_spectrogram import LogSpectrogram
from harken_train.recipe_file import load_recipe
from harken_train.run import Run
from harken_train.seeding import shuffled_batches
from harken_train.segments import Segments

SMALL = ("data.bearings=16", "data.seconds=1.5", "training.threads=1")  # 400 segments and a few
ROUNDS, LONG_ENOUGH = 2, 10.0  # at least so many rounds, and so many seconds of them
Batches = Iterable[tuple[Tensor, Tensor]]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=30, help="over which features are paid off")
    parser.add_argument("--model", action="append", help="default: edge and cnn2d")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print("| network | features | segments | supply, ms an epoch: source | harken | ratio ", end="")
    print("| the network's own, ms | of it optimizer ", end="")
    print("| epochs a second: source | harken | ratio | at most |")
    print("|---" * 12 + "|")
    for model in chosen.model or ("edge", "cnn2d"):
        print(row(model, chosen.epochs), flush=True)
    print("\n| augmentation of every second segment | supply, ms an epoch (CPU) | us a segment |")
    print("|---" * 3 + "|")
    for line in augmentation_rows():
        print(line, flush=True)


def row(model: str, epochs: int) -> str:
    """One network, both ways; the last ratio is that of a supply that costs nothing at all."""
    recipe = load_recipe("bearing_simulated", SMALL, model)
    with tempfile.TemporaryDirectory() as folder:
        run = Run.create(Path(folder) / "run", recipe, prepare(recipe))
        train, validation = run.segments("train"), run.segments("validation")
        loop = Loop(run, torch.device("cpu"), Silent(1))
        theirs = TheSourcesWay(run, train, validation)
        held = [features_of(run, part) for part in (train, validation)]
        size = recipe.training.batch_size
        ready = [
            list(batches_of(*pair, size)) for pair in zip(held, (train, validation), strict=True)
        ]
        supply, once, gathered = in_turn(
            theirs.supply,
            lambda: drain(features_of(run, part) for part in (train, validation)),
            lambda: gather(held[0], size),
        )
        epoch, own, optimizer, ours = in_turn(
            theirs.epoch,
            lambda: theirs.steps(*ready),
            lambda: theirs.optimize(len(ready[0])),
            lambda: drain([loop.train_epoch()]),
        )
    our_supply, our_epoch = once / epochs + gathered, ours + once / epochs
    return (
        f"| {model} | {' x '.join(map(str, held[0].shape[1:]))} | {len(train)} + {len(validation)} "
        f"| {1e3 * supply:.0f} | {1e3 * our_supply:.1f} | {supply / our_supply:.0f} "
        f"| {1e3 * own:.0f} | {1e3 * optimizer:.1f} "
        f"| {1 / epoch:.2f} | {1 / our_epoch:.2f} | {epoch / our_epoch:.1f} | {epoch / own:.1f} |"
    )


def augmentation_rows() -> list[str]:
    """What each augmentation adds to the supply of an epoch, features anew included."""
    kinds = augmentations.kinds()
    choices = {"none": [], **{kind: [kind] for kind in kinds}, "all of them": kinds}
    plain = load_recipe("bearing_simulated", SMALL)
    with tempfile.TemporaryDirectory() as folder:
        run = Run.create(Path(folder) / "run", plain, prepare(plain))
        feeds = [feed_of(run, names) for names in choices.values()]
        size = plain.training.batch_size
        epochs = [partial(supply_epoch, feed, size) for feed in feeds]
        took = in_turn(*epochs, clock=time.process_time)
    return [
        f"| {name} | {1e3 * best:.0f} | {1e6 * best / len(feeds[0]):.0f} |"
        for name, best in zip(choices, took, strict=True)
    ]


def feed_of(run: Run, kinds: list[str]) -> Feed:
    listed = ", ".join(f'{{kind="{kind}"}}' for kind in kinds)
    recipe = load_recipe("bearing_simulated", [*SMALL, f"augmentations=[{listed}]"])
    augmented = Run(run.path, recipe, run.facts)
    augmented.__dict__["prepared"] = run.prepared  # read once for all of them
    return Feed(augmented, build_frontend(recipe), run.segments("train"))


def supply_epoch(feed: Feed, size: int) -> None:
    drain(feed.features(Batch(batch), 1) for batch in shuffled_batches(len(feed), size))


class TheSourcesWay:
    """A Dataset that makes each item's spectrogram by librosa and scikit-image, every time."""

    def __init__(self, run: Run, train: Segments, validation: Segments) -> None:
        settings, size = run.recipe.frontend, run.recipe.training.batch_size
        assert isinstance(settings, LogSpectrogram)
        self._train = DataLoader(ItemByItem(settings, train), size, shuffle=True)
        self._validation = DataLoader(ItemByItem(settings, validation), size)
        shape = tuple(ItemByItem(settings, train)[0][0].shape)
        self._network = run.recipe.network.build(shape, len(run.classes))
        self._optimizer = torch.optim.AdamW(self._network.parameters(), lr=1e-3)  # as harken's

    def supply(self) -> None:
        for loader in (self._train, self._validation):
            drain(loader)

    def epoch(self) -> None:
        self.steps(self._train, self._validation)

    def steps(self, train: Batches, validation: Batches) -> None:
        """What an epoch does with its batches, wherever they come from."""
        self._network.train()
        for features, labels in train:
            self._optimizer.zero_grad()
            loss = nn.functional.cross_entropy(self._network(features)[1], labels)
            torch.autograd.backward(loss)
            self._optimizer.step()
        self._network.eval()
        with torch.no_grad():
            for features, _ in validation:
                self._network(features)

    def optimize(self, steps: int) -> None:
        """The optimizer's part of an epoch, on the last gradients again."""
        for _ in range(steps):
            self._optimizer.step()


class ItemByItem(Dataset[tuple[Tensor, int]]):
    def __init__(self, settings: LogSpectrogram, segments: Segments) -> None:
        self._settings, self._segments = settings, segments

    def __len__(self) -> int:
        return len(self._segments)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        image = reference.of_channel(self._settings, self._segments.samples[i, 0])
        return torch.from_numpy(image[None].astype(np.float32) / 40.0), int(
            self._segments.labels[i]
        )


def features_of(run: Run, segments: Segments) -> Tensor:
    frontend = run.recipe.frontend.build(
        rate=run.recipe.signal.rate, window=run.recipe.signal.window
    )
    return compute_features(frontend, segments.samples, run.path)


def batches_of(features: Tensor, segments: Segments, size: int) -> Batches:
    labels = torch.from_numpy(segments.labels)
    return zip(torch.split(features / 40.0, size), torch.split(labels, size), strict=True)


def gather(features: Tensor, size: int) -> None:
    """What is left to do in each epoch: a new order, and its batches."""
    drain(features[batch] for batch in shuffled_batches(len(features), size))


def drain(items: Iterable[object]) -> None:
    for _ in items:
        pass


def in_turn(
    *calls: Callable[[], None], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """The best seconds of each, one after another, again and again; the first round warms up."""
    took: list[list[float]] = []
    until = time.perf_counter() + LONG_ENOUGH
    while len(took) <= ROUNDS or time.perf_counter() < until:
        took.append([seconds(call, clock) for call in calls])
    return [min(times) for times in zip(*took[1:], strict=True)]


def seconds(call: Callable[[], None], clock: Callable[[], float]) -> float:
    began = clock()
    call()
    return clock() - began


if __name__ == "__main__":
    main()
