"""Made-up machines, and an augmenter of their recordings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harken.settings import load
from harken.stream import Samples
from harken_train.augmentations import Augmentation, augmentations
from harken_train.augmenter import Augmenter
from harken_train.recipe import Recipe
from harken_train.recordings import Recording, Span
from harken_train.segments import cut

RATE, WINDOW = 8_000, 400


def recording(name: str, label: str, group: str, samples: Samples, **facts: Any) -> Recording:
    return Recording(
        name=name,
        label=label,
        group=group,
        rate=RATE,
        frames=samples.shape[1],
        channels=samples.shape[0],
        read=lambda: samples,
        attributes=facts,
    )


def hum(seed: int, frames: int = 4_000, level: float = 1.0, channels: int = 1) -> Samples:
    """Noise without much of high frequencies, as machines make it."""
    noise = np.random.default_rng(seed).standard_normal((channels, frames + 2))
    return (level * (noise[:, :-2] + noise[:, 1:-1] + noise[:, 2:]) / 3.0).astype(np.float32)


def tone(cycles: npt.NDArray[np.float64]) -> Samples:
    return np.asarray(np.sin(2.0 * np.pi * cycles)[None], np.float32)


def bearings(frames: int = 4_000) -> list[Recording]:
    """Three machines a class; every second one is quieter."""
    return [
        recording(f"{label}{i}", label, f"{label}{i}", hum(10 * k + i, frames, 1.0 / (1 + i % 2)))
        for k, label in enumerate(("ball", "inner_race", "normal"))
        for i in range(3)
    ]


def augmenter(
    recordings: list[Recording],
    *settings: Augmentation,
    train: list[Span] | None = None,
    hop: int = WINDOW,
) -> Augmenter:
    train = train or [Span(i, 0, one.frames) for i, one in enumerate(recordings)]
    recipe = load(
        Recipe,
        {
            "name": "made up",
            "data": {"kind": "simulated"},
            "signal": {"rate": RATE, "window": WINDOW, "channels": recordings[0].channels},
            "split": {"kind": "group"},
            "frontend": {"kind": "raw"},
            "network": {"kind": "edge"},
        },
    )
    classes = tuple(sorted({one.label for one in recordings}))
    segments = cut(recordings, train, classes, window=WINDOW, hop=hop)
    return Augmenter(replace(recipe, augmentations=settings), recordings, train, segments)


def made(kind: str, **settings: Any) -> Augmentation:
    """An augmentation that acts on every segment."""
    return load(augmentations.get(kind), {"probability": 1.0, **settings})


def strikes(**settings: Any) -> Augmentation:
    return made("fault_impulses", **{"resonance": [1_500.0, 3_000.0], **settings})


def samples_of(augment: Augmenter, epoch: int = 1) -> Samples:
    return augment.samples(np.arange(augment.count), epoch)[0]
