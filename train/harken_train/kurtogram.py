"""The band in which recordings ring most impulsively: a proposal for the front-end `envelope`.

The kurtogram (Antoni, Mech. Syst. Signal Process. 20 (2006) 282-307 and 21 (2007) 108-124): the
band from 0 to half the rate is cut into 1, 2, 3, 4, 6, 8, 12 ... equal bands, and of the complex
envelope c of each the kurtosis <|c|^4> / <|c|^2>^2 - 2 is taken. It is 0 for steady noise, less for
steady tones, more for what comes in bursts, such as a resonance that a fault rings.
"""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from harken import atomic
from harken.errors import DataError, UsageError
from harken_train.data import prepare
from harken_train.recipe import Recipe

KINDS = (".png", ".svg", ".pdf")
LEAST_BINS = 32  # of a band in a piece: a kurtosis of fewer values is mostly chance
MOST_PIECES = 8  # of a recording; evenly spread over it
NARROWEST = 96  # bands

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Kurtogram:
    """``levels`` holds the kurtosis of each band, by how many there are; ``groups`` made them."""

    rate: int
    levels: dict[int, Numbers]
    groups: int
    recordings: int

    def band(self) -> tuple[float, float]:
        """The most impulsive band, in hertz, less what a filter cannot reach at 0 and the top."""
        count, i = max(
            ((count, int(values.argmax())) for count, values in self.levels.items()),
            key=lambda found: (self.levels[found[0]][found[1]], -found[0]),
        )
        width = self.rate / 2 / count
        return max(i * width, 0.005 * self.rate), min((i + 1) * width, 0.495 * self.rate)

    def kurtosis(self) -> float:
        """Of that band."""
        return max(float(values.max()) for values in self.levels.values())


def kurtogram(recipe: Recipe) -> Kurtogram:
    """Make the kurtogram of the recipe's training part; no other part is looked at.

    Recordings that are normal are left out where there are others. A piece of a second counts as
    much as any other of its recording (their median), a recording as any other of its group, and
    groups count alike (their mean).
    """
    prepared = prepare(recipe)
    spans = [
        span
        for span in prepared.split.train
        if prepared.recordings[span.recording].label not in recipe.normal
    ]
    found: defaultdict[str, list[dict[int, Numbers]]] = defaultdict(list)
    rate = recipe.signal.rate
    for span in spans or prepared.split.train:
        recording = prepared.recordings[span.recording]
        samples = recording.read()[:, span.first : span.last].astype(np.float64)
        for channel in samples:
            found[recording.group].append(of_samples(channel, rate))
    groups = [_mean(levels) for levels in found.values()]
    levels = _mean([one for one in groups if one])
    if not levels:
        raise DataError("the training part is too short for a kurtogram; record for longer")
    used = sum(map(len, found.values())) // recipe.signal.channels
    return Kurtogram(rate, levels, len(groups), used)


def of_samples(samples: Numbers, rate: int) -> dict[int, Numbers]:
    """Kurtosis of each band by how many bands there are; medians over pieces of a second."""
    length = min(len(samples), rate)
    count = min(MOST_PIECES, len(samples) // max(length, 1))
    starts = np.linspace(0, len(samples) - length, count).astype(int)
    pieces = [_of_piece(samples[start : start + length]) for start in starts]
    return {bands: np.median([one[bands] for one in pieces], axis=0) for bands in _common(pieces)}


def _of_piece(samples: Numbers) -> dict[int, Numbers]:
    taper = np.hanning(len(samples))  # else what is cut at the ends bursts in every band
    spectrum = np.fft.rfft((samples - samples.mean()) * taper)[1:]
    found = {}
    for bands in band_counts():
        width = len(spectrum) // bands
        if width < LEAST_BINS:
            break
        pieces = spectrum[: bands * width].reshape(bands, width)
        power = np.abs(np.fft.ifft(pieces, 2 * width, axis=-1)) ** 2
        power = (
            power[:, width // 4 : -width // 4]
            / np.interp(  # the taper's own shape is no burst
                np.linspace(0.0, 1.0, 2 * width)[width // 4 : -width // 4],
                np.linspace(0.0, 1.0, len(taper)),
                taper**2,
            )
        )
        mean = power.mean(axis=-1)
        least = max(float(mean.max()) * 1e-12, 1e-290)
        found[bands] = np.where(
            mean > least, (power**2).mean(axis=-1) / np.maximum(mean, least) ** 2 - 2.0, 0.0
        )
    return found


def band_counts() -> list[int]:
    """How many bands there are, level by level: 1, 2, 3, 4, 6, 8, 12 and so on."""
    counts = {1, *(2**k for k in range(1, 8)), *(3 * 2**k for k in range(7))}
    return sorted(count for count in counts if count <= NARROWEST)


def _common(levels: list[dict[int, Numbers]]) -> list[int]:
    return [bands for bands in band_counts() if levels and all(bands in one for one in levels)]


def _mean(levels: list[dict[int, Numbers]]) -> dict[int, Numbers]:
    return {bands: np.mean([one[bands] for one in levels], axis=0) for bands in _common(levels)}


def draw(found: Kurtogram, path: Path) -> None:
    """Write the picture, levels downwards; the end of ``path`` says as what (PNG, SVG or PDF)."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise UsageError(f"{path}: need a name that ends in {', '.join(KINDS)}")
    low, high = found.band()
    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    axes = figure.subplots()
    top = found.kurtosis()
    for row, values in enumerate(found.levels.values()):
        edges = np.linspace(0.0, found.rate / 2, len(values) + 1)
        shown = axes.pcolormesh(
            edges, [row - 0.5, row + 0.5], values[None], cmap="magma", vmin=0.0, vmax=top
        )
    axes.axvspan(low, high, fill=False, edgecolor="#2ca02c", linewidth=1.5)
    axes.set_yticks(range(len(found.levels)), [str(bands) for bands in found.levels])
    axes.invert_yaxis()
    axes.set_xlabel("Hz")
    axes.set_ylabel("bands")
    axes.set_title(f"{low:.0f} to {high:.0f} Hz: kurtosis {top:.2f}", fontsize=10)
    figure.colorbar(shown, ax=axes, label="kurtosis of the envelope")
    out = io.BytesIO()
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    with mpl.rc_context({"svg.hashsalt": "harken"}):  # the same recipe, the same bytes
        figure.savefig(out, format=kind[1:], dpi=130, metadata=dates.get(kind))
    atomic.write_bytes(path, out.getvalue())
