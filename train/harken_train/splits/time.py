"""Every recording cut in time: whether the same machine will be heard rightly tomorrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harken_train.holdout import check_shares, cut_in_time, together
from harken_train.recordings import Recording, Split
from harken_train.splits import splits


@splits.register("time")
@dataclass(frozen=True, kw_only=True)
class Time:
    """Shares of each recording: training first, then validation, test last, a window between.

    Every group stands on both sides, and the split says so; no sample does.
    """

    test: float = 0.3
    validation: float = 0.15

    def __post_init__(self) -> None:
        check_shares(test=self.test, validation=self.validation)

    def split(
        self,
        recordings: Sequence[Recording],
        window: int,
        rng: np.random.Generator,  # noqa: ARG002 - the protocol's; nothing is drawn here
    ) -> Split:
        """Cut each recording; one too short for a part is absent from it."""
        said = Split(
            train=(),
            validation=(),
            test=(),
            shares=("every recording cut in time",),
            shared_groups=tuple(sorted({recording.group for recording in recordings})),
        )
        cuts = [
            cut_in_time(i, item.frames, window, validation=self.validation, test=self.test)
            for i, item in enumerate(recordings)
        ]
        return together(said, *cuts)
