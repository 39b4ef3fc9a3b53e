"""The stretch of one channel of one file that is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harken.errors import DataError, UsageError
from harken_train.sample_file import Wanted, look

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Excerpt:
    """Samples (n,) of the file ``name``, from ``first`` seconds on."""

    name: str
    samples: Floats
    rate: int
    first: float

    @property
    def deviation(self) -> float:
        """Root mean square about the mean."""
        return float(self.samples.std())


def read_excerpt(
    path: Path, wanted: Wanted, first: float | None = None, last: float | None = None
) -> Excerpt:
    """Read the channel that is wanted, else the first, from ``first`` to ``last`` seconds."""
    found = look(path, wanted)
    samples = found.read()[0].astype(np.float64)
    begin = round((first or 0.0) * found.rate)
    end = len(samples) if last is None else round(last * found.rate)
    if not 0 <= begin < end <= len(samples):
        raise UsageError(
            f"--first and --last: need 0 <= first < last <= {len(samples) / found.rate:g} seconds, "
            f"which is what {path.name} has, got {begin / found.rate:g} and {end / found.rate:g}"
        )
    samples = samples[begin:end]
    if not np.isfinite(samples).all():
        raise DataError(
            f"{path}: holds samples that are NaN or infinite; leave them out with --first and "
            "--last"
        )
    if np.ptp(samples) == 0.0:
        raise DataError(f"{path}: holds one value all along; there is nothing to take apart")
    return Excerpt(path.name, samples, found.rate, begin / found.rate)
