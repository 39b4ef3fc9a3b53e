"""The front-end that made a set's spectrograms, put in front of the network trained on them.

What is trained and proved takes spectrograms; a device hears samples. The recipe's ``made_by``
names how the ones came from the others, and here the two graphs become one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
import onnx.compose
import torch
from torch import Tensor, nn

from harken.errors import ModelError, SettingsError
from harken_export.graph import check, stripped, to_bytes, to_onnx
from harken_export.inputs import Inputs
from harken_export.originals import originals_of
from harken_export.parity import ParityReport, Precision, prove
from harken_export.session import OUTPUTS, answers_of, open_session
from harken_train.classifier import Classifier, Stages
from harken_train.recipe import MadeBy, Recipe
from harken_train.run import Run
from harken_train.stress import stress_inputs

SPECTROGRAM = "spectrogram"


@dataclass(frozen=True, kw_only=True)
class Fronted:
    """A graph that takes samples, its PyTorch counterpart, and how near they are."""

    content: bytes
    classifier: nn.Module
    parity: ParityReport


class Front(nn.Module):
    """(batch, 1, samples) -> (batch, bands, columns), as the set's files were made."""

    def __init__(self, recipe: Recipe, made_by: MadeBy) -> None:
        super().__init__()
        signal, wanted = made_by.signal, (recipe.signal.channels, recipe.signal.window)
        try:
            self.frontend = made_by.frontend.build(rate=signal.rate, window=signal.window).eval()
        except SettingsError as error:
            raise SettingsError(f"made_by.frontend: {error}") from None
        with torch.no_grad():
            made = self.frontend(torch.zeros(1, signal.channels, signal.window))
        if tuple(made.shape[1:]) not in ((1, *wanted), wanted):
            raise SettingsError(
                f"made_by: gives {' x '.join(map(str, made.shape[1:]))} for a window, the set's "
                f"spectrograms are {wanted[0]} x {wanted[1]}; name what they were made by"
            )
        self._shape = wanted

    def forward(self, samples: Tensor) -> Tensor:
        made: Tensor = self.frontend(samples)
        return made.reshape(-1, *self._shape)


class FrontedClassifier(nn.Module):
    """(batch, 1, samples) -> `Stages` of a classifier of spectrograms."""

    def __init__(self, front: Front, classifier: Classifier) -> None:
        super().__init__()
        self.front = front
        self.classifier = classifier

    def forward(self, samples: Tensor) -> Stages:
        stages: Stages = self.classifier(self.front(samples))
        return stages


def put_in_front(
    run: Run, made_by: MadeBy, content: bytes, classifier: Classifier, precision: Precision
) -> Fronted:
    """Join the graph ``content`` behind the front-end, and prove the whole.

    Raises `SettingsError` when ``made_by`` gives spectrograms of another size, `ModelError` when
    it does not make the set's files of their recordings, `ParityError`.
    """
    whole, signal = fronted(run.recipe, made_by, classifier), made_by.signal
    example = torch.zeros(1, signal.channels, signal.window)
    joined = join(to_onnx(whole.front, example, [SPECTROGRAM]), content)
    check(joined, (signal.channels, signal.window), OUTPUTS)
    report = prove(
        whole,
        answers_of(open_session(to_bytes(joined))),
        inputs_in_front(run, made_by, whole.front),
        unit=run.recipe.frontend.unit,
        precision=precision,
    )
    return Fronted(content=to_bytes(joined), classifier=whole, parity=report)


def fronted(recipe: Recipe, made_by: MadeBy, classifier: Classifier) -> FrontedClassifier:
    """The classifier of spectrograms as one of samples."""
    return FrontedClassifier(Front(recipe, made_by), classifier).eval()


def inputs_in_front(run: Run, made_by: MadeBy, front: Front) -> Inputs:
    """The recordings behind held-out files, where they are here, and the stress inputs."""
    signal, originals = made_by.signal, originals_of(run, made_by, front)
    stress = stress_inputs(signal.window, signal.rate, signal.channels)
    return Inputs(
        samples=np.concatenate([originals.samples, np.stack(list(stress.values()))]),
        names=(*originals.names, *(f"stress input {name!r}" for name in stress)),
        segments=originals.segments,
    )


def join(front: bytes, network: bytes) -> onnx.ModelProto:
    """Make one graph of two: the spectrogram that the first gives is what the second takes."""
    before = onnx.compose.add_prefix(
        onnx.load_from_string(front), "made_by/", rename_inputs=False, rename_outputs=False
    )
    try:
        joined = onnx.compose.merge_models(
            before, onnx.load_from_string(network), io_map=[(SPECTROGRAM, SPECTROGRAM)]
        )
    except ValueError as error:
        raise ModelError(f"made_by: its graph cannot stand before the network's, {error}") from None
    return stripped(joined)
