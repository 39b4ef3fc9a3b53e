"""Another recording in the background: another machine, the hall, another place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from harken.errors import SettingsError
from harken.stream import Samples
from harken.suggest import suggestion
from harken_train.augmentations import Change, Material, Rows, augmentations
from harken_train.chance import Chance, Range, check_range
from harken_train.draws import Draws
from harken_train.level import levels
from harken_train.noise_pool import Pool, of_folder, of_training

SILENCE = 1e-30  # of a deviation: what is quieter is not made louder


@augmentations.register("recorded_noise")
@dataclass(frozen=True, kw_only=True)
class RecordedNoise(Chance):
    """A stretch of another recording is added, at ``decibels`` below the segment's own level.

    It is of the files in ``folder``, or else of training recordings: of the classes ``labels``, or
    of the segment's own class when none is named, and of ``groups`` other than the segment's own.
    What is added has no mean of its own.
    """

    acts_on: ClassVar[Literal["samples"]] = "samples"
    rank: ClassVar[int] = 40
    spectrograms: ClassVar[bool] = False

    decibels: Range = (0.0, 20.0)  # the signal-to-noise ratio
    folder: Path | None = None
    labels: tuple[str, ...] = ()
    groups: Literal["others", "any"] = "others"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("decibels", self.decibels, -200.0, 200.0)
        if self.folder is not None and self.labels:
            raise SettingsError(
                "folder and labels: noise is of a folder or of training; give one of them"
            )

    def build(self, material: Material) -> Change:
        for label in self.labels:
            if label not in material.classes:
                raise SettingsError(
                    f"labels: no class {label!r}{suggestion(label, material.classes)}; "
                    f"there are: {', '.join(material.classes)}"
                )
        pools = self._pools(material)
        groups = [
            one.group if self.folder is None and self.groups == "others" else None
            for one in material.recordings
        ]
        _refuse_none(material, pools, groups)

        def change(samples: Samples, rows: Rows, draws: Draws) -> Samples:
            noise = np.empty_like(samples)
            where = draws.uniform(0.0, 1.0)
            for row, recording in enumerate(rows.recording):
                pool = pools[material.recordings[recording].label]
                noise[row] = pool.window(float(where[row]), groups[recording])
            noise -= noise.mean(axis=-1, keepdims=True)
            own = levels(noise)
            ratio = 10.0 ** (-draws.uniform(*self.decibels) / 20.0)
            wanted = levels(samples) * ratio.astype(np.float32)[:, None, None]
            quiet = own < SILENCE
            factor = np.where(quiet, 0.0, wanted / np.where(quiet, 1.0, own))
            return np.asarray(samples + noise * factor, np.float32)

        return change

    def _pools(self, material: Material) -> dict[str, Pool]:
        """What may be mixed into segments of each class."""
        if self.folder is not None:
            pool = of_folder(
                self.folder,
                rate=material.rate,
                channels=material.channels,
                window=material.window,
            )
            return dict.fromkeys(material.classes, pool)
        recordings, train, window = material.recordings, material.train, material.window
        if self.labels:
            pool = of_training(recordings, train, window, self.labels)
            return dict.fromkeys(material.classes, pool)
        return {
            label: of_training(recordings, train, window, (label,)) for label in material.classes
        }


def _refuse_none(
    material: Material, pools: Mapping[str, Pool], groups: Sequence[str | None]
) -> None:
    """Raise `SettingsError` if some segments could have none: that would tell the class."""
    for recording in sorted({span.recording for span in material.train}):
        own = material.recordings[recording]
        if not pools[own.label].places(groups[recording]):
            raise SettingsError(
                f"labels: nothing can be mixed into {own.name} (class {own.label!r}, group "
                f"{own.group!r}), and having no noise would tell its class; name labels of "
                f'several groups, set groups = "any", or give a folder'
            )
