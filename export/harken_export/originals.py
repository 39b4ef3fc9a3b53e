"""The recordings that a set's spectrograms were made of, held to those very files.

A front-end named wrongly would go unseen until the device decides on pictures that the network
never saw. Where the recipe names the recordings as well (``made_by.data``), held-out files are
made anew and held to what was trained on.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from harken.errors import DataError, ModelError
from harken.stream import Samples
from harken_export.inputs import Inputs
from harken_train.data import at_rate
from harken_train.recipe import MadeBy
from harken_train.recordings import Recording
from harken_train.run import Run

MOST = 24  # files; one would do to find a wrong setting
# Of what a file spans: 0.8 of 80 dB. Pictures of 8 bits have steps of half as much; another hop,
# scale or reference differs by tens of decibels.
ALLOWED = 0.01
SOURCE, FIRST = "source", "first_second"  # columns of dataset.csv


def originals_of(run: Run, made_by: MadeBy, front: nn.Module) -> Inputs:
    """Give the windows behind up to `MOST` held-out files, each proved to give its file.

    Without ``made_by.data`` there are none. `DataError` when no held-out file says where it came
    from, `ModelError` naming the first that ``front`` does not make.
    """
    signal = made_by.signal
    none = np.empty((0, signal.channels, signal.window), np.float32)
    if made_by.data is None:
        return Inputs(samples=none, names=(), segments=0)
    by_name = {one.name: one for one in made_by.data.recordings()}
    files = _files(run, by_name)
    samples = np.stack([_window(by_name, made_by, file) for file in files])
    with torch.no_grad():
        made = front(torch.from_numpy(samples)).numpy()
    for file, image in zip(files, made, strict=True):
        wanted = file.read()[:, : run.recipe.signal.window]
        difference = float(np.abs(image - wanted).max())
        if not difference <= ALLOWED * float(np.ptp(wanted)):
            raise ModelError(
                f"made_by: does not make {file.name} of {file.attributes[SOURCE]}: it differs by "
                f"{difference:.3g} {run.recipe.signal.unit}; name the front-end, and the signal, "
                f"that the files were made by"
            )
    return Inputs(
        samples=samples,
        names=tuple(f"what {file.name} was made of" for file in files),
        segments=len(files),
    )


def _files(run: Run, by_name: dict[str, Recording]) -> list[Recording]:
    """Held-out files whose recordings are here, spread over all of them."""
    held_out = [run.recordings[span.recording] for span in run.split.test]
    told = [
        file
        for file in held_out
        if file.attributes.get(SOURCE) in by_name and FIRST in file.attributes
    ]
    if not told:
        raise DataError(
            f"made_by.data: no held-out spectrogram tells its recording and place; add columns "
            f"{SOURCE} and {FIRST} to dataset.csv, or leave made_by.data out"
        )
    places = np.linspace(0, len(told) - 1, min(MOST, len(told))).astype(int)
    return [told[k] for k in places]


def _window(by_name: dict[str, Recording], made_by: MadeBy, file: Recording) -> Samples:
    """(channels, window): the samples that one file was made of."""
    original, signal = by_name[str(file.attributes[SOURCE])], made_by.signal
    samples = at_rate(original, original.read(), signal).read()
    first = round(float(file.attributes[FIRST]) * signal.rate)
    window = samples[:, first : first + signal.window]
    if window.shape != (signal.channels, signal.window):
        raise ModelError(
            f"made_by: {file.attributes[SOURCE]} has {samples.shape[0]} channels and "
            f"{samples.shape[1]} samples at {signal.rate} Hz, which is too little for {file.name} "
            f"at sample {first}"
        )
    return window
