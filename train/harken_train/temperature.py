"""One number that logits are divided by, so that scores are as sure as the answers are right.

A network that was trained until it knows its training recordings is surer of others than it should
be, or, with smoothed labels and few epochs, less sure. Temperature scaling (Guo et al., ICML 2017)
mends both without changing one decision: the temperature is the one under which held-out labels
are most likely.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import scipy.optimize
import scipy.special

from harken.errors import DataError
from harken_train.metrics import Floats, Numbers

Flags = npt.NDArray[np.bool_]

LEAST, MOST = 0.02, 50.0
_CLOSE = 1e-7  # of the logarithm of the temperature
_AT_THE_END = 1.01  # so near to a limit there is no minimum between them


def tempered(logits: Floats, temperature: float | Floats) -> Floats:
    """Scores (n, classes) of logits, one a class, at a temperature: one for all, or (n, 1)."""
    return np.asarray(scipy.special.softmax(logits / temperature, axis=1))


def loss_at(logits: Floats, labels: Numbers, temperature: float | Floats) -> float:
    """Mean negative log-likelihood of the labels: natural logarithm, less is better."""
    likely = scipy.special.log_softmax(logits / temperature, axis=1)
    return float(-likely[np.arange(len(labels)), labels].mean())


def best_temperature(logits: Floats, labels: Numbers) -> float:
    """The temperature at which ``labels`` are most likely.

    `DataError` when there is none: without a wrong answer that is more than a tie no score could be
    too sure, and logits that say nothing could never be unsure enough.
    """
    right = int((logits.argmax(axis=1) == labels).sum())
    wrong = f"{len(labels) - right} of {len(labels)} held-out answers are wrong"
    if right == len(labels):
        raise DataError(f"{wrong}, so nothing tells how sure they may be; take more recordings")
    # The loss is convex in one over the temperature, so it has one minimum over its logarithm too.
    found = scipy.optimize.minimize_scalar(
        lambda power: loss_at(logits, labels, float(np.exp(power))),
        bounds=(np.log(LEAST), np.log(MOST)),
        method="bounded",
        options={"xatol": _CLOSE},
    )
    temperature = float(np.exp(found.x))
    if LEAST * _AT_THE_END < temperature < MOST / _AT_THE_END:
        return temperature
    if temperature < 1.0:
        raise DataError(
            f"{wrong}, and none of them clearly, so that no score would be too sure; take more "
            "recordings"
        )
    raise DataError(
        f"{right} of {len(labels)} held-out answers are right, and how sure they are says nothing "
        "of which; train a model that is better than chance"
    )


def cross_fitted(logits: Floats, labels: Numbers, group_of: Numbers, part_of: Numbers) -> Floats:
    """Of each answer the temperature that the other parts have, without the groups of its own.

    What is said of scores at these temperatures is said of answers that had no say in them.
    """
    temperatures = np.empty(len(labels))
    for own, others in each_part(group_of, part_of):
        temperatures[own] = best_temperature(logits[others], labels[others])
    return temperatures


def each_part(group_of: Numbers, part_of: Numbers) -> Iterator[tuple[Flags, Flags]]:
    """Which answers are a part's, and which are others' on other groups, part after part.

    Where one part has an answer on every group, the others' are on these too.
    """
    for part in np.unique(part_of):
        own = part_of == part
        others = ~np.isin(group_of, group_of[own])
        yield own, others if others.any() else ~own
