"""What a support vector machine costs in the model file, by the number of its support vectors.

    python -m tests.bench.heads

The head alone, as it stands in the graph, in onnxruntime on one thread, one embedding at a time;
beside it a linear layer of the same shape, which is what the network ends in by itself.
"""

from __future__ import annotations

import itertools

import numpy as np
import torch
from torch import Tensor, nn

from harken_export.graph import to_onnx
from harken_export.timing import interleaved
from harken_train.heads.svm import Svm

CLASSES = 4
VALUES = (48, 128)  # of the embeddings of edge and of cnn2d
SEGMENTS = (100, 1000, 4000, 16000)


class Alone(nn.Module):
    """What stands behind the embedding, fed as a model file is: (batch, 1, values)."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, samples: Tensor) -> tuple[Tensor]:
        return (self.head(samples.squeeze(1)),)


def main() -> None:
    print("| embedding | kernel | segments | support vectors | kB | us a decision | linear layer |")
    print("|---|---|---|---|---|---|---|")
    for values, segments in itertools.product(VALUES, SEGMENTS):
        for settings in (Svm(), Svm(pca=10), Svm(kernel="linear")):
            print(row(settings, values, segments), flush=True)


def row(settings: Svm, values: int, segments: int) -> str:
    """One machine: classes that overlap, as they do where it is worth asking for a kernel."""
    rng = np.random.default_rng(segments)
    labels = np.arange(segments) % CLASSES
    middles = np.random.default_rng(0).normal(size=(CLASSES, values))
    cloud = 0.7 * middles[labels] + 1.5 * rng.normal(size=(segments, values))
    embeddings = torch.from_numpy(cloud.astype(np.float32))
    head = settings.fit(embeddings, torch.from_numpy(labels), CLASSES)
    assert head is not None
    ways = {"svm": head, "linear": nn.Linear(values, CLASSES)}
    files = {
        name: to_onnx(Alone(way).eval(), torch.zeros(1, 1, values), ("scores",))
        for name, way in ways.items()
    }
    seconds = interleaved(files, embeddings[:1, None].numpy(), seconds=0.3)
    kernel = settings.kernel + (f", pca {settings.pca}" if settings.pca else "")
    return (
        f"| {values} | {kernel} | {segments} | {head.facts()['support_vectors']} "
        f"| {len(files['svm']) / 1000:.0f} | {1e6 * seconds['svm']:.0f} "
        f"| {1e6 * seconds['linear']:.0f} |"
    )


if __name__ == "__main__":
    main()
