"""From a run to the one graph that a device runs: front-end, standardisation, network, head."""

from __future__ import annotations

from dataclasses import dataclass

import onnx
import torch

from harken.contract import VARIES
from harken.errors import ModelError
from harken_export.graph import SAMPLES, shape_of, to_onnx
from harken_export.session import OUTPUTS
from harken_train.classifier import Classifier, logit_count
from harken_train.run import Run


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A classifier and the graph made from it; ``shapes`` are the outputs', without the batch.

    A size that goes with the length of what is put in is `VARIES`.
    """

    classifier: Classifier
    content: bytes
    shapes: dict[str, tuple[int, ...]]


def compose(run: Run) -> Composed:
    """Make the graph of a run's best weights. `ModelError` if they do not fit its classes."""
    signal = run.recipe.signal
    composed = compose_classifier(
        run.classifier(), signal.channels, signal.window, signal.input, signal.lengths
    )
    if composed.shapes["logits"] != (logit_count(len(run.classes)),):
        raise ModelError(
            f"{run.path}: the network gives {composed.shapes['logits']} logits "
            f"for {len(run.classes)} classes"
        )
    return composed


def compose_classifier(
    classifier: Classifier,
    channels: int,
    window: int,
    input_name: str = SAMPLES,
    lengths: tuple[int, int] | None = None,
) -> Composed:
    """Export one classifier; the exporter folds batch norm into the layer before it.

    It takes ``window`` samples, or with ``lengths`` from the shortest to the longest. Its answer to
    noise must be finite in every stage, or it is a `ModelError`: weights that went astray must not
    be shipped.
    """
    classifier = classifier.eval()
    noise = torch.randn(1, channels, window, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        stages = classifier(noise)
    for name, stage in zip(OUTPUTS, stages, strict=True):
        if not bool(torch.isfinite(stage).all()):
            raise ModelError(f"{name}: not finite for plain noise; the weights went astray")
    content = to_onnx(classifier, noise, OUTPUTS, input_name, lengths)
    return Composed(classifier=classifier, content=content, shapes=_shapes(content))


def _shapes(content: bytes) -> dict[str, tuple[int, ...]]:
    outputs = onnx.load_from_string(content).graph.output
    return {
        output.name: tuple(
            size if isinstance(size, int) else VARIES for size in shape_of(output)[1:]
        )
        for output in outputs
    }
