"""Whether augmentation helps on simulated bearings: other machines, several seeds, paired.

    python -m tests.bench.augmentation [--seeds 5] [--bearings 32] [--epochs 12]

Each seed draws its own machines to train on, weights and order; all are scored on the same 160
machines that none of them has seen. A row is the recipe ``bearing_simulated`` with one augmentation
(or several) at probability 0.5; the difference is to the same seed without any.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from harken_train.classifier import decided
from harken_train.cli.progress import Silent
from harken_train.data import prepare
from harken_train.fit import fit
from harken_train.recipe_file import load_recipe
from harken_train.recordings import whole
from harken_train.run import Run
from harken_train.segments import Segments, cut

RECIPE = "bearing_simulated"
OTHERS = ("data.seed=1000", "data.bearings=40")  # the machines to be scored on
CHOICES = {
    "none": (),
    "noise, 20 dB below": ('{kind="noise", decibels=20.0}',),
    "shift": ('{kind="shift"}',),
    "crop": ('{kind="crop"}',),
    "amplitude": ('{kind="amplitude"}',),
    "time_warp, 10 %": ('{kind="time_warp"}',),
    "time_warp, 2 %": ('{kind="time_warp", most=0.02}',),
    "polarity": ('{kind="polarity"}',),
    "recorded_noise": ('{kind="recorded_noise"}',),
    "fault_impulses": ('{kind="fault_impulses"}',),
    "time_mask, frequency_mask": ('{kind="time_mask"}', '{kind="frequency_mask"}'),
    "the source's four, noise 0.1": (
        '{kind="noise"}',
        '{kind="shift"}',
        '{kind="amplitude"}',
        '{kind="time_warp"}',
    ),
    "crop, recorded_noise, fault_impulses": (
        '{kind="crop"}',
        '{kind="recorded_noise"}',
        '{kind="fault_impulses"}',
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0, help="to share them between processes")
    parser.add_argument("--bearings", type=int, default=32, help="a state, validation and test too")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--only", action="append", choices=list(CHOICES), help="default: all")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    others = other_machines()
    names = ["none", *(name for name in chosen.only or CHOICES if name != "none")]
    found: dict[str, list[float]] = {name: [] for name in names}
    for seed in range(chosen.first_seed, chosen.first_seed + chosen.seeds):
        for name in names:
            settings = (f"data.bearings={chosen.bearings}", f"training.epochs={chosen.epochs}")
            found[name].append(accuracy(CHOICES[name], seed, settings, others))
            print(f"seed={seed} accuracy={found[name][-1]:.4f} {name}", file=sys.stderr, flush=True)
    print(
        "| augmentation | accuracy, mean (range) | difference to none, mean (range) | better in |"
    )
    print("|---|---|---|---|")
    for name in names:
        values, apart = np.array(found[name]), np.array(found[name]) - np.array(found["none"])
        print(
            f"| {name} | {in_words(values, '')} | {in_words(apart, '+')} "
            f"| {int((apart > 0).sum())} of {len(values)} |"
        )


def other_machines() -> Segments:
    recipe = load_recipe(RECIPE, OTHERS)
    prepared = prepare(recipe)
    spans = whole(prepared.recordings)
    window = recipe.signal.window
    return cut(prepared.recordings, spans, prepared.classes, window=window, hop=window)


def accuracy(
    augmentations: tuple[str, ...], seed: int, settings: tuple[str, ...], others: Segments
) -> float:
    """The share of windows of the other machines that are told right."""
    listed = f"augmentations=[{', '.join(augmentations)}]"
    recipe = load_recipe(RECIPE, [*settings, f"seed={seed}", f"data.seed={2000 + seed}", listed])
    with tempfile.TemporaryDirectory() as folder:
        run = Run.create(Path(folder) / "run", recipe, prepare(recipe))
        fit(run, torch.device("cpu"), Silent(1))
        classifier = run.classifier()
    with torch.no_grad():
        batches = torch.split(torch.from_numpy(others.samples), 256)
        answers = torch.cat([decided(classifier(batch).logits) for batch in batches])
    return float((answers.numpy() == others.labels).mean())


def in_words(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], sign: str) -> str:
    mean, low, high = 100 * values.mean(), 100 * values.min(), 100 * values.max()
    return f"{mean:{sign}.1f} ({low:{sign}.1f} to {high:{sign}.1f})"


if __name__ == "__main__":
    main()
