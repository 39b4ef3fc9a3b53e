"""What stands along an axis of features, for pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Axis:
    """``name`` is what is counted and in what (``"Hz"``, ``"seconds"``, ``"orders"``).

    ``values`` says where each row or column lies; they rise or fall, evenly spaced or not.
    """

    name: str
    values: npt.NDArray[np.float64]


def evenly(name: str, first: float, last: float, count: int) -> Axis:
    """Give ``count`` places from ``first`` to ``last``, both included."""
    return Axis(name, np.linspace(first, last, count))


def resized(axis: Axis, count: int) -> Axis:
    """Where the rows or columns lie after an image was resized to ``count`` of them."""
    old = len(axis.values)
    ends = np.diff(axis.values[[0, 1, -2, -1]])[[0, 2]] if old > 1 else np.ones(2)
    beyond = np.concatenate([axis.values[:1] - ends[:1], axis.values, axis.values[-1:] + ends[1:]])
    places = (np.arange(count) + 0.5) * old / count - 0.5
    return Axis(axis.name, np.interp(places, np.arange(-1, old + 1), beyond))
