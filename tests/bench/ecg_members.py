"""What each network of an ensemble would have said alone: by PyTorch, on the runs' test parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tests.bench.ecg_answers import Pooled, Records, pooled
from torch import nn

from harken_train.data import divide
from harken_train.layers.members import Members
from harken_train.metrics import Numbers
from harken_train.part_scores import scores_of
from harken_train.run import Run


def alone(seeds: Sequence[Sequence[Path]], records: Records) -> list[Pooled]:
    """Every member of every seed, its folds pooled; a seed is the folders of its folds."""
    found = []
    first: Run | None = None
    for folders in seeds:
        folds: list[list[tuple[tuple[str, ...], Numbers]]] = []
        for folder in folders:
            run = Run.open(folder)
            if first is None:
                first = run
            elif run.facts.data == first.facts.data:  # read them once for all
                run.take(divide(first.recordings, run.facts.data, run.recipe))
            folds.append(list(_decided(run)))
        found += [pooled(member, records) for member in zip(*folds, strict=True)]
    return found


def _decided(run: Run) -> Iterator[tuple[tuple[str, ...], Numbers]]:
    """The names of a run's test records, and what each member decides of them."""
    segments, classifier = run.segments("test"), run.classifier()
    names = tuple(run.recordings[number].name for number in segments.recording)
    network = classifier.network
    if not isinstance(network, Members):
        raise SystemExit(f"{run.path}: its network has no members")
    for member in list(network.members):
        network.members = nn.ModuleList([member])
        yield names, np.asarray(scores_of(classifier, segments).argmax(1), np.int64)
