"""A picture of examples of every class, as the recipe's own front-end sees them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter, MaxNLocator

from harken import atomic
from harken.errors import DataError, UsageError
from harken.stream import Samples
from harken_train.build import build_frontend
from harken_train.data import at_rate
from harken_train.recipe import Recipe
from harken_train.recordings import Recording, classes_of
from harken_train.spectral.axis import Axis

KINDS = (".png", ".svg", ".pdf")
SPAN = 80.0  # dB from the brightest down to black
_COLOURS = ("#1f6fb2", "#c2570c", "#17703f", "#7a4fa3")


@dataclass(frozen=True, kw_only=True)
class Example:
    """The features (channels, ...) of ``samples`` samples in the middle of a recording."""

    recording: Recording
    first: int
    samples: int
    features: Samples


def draw_spectrograms(recipe: Recipe, path: Path, per_class: int = 4) -> None:
    """Write a picture with a row a class; the end of ``path`` says as what (PNG, SVG or PDF)."""
    if path.suffix.lower() not in KINDS:
        raise UsageError(f"{path}: need a name that ends in {', '.join(KINDS)}")
    figure = grid(recipe, examples(recipe, per_class))
    out = io.BytesIO()
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    with mpl.rc_context({"svg.hashsalt": "harken"}):  # the same recipe, the same bytes
        figure.savefig(
            out, format=path.suffix.lower()[1:], dpi=150, metadata=dates.get(path.suffix.lower())
        )
    atomic.write_bytes(path, out.getvalue())


def examples(recipe: Recipe, per_class: int) -> dict[str, list[Example]]:
    """Up to ``per_class`` examples of every class, of as many groups as there are."""
    if per_class < 1:
        raise UsageError(f"--per-class: need at least 1, got {per_class}")
    recordings = recipe.data.recordings()
    if not recordings:
        raise DataError("data: there is no recording")
    frontend = build_frontend(recipe)
    found: dict[str, list[Example]] = {}
    for label in classes_of(recordings):
        chosen = _of_many_groups([one for one in recordings if one.label == label], per_class)
        found[label] = [_example(recipe, recording, frontend) for recording in chosen]
    return found


def _of_many_groups(recordings: Sequence[Recording], count: int) -> list[Recording]:
    """The first recording of each group, then the second of each, and so on."""
    seen: dict[str, int] = {}
    ranks = []
    for i, recording in enumerate(recordings):
        seen[recording.group] = seen.get(recording.group, 0) + 1
        ranks.append((seen[recording.group], i))
    return [recordings[i] for _, i in sorted(ranks)[:count]]


def _example(recipe: Recipe, recording: Recording, frontend: torch.nn.Module) -> Example:
    signal = recipe.signal
    held = at_rate(recording, recording.read(), signal)
    samples = held.read()
    least = signal.window if signal.lengths is None else signal.lengths[0]
    if samples.shape[0] != signal.channels or samples.shape[1] < least:
        rows, columns = (
            ("bands", "columns") if signal.input == "spectrogram" else ("channels", "samples")
        )
        raise DataError(
            f"{recording.name}: has {samples.shape[0]} {rows} and {samples.shape[1]} {columns}, "
            f"the recipe wants {signal.channels} and at least {least}"
        )
    window = min(signal.window, samples.shape[1])
    first = (samples.shape[1] - window) // 2
    with torch.no_grad():
        features: Samples = frontend(torch.tensor(samples[None, :, first : first + window]))[0]
    return Example(recording=held, first=first, samples=window, features=np.asarray(features))


def grid(recipe: Recipe, found: dict[str, list[Example]]) -> Figure:
    """Draw the examples, a row a class, axes as the front-end names them."""
    columns = max(len(row) for row in found.values())
    figure = Figure(figsize=(1.2 + 2.9 * columns, 0.6 + 2.1 * len(found)), layout="constrained")
    cells = figure.subplots(len(found), columns, squeeze=False)
    image = None
    for (label, row), line in zip(found.items(), cells, strict=True):
        for axes in line[len(row) :]:
            axes.set_axis_off()
        for example, axes in zip(row, line, strict=False):
            image = _draw(recipe, example, axes) or image
            axes.set_title(f"{example.recording.name}, {_place(recipe, example)}", fontsize=8)
            axes.tick_params(labelsize=7)
        unit = line[0].get_ylabel()
        line[0].set_ylabel(f"{label}\n{unit}", fontsize=9)
        for axes in line[1:]:
            axes.set_ylabel("")
    for axes in cells[:-1].ravel():
        axes.set_xlabel("")
    if image is not None:
        name = "dB" if recipe.frontend.unit == "dB" else "feature"
        figure.colorbar(image, ax=cells.ravel().tolist(), label=name, shrink=0.6)
    figure.suptitle(f"{recipe.name}: what the front-end makes of {_length(recipe)}")
    return figure


def _draw(recipe: Recipe, example: Example, axes: Axes) -> AxesImage | None:
    """An image of (rows, columns), or a curve for each of the channels."""
    features, unit = example.features, recipe.frontend.unit
    along = recipe.frontend.axes(rate=recipe.signal.rate, window=example.samples)
    axes.set_xlabel(along[-1].name, fontsize=8)
    if features.ndim == 3:
        top = float(features.max())
        shown: AxesImage = axes.imshow(
            features[0],
            origin="lower",
            aspect="auto",
            cmap="magma",
            vmin=top - SPAN if unit == "dB" else float(features.min()),
            vmax=top,
        )
        for axis, along_axis in zip((axes.yaxis, axes.xaxis), along, strict=True):
            axis.set_major_locator(MaxNLocator(5, integer=True))
            axis.set_major_formatter(FuncFormatter(partial(_value_at, along_axis)))
        axes.set_ylabel(along[0].name, fontsize=8)
        return shown
    for curve, colour in zip(features, _COLOURS, strict=False):
        axes.plot(along[-1].values, curve, linewidth=0.5, color=colour)
    axes.set_ylabel("dB" if unit == "dB" else _linear_unit(recipe), fontsize=8)
    return None


def _linear_unit(recipe: Recipe) -> str:
    """What a curve is in: the samples' own unit, unless the front-end divides it away."""
    if getattr(recipe.frontend, "standardise", "none") != "none":
        return "deviations"
    if getattr(recipe.frontend, "level", "none") != "none":
        return "of a usual swing"
    return recipe.signal.unit


def _value_at(axis: Axis, place: float, _: int) -> str:
    """What stands on row or column ``place``; nothing beyond the first and the last."""
    if not 0 <= round(place) < len(axis.values):
        return ""
    value = axis.values[round(place)]
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _place(recipe: Recipe, example: Example) -> str:
    if recipe.signal.input == "spectrogram":
        return f"column {example.first}"
    return f"{example.first / example.recording.rate:.2f} s"


def _length(recipe: Recipe) -> str:
    if recipe.signal.input == "spectrogram":
        return f"{recipe.signal.window} columns"
    most = "up to " if recipe.signal.lengths is not None else ""
    return f"{most}{recipe.signal.window / recipe.signal.rate:.3g} s"
