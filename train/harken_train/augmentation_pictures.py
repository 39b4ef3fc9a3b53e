"""A picture of what a recipe's augmentations do to a few segments: the wave, and its features."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harken import atomic
from harken.errors import SettingsError, UsageError
from harken.stream import Samples
from harken_train.augmentations import Augmentation, augmentations
from harken_train.augmenter import Augmenter
from harken_train.build import build_frontend
from harken_train.data import Prepared, prepare
from harken_train.draws import Numbers
from harken_train.recipe import Recipe
from harken_train.segments import Segments, cut
from harken_train.spectrograms import KINDS, SPAN

EPOCH = 1
SHOWN = 320  # samples of the wave, from the middle of the window: more are a blot
BEFORE, AFTER = "#b9bec4", "#1f6fb2"


@dataclass(frozen=True, eq=False)
class Row:
    """What one row of the picture shows of every segment, and what it is called."""

    name: str
    waves: Samples  # (segments, channels, window)
    features: Samples  # (segments, ...)


def draw_augmentations(
    recipe: Recipe, path: Path, segments: int = 3, *, every_kind: bool = False
) -> list[str]:
    """Write a picture with a row an augmentation, each at probability 1; PNG, SVG or PDF.

    Those of the recipe; or all there are, as they are by default, with ``every_kind`` or when the
    recipe has none. Gives a sentence for each of these that this recipe cannot have.
    """
    if path.suffix.lower() not in KINDS:
        raise UsageError(f"{path}: need a name that ends in {', '.join(KINDS)}")
    if segments < 1:
        raise UsageError(f"--segments: need at least 1, got {segments}")
    if recipe.signal.lengths is not None:
        raise SettingsError(
            "signal.longest: recordings that are decided whole take no augmentations, crops are "
            "what varies them; to see what one would do, leave signal.shortest and longest out"
        )
    prepared = prepare(recipe)
    chosen = Chosen(recipe, prepared, segments)
    given = recipe.augmentations
    found, left_out = (list(given), []) if given and not every_kind else chosen.all_kinds()
    figure = grid(recipe, chosen, chosen.rows(found))
    out = io.BytesIO()
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    kind = path.suffix.lower()
    with mpl.rc_context({"svg.hashsalt": "harken"}):  # the same recipe, the same bytes
        figure.savefig(out, format=kind[1:], dpi=110, metadata=dates.get(kind))
    atomic.write_bytes(path, out.getvalue())
    return left_out


class Chosen:
    """The segments that are drawn: from the middle of a training recording, a class each."""

    def __init__(self, recipe: Recipe, prepared: Prepared, count: int) -> None:
        self._recipe, self._prepared = recipe, prepared
        signal = recipe.signal
        self._segments = cut(
            prepared.recordings,
            prepared.split.train,
            prepared.classes,
            window=signal.window,
            hop=signal.train_hop or signal.hop,
        )
        self._frontend = build_frontend(recipe)
        self.numbers = _one_a_class(self._segments, count)

    def titles(self) -> list[str]:
        """Class and recording of each."""
        recordings = self._prepared.recordings
        owners = self._segments.recording[self.numbers]
        return [f"{recordings[i].label}: {recordings[i].name}" for i in owners]

    def all_kinds(self) -> tuple[list[Augmentation], list[str]]:
        """Every kind that this recipe can have, and a sentence about each other."""
        found, left_out = [], []
        for kind in augmentations.kinds():
            settings = cast("Any", augmentations.get(kind))()
            try:
                self._augmenter([settings])
            except SettingsError as error:
                left_out.append(f"{kind}: {str(error).partition(f'{kind}: ')[2]}")
            else:
                found.append(settings)
        return found, left_out

    def rows(self, found: Sequence[Augmentation]) -> list[Row]:
        """The segments as they are, with each augmentation alone, and with all as an epoch has."""
        alone = self._augmenter([replace(cast("Any", one), probability=1.0) for one in found])
        rows = [self._row("as it is", self._augmenter([]))]
        for step in alone.steps:
            name = augmentations.kind_of(step.settings)
            rows.append(self._row(name, self._augmenter([step.settings])))
        if len(found) > 1:
            rows.append(self._row(f"all, as in epoch {EPOCH}", self._augmenter(found)))
        return rows

    def _augmenter(self, found: Sequence[Augmentation]) -> Augmenter:
        recipe = replace(self._recipe, augmentations=tuple(found))
        prepared = self._prepared
        return Augmenter(recipe, prepared.recordings, prepared.split.train, self._segments)

    def _row(self, name: str, augmenter: Augmenter) -> Row:
        waves, _ = augmenter.samples(self.numbers, EPOCH)
        with torch.no_grad():
            features = self._frontend(torch.from_numpy(waves)).numpy()
        return Row(name, waves, augmenter.features(features, self.numbers, EPOCH))


def _one_a_class(segments: Segments, count: int) -> Numbers:
    """The middle segment of the first recording of each class, up to ``count`` of them."""
    found = []
    for label in np.unique(segments.labels)[:count]:
        of_class = np.flatnonzero(segments.labels == label)
        first = segments.recording[of_class[0]]
        of_recording = of_class[segments.recording[of_class] == first]
        found.append(of_recording[len(of_recording) // 2])
    return np.array(found, np.int64)


def grid(recipe: Recipe, chosen: Chosen, rows: Sequence[Row]) -> Figure:
    """Draw a row an augmentation, and of every segment its wave and its features."""
    count = len(chosen.numbers)
    figure = Figure(figsize=(1.0 + 5.0 * count, 1.0 + 1.1 * len(rows)), layout="constrained")
    cells = figure.subplots(len(rows), 2 * count, squeeze=False, width_ratios=[1.5, 1.0] * count)
    for row, line in zip(rows, cells, strict=True):
        for i in range(count):
            _draw_wave(line[2 * i], recipe, rows[0].waves[i], row.waves[i])
            _draw_features(line[2 * i + 1], recipe, rows[0].features[i], row.features[i])
        line[0].set_ylabel(row.name.replace(", ", ",\n"), fontsize=8)
    for axes in cells[:-1].ravel():
        axes.tick_params(labelbottom=False)
    for i, title in enumerate(chosen.titles()):
        cells[0][2 * i].set_title(title, fontsize=8, loc="left")
    along = recipe.frontend.axes(rate=recipe.signal.rate, window=recipe.signal.window)
    for i in range(2 * count):
        cells[-1][i].set_xlabel("seconds" if i % 2 == 0 else along[-1].name, fontsize=8)
    if len(along) > 1:
        for axes in cells[:, -1]:
            axes.yaxis.set_label_position("right")
            axes.set_ylabel(along[0].name, fontsize=7)
    figure.suptitle(f"{recipe.name}: what augmentations make of training segments", fontsize=10)
    return figure


def _draw_wave(axes: Axes, recipe: Recipe, before: Samples, after: Samples) -> None:
    """The middle of the first channel, over what it was."""
    window = before.shape[-1]
    first = max(0, (window - SHOWN) // 2)
    shown = slice(first, min(window, first + SHOWN))
    seconds = np.arange(window)[shown] / recipe.signal.rate
    axes.plot(seconds, before[0, shown], linewidth=0.9, color=BEFORE)
    axes.plot(seconds, after[0, shown], linewidth=0.6, color=AFTER)
    axes.set_xlim(float(seconds[0]), float(seconds[-1]))
    axes.tick_params(labelsize=6)


def _draw_features(axes: Axes, recipe: Recipe, before: Samples, after: Samples) -> None:
    """The first channel: an image, in the range of what it was, or a curve over what it was."""
    along = recipe.frontend.axes(rate=recipe.signal.rate, window=recipe.signal.window)
    axes.tick_params(labelsize=6)
    if after.ndim == 2:
        axes.plot(along[-1].values, before[0], linewidth=0.9, color=BEFORE)
        axes.plot(along[-1].values, after[0], linewidth=0.6, color=AFTER)
        return
    top = float(before.max())
    least = max(float(before.min()), top - SPAN if recipe.frontend.unit == "dB" else -np.inf)
    places = [(float(axis.values[0]), float(axis.values[-1])) for axis in along]
    axes.imshow(
        after[0],
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=least,
        vmax=top,
        extent=(*places[1], *places[0]),
        interpolation="nearest",
    )
    axes.yaxis.tick_right()
