"""A recipe's augmentations at work on training segments, in the one order that they have."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harken.errors import SettingsError
from harken.stream import Samples
from harken_train.augmentations import Augmentation, Change, Material, Rows, augmentations
from harken_train.draws import Draws
from harken_train.placement import Places, cut_out
from harken_train.recipe import Recipe
from harken_train.recordings import Recording, Span
from harken_train.segments import Segments

Numbers = npt.NDArray[np.int64]
Chosen = npt.NDArray[np.bool_]
STAGES = ("position", "samples", "features")


@dataclass(frozen=True, eq=False)
class Step:
    """One augmentation, built; by ``key``, its own part of the seed, others do not matter."""

    settings: Augmentation
    change: Change
    key: tuple[int, int]


class Augmenter:
    """Changes segments, given by their numbers, as the seed, the epoch and these numbers say.

    It makes no difference who asks for a segment, and which others stand beside it.
    """

    def __init__(
        self,
        recipe: Recipe,
        recordings: Sequence[Recording],
        train: Sequence[Span],
        segments: Segments,
    ) -> None:
        self.recipe, self._segments = recipe, segments
        self._recordings = recordings
        self.steps = steps_of(recipe, material_of(recipe, recordings, train, segments.classes))
        self._position, self._samples, self._features = (
            [step for step in self.steps if step.settings.acts_on == stage] for stage in STAGES
        )
        if self._position:
            self._low, self._high = _stretches(segments, train, recipe.signal.window)

    @property
    def count(self) -> int:
        """How many segments there are."""
        return len(self._segments)

    @property
    def moves_samples(self) -> bool:
        """Whether samples are changed, and not features alone."""
        return bool(self._position or self._samples)

    @property
    def masks_features(self) -> bool:
        """Whether features are changed."""
        return bool(self._features)

    def share_without_room(self) -> float:
        """The share of segments that stand in a stretch no longer than they are: none can move."""
        if not self._position:
            return 0.0
        return float((self._high - self._low <= self._segments.samples.shape[-1]).mean())

    def samples(self, numbers: Numbers, epoch: int) -> tuple[Samples, Chosen]:
        """(rows, channels, window) of these segments, and which of them were changed."""
        rows = self._rows(numbers)
        found = np.array(self._segments.samples[numbers], np.float32)
        touched = self._placed(found, numbers, rows, epoch)
        for step in self._samples:
            chosen, draws = self._chosen(step, numbers, epoch)
            touched |= chosen
            if chosen.any():
                found[chosen] = step.change(found[chosen], rows.of(chosen), draws)
        return found, touched

    def features(self, features: Samples, numbers: Numbers, epoch: int) -> Samples:
        """Mask features (rows, ...) of these segments."""
        rows = self._rows(numbers)
        found = features.copy()
        for step in self._features:
            chosen, draws = self._chosen(step, numbers, epoch)
            if chosen.any():
                found[chosen] = step.change(found[chosen], rows.of(chosen), draws)
        return found

    def _placed(self, found: Samples, numbers: Numbers, rows: Rows, epoch: int) -> Chosen:
        """Cut anew, into ``found``, what is moved or stretched; gives which rows were."""
        touched = np.zeros(len(numbers), np.bool_)
        if not self._position:
            return touched
        places = Places.at(
            self._segments.first[numbers],
            self._low[numbers],
            self._high[numbers],
            found.shape[-1],
        )
        for step in self._position:
            chosen, draws = self._chosen(step, numbers, epoch)
            touched |= chosen
            changed = step.change(places.of(chosen), rows.of(chosen), draws)
            places = places.with_rows(chosen, changed)
        for row in np.flatnonzero(touched):
            recording = self._recordings[rows.recording[row]].read()
            found[row] = cut_out(recording, places, int(row))
        return touched

    def _chosen(self, step: Step, numbers: Numbers, epoch: int) -> tuple[Chosen, Draws]:
        """Which of these segments the step changes in this epoch, and their random numbers."""
        draws = Draws((self.recipe.seed, epoch, *step.key), numbers)
        chosen = draws.uniform(0.0, 1.0) < step.settings.probability
        return chosen, draws.of(chosen)

    def _rows(self, numbers: Numbers) -> Rows:
        return Rows(self._segments.recording[numbers], self._segments.labels[numbers])


def material_of(
    recipe: Recipe, recordings: Sequence[Recording], train: Sequence[Span], classes: tuple[str, ...]
) -> Material:
    """What augmentations of the training stretches are built from."""
    signal = recipe.signal
    return Material(
        rate=signal.rate,
        window=signal.window,
        channels=signal.channels,
        classes=classes,
        recordings=recordings,
        train=train,
        axes=recipe.frontend.axes(rate=signal.rate, window=signal.window),
    )


def steps_of(recipe: Recipe, material: Material) -> list[Step]:
    """Build the recipe's augmentations and bring them into order."""
    seen: Counter[str] = Counter()
    steps = []
    for i, settings in enumerate(recipe.augmentations):
        kind = augmentations.kind_of(settings)
        if recipe.signal.input == "spectrogram" and not settings.spectrograms:
            raise SettingsError(
                f"augmentations[{i}], {kind}: is for samples, and this recipe's recordings are "
                f"spectrograms; leave it out"
            )
        try:
            change = settings.build(material)
        except SettingsError as error:
            raise SettingsError(f"augmentations[{i}], {kind}: {error}") from None
        steps.append(Step(settings, change, (zlib.crc32(kind.encode()), seen[kind])))
        seen[kind] += 1
    return sorted(steps, key=lambda step: (STAGES.index(step.settings.acts_on), step.settings.rank))


def _stretches(segments: Segments, train: Sequence[Span], window: int) -> tuple[Numbers, Numbers]:
    """The training stretch that each segment was cut from: its first sample and that after it."""
    spans = sorted(train, key=lambda span: (span.recording, span.first))
    recording = np.array([span.recording for span in spans], np.int64)
    firsts = np.array([span.first for span in spans], np.int64)
    lasts = np.array([span.last for span in spans], np.int64)
    beyond = int(max(lasts.max(initial=0), segments.first.max(initial=0))) + 1
    keys = recording * beyond + firsts
    found = np.searchsorted(keys, segments.recording * beyond + segments.first, side="right") - 1
    holds = (recording[found] == segments.recording) & (segments.first + window <= lasts[found])
    low = np.where(holds, firsts[found], segments.first)  # where stretches overlap, its own window
    return low, np.where(holds, lasts[found], segments.first + window)
