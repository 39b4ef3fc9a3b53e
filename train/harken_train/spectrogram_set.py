"""A set of spectrogram files, made of a recipe's recordings, and the recipe to train on it."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image as Picture
from torch import nn

from harken import atomic
from harken.errors import CreateError, DataError, InputOutputError, SettingsError, UsageError
from harken.quality import check_spectrogram
from harken.stream import Samples
from harken_train.build import build_frontend
from harken_train.data import at_rate
from harken_train.frontends.image import Image
from harken_train.mapped import in_batches
from harken_train.readers.spectrograms import Spectrograms
from harken_train.recipe import MadeBy, Recipe, Signal
from harken_train.recipe_file import beside as relative
from harken_train.recipe_file import to_toml
from harken_train.recordings import Recording, whole
from harken_train.segments import Segments, cut
from harken_train.splits import Splitter
from harken_train.splits.attribute import Attribute
from harken_train.splits.fold import Fold
from harken_train.splits.group import Group
from harken_train.whole_folder import whole_folder

Kind = Literal["npy", "png"]
DECIBELS = (-80.0, 0.0)  # black and white of a picture of decibels below the loudest
WHITE = 65535  # of 16 bits: 80 dB in steps of 0.0012 dB
COLUMNS = ("file", "label", "group", "source", "first_second", "last_second")
_BATCH = 64


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written; ``notes`` say what was left out, or of the recipe could not be kept."""

    files: int
    bands: int
    columns: int
    notes: tuple[str, ...]


def write_set(
    recipe: Recipe,
    folder: Path,
    kind: Kind = "npy",
    span: tuple[float, float] | None = None,
    progress: Callable[[list[Recording]], Iterable[Recording]] = list,
) -> Written:
    """Write one file a window of the recipe, ``dataset.csv`` and ``recipe.toml`` into ``folder``.

    Windows are ``signal.hop`` apart; those without any signal, which a device calls invalid, are
    left out. All of it is there at the end, or nothing. ``span`` is what black and white of a
    picture stand for (None: `DECIBELS`); values outside are `DataError`. ``progress`` may wrap the
    recordings.
    """
    if folder.exists():
        raise CreateError(f"{folder}: exists already; give another")
    frontend, shape = build_frontend(recipe), _shape(recipe)
    if span is None and recipe.frontend.unit == "dB":
        span = DECIBELS
    if kind == "png" and span is None:
        raise UsageError("--range: is needed for pictures of linear values: --range LOW HIGH")
    recordings = recipe.data.recordings()
    rows: list[list[object]] = []
    silent = 0
    names = sorted({name for one in recordings for name in one.attributes} - {*COLUMNS})
    try:
        with whole_folder(folder) as beside:
            for recording in progress(recordings):
                for row, values in _slices(recipe, recording, frontend):
                    if check_spectrogram(values).reason is not None:
                        silent += 1
                        continue
                    row[0] = f"{len(rows):06d}.{kind}"
                    _write(beside / str(row[0]), values, span)
                    rows.append([*row, *(recording.attributes.get(name, "") for name in names)])
            if not rows:
                raise DataError(
                    f"no recording holds a whole window of {recipe.signal.window} samples with a "
                    f"signal"
                )
            _write_table(beside / "dataset.csv", [*COLUMNS, *names], rows)
            made, notes = recipe_of(
                relative(recipe, folder), shape, span if kind == "png" else None
            )
            atomic.write_text(beside / "recipe.toml", to_toml(made))
    except OSError as error:
        raise InputOutputError(
            f"{folder}: writing failed, {error.strerror or error}; nothing was left behind"
        ) from error
    if silent:
        notes = (f"windows: {silent} without any signal were left out", *notes)
    return Written(files=len(rows), bands=shape[0], columns=shape[1], notes=notes)


def recipe_of(
    recipe: Recipe, shape: tuple[int, int], span: tuple[float, float] | None = None
) -> tuple[Recipe, tuple[str, ...]]:
    """Give the recipe that trains on the set as ``recipe`` does on recordings, and notes.

    ``shape`` is that of a file, ``span`` what black and white of pictures stand for.
    """
    bands, columns = shape
    signal, notes = recipe.signal, []
    split = _split(recipe.split)
    if split != recipe.split:
        notes.append("split: recordings that are cut already are not cut in time; set to groups")
    kept = tuple(one for one in recipe.augmentations if one.spectrograms)
    if kept != recipe.augmentations:
        notes.append("augmentations: those that change samples were left out")
    rate = max(1, round(columns * signal.rate / signal.window))
    made = dataclasses.replace(
        recipe,
        name=f"{recipe.name}_spectrograms",
        description=f"Spectrograms made from the recordings of {recipe.name}.",
        data=Spectrograms(path=Path(), rate=rate, range=span),
        signal=Signal(
            input="spectrogram",
            rate=rate,
            window=columns,
            hop=columns,
            channels=bands,
            unit=recipe.frontend.unit,
        ),
        split=split,
        frontend=Image(values="dB" if recipe.frontend.unit == "dB" else "linear", bands=bands),
        made_by=MadeBy(
            signal=dataclasses.replace(signal, train_hop=None),
            frontend=recipe.frontend,
            data=recipe.data,
        ),
        augmentations=kept,
    )
    return made, tuple(notes)


def _split(split: Splitter) -> Splitter:
    """The split itself where it holds whole recordings out, else groups."""
    return split if isinstance(split, (Attribute, Fold, Group)) and not split.by_time else Group()


def _shape(recipe: Recipe) -> tuple[int, int]:
    """Bands and columns of a window's spectrogram."""
    signal = recipe.signal
    if signal.input != "samples":
        raise SettingsError('signal.input: spectrograms are made from "samples"')
    with torch.no_grad():
        silence = torch.zeros(1, signal.channels, signal.window)
        shape = tuple(build_frontend(recipe)(silence).shape[1:])
    if len(shape) != 3 or shape[0] != 1:
        raise SettingsError(
            f"frontend: gives features of {' x '.join(map(str, shape))}; a spectrogram file is of "
            "one channel, 1 x bands x columns: choose another front-end, or one data.channel"
        )
    return shape[1], shape[2]


def _slices(
    recipe: Recipe, recording: Recording, frontend: nn.Module
) -> Iterator[tuple[list[object], Samples]]:
    """Each window's row of the table, its file still unnamed, and its spectrogram."""
    signal = recipe.signal
    held = at_rate(recording, recording.read(), signal)
    if held.channels != signal.channels:
        raise DataError(
            f"{recording.name}: has {held.channels} channels, but signal.channels is "
            f"{signal.channels}; choose a channel in the data table or set signal.channels"
        )
    segments: Segments = cut(
        [held], whole([held]), (held.label,), window=signal.window, hop=signal.hop
    )
    for batch in in_batches(len(segments), signal.window, _BATCH):
        with torch.no_grad():
            features: Samples = frontend(torch.tensor(segments.samples[batch])).numpy()
        if not np.isfinite(features).all():
            raise DataError(
                f"{recording.name}: the front-end gives values that are not numbers; look for "
                "broken recordings: harken-train data describe"
            )
        for first, values in zip(segments.first[batch], features, strict=True):
            places = (first / signal.rate, (first + signal.window) / signal.rate)
            where = [f"{place:.12g}" for place in places]
            yield ["", held.label, held.group, held.name, *where], values[0]


def _write(path: Path, values: Samples, span: tuple[float, float] | None) -> None:
    if path.suffix == ".npy":
        np.save(path, values)
        return
    low, high = span or DECIBELS
    if values.min() < low or values.max() > high:
        raise DataError(
            f"a spectrogram reaches from {values.min():.4g} to {values.max():.4g}, a picture holds "
            f"{low:g} to {high:g}; give a wider --range, or write .npy"
        )
    grey = np.round((values[::-1].astype(np.float64) - low) / (high - low) * WHITE)
    Picture.fromarray(grey.astype(np.uint16)).save(path, format="PNG")


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
