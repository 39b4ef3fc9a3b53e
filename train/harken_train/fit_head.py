"""A head that learns nothing while the network does: fitted once, on the kept epoch's embedding."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from harken.errors import DataError, MissingInputError
from harken_train.checkpoint import HEAD, HeadCheckpoint, read_head, write_checkpoint
from harken_train.classifier import Classifier
from harken_train.heads import heads
from harken_train.recipe import Recipe
from harken_train.run import Run
from harken_train.segments import Segments

LARGE = 4_000_000  # bytes of a head, from where it is worth a warning
_BATCH = 64

_log = logging.getLogger(__name__)


def check_head(
    recipe: Recipe, classifier: Classifier, classes: Sequence[str], counts: Tensor
) -> None:
    """Raise before the first epoch what fitting the recipe's head would refuse after the last.

    ``counts`` are the training segments of each of the ``classes``.
    """
    if not recipe.head.fitted:
        return
    training = classifier.network.training
    with torch.no_grad():
        silence = torch.zeros(1, recipe.signal.channels, recipe.signal.window)
        embedding = classifier.eval()(silence).embedding
    classifier.network.train(training)
    missing = [name for name, count in zip(classes, counts, strict=True) if not count]
    if missing:
        raise DataError(
            f"head: {', '.join(missing)} has no training segment, and the head tells only classes "
            f"that it has seen; change the split"
        )
    recipe.head.check(embedding.shape[1], counts)


def head_is_missing(run: Run) -> bool:
    """Whether the recipe's head is one to be fitted, and is not, on the epoch that is kept."""
    if not run.recipe.head.fitted:
        return False
    try:
        return read_head(run.path / HEAD, run.facts.recipe).epoch != run.facts.best_epoch
    except (MissingInputError, DataError):
        return True


def fit_head(run: Run, say: Callable[[str], None], *, large: int = LARGE) -> None:
    """Fit the head on all training segments as they are, un-augmented, and keep it in the run.

    On the CPU, from the kept epoch's weights: the same run gives the same head. One of more than
    ``large`` bytes is warned of.
    """
    kind = heads.kind_of(run.recipe.head)
    classifier, epoch = run.best_network()
    train = run.segments("train")
    say(f"head: fitting {kind} on the embedding of {len(train)} training segments")
    labels = torch.from_numpy(train.labels)
    head = run.recipe.head.fit(embeddings_of(classifier, train), labels, len(run.classes))
    if head is None:
        return
    state = head.state_dict()
    write_checkpoint(
        run.path / HEAD, HeadCheckpoint(recipe=run.facts.recipe, epoch=epoch, head=state)
    )
    facts, size = head.facts(), sum(value.nbytes for value in state.values())
    run.note(head=facts)
    say(_in_words(kind, facts, size))
    if size > large:
        _log.warning(
            "the head is large megabytes=%.1f limit=%.1f; fewer training segments "
            "(signal.train_hop), fewer values (head.pca) or head.kernel=linear make it small",
            size / 1e6,
            large / 1e6,
        )


@torch.no_grad()
def embeddings_of(classifier: Classifier, segments: Segments) -> Tensor:
    """Embeddings (segments, e), in batches."""
    found = []
    for first in range(0, len(segments), _BATCH):
        features = classifier.frontend(torch.tensor(segments.samples[first : first + _BATCH]))
        found.append(classifier.from_features(features)[0])
    return torch.cat(found)


def _in_words(kind: str, facts: dict[str, int], size: int) -> str:
    words = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in facts.items())
    return f"head: {kind}, {words}, {size / 1000:.0f} kB of the model file"
