"""A recording: consecutive samples of one sensor, what it is called, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from harken.stream import Samples
from harken.suggest import suggestion

Attribute = str | int | float


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One recording; its samples are read when ``read`` is called, as ``(channels, frames)``.

    ``group`` is the physical thing that must never stand on both sides of a split: bearing,
    machine, patient, source clip. ``origin`` is the file it came from, relative to the data.
    ``relative`` samples are fractions of full scale (integers, sound files), which the recipe's
    ``signal.scale`` turns into its unit; the others are in ``unit``, as the file or its kind tells
    it, or where nothing does in the recipe's unit already. A ``mapped`` one
    may be read again and again: that takes no time worth keeping its samples in memory for.
    ``notes`` tell what was odd about the file and did not stop the reading.
    """

    name: str
    label: str
    group: str
    rate: int
    frames: int
    read: Callable[[], Samples] = field(repr=False, compare=False)
    channels: int = 1
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    origin: str = ""
    relative: bool = False
    unit: str = ""
    mapped: bool = False
    notes: tuple[str, ...] = ()

    def seconds(self) -> float:
        """How long it lasts."""
        return self.frames / self.rate


@dataclass(frozen=True)
class Span:
    """A stretch of one recording, given by its index: ``first`` is inside, ``last`` is not."""

    recording: int
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Split:
    """Who goes where. ``shares`` says in words what both sides have in common on purpose.

    ``shared_groups`` are the groups that may stand on both sides for that reason, and no others;
    ``validation_groups`` may do so in training and validation, not in test.
    """

    train: tuple[Span, ...]
    validation: tuple[Span, ...]
    test: tuple[Span, ...]
    shares: tuple[str, ...] = ()
    shared_groups: tuple[str, ...] = ()
    validation_groups: tuple[str, ...] = ()
    leaky: bool = False

    def parts(self) -> dict[str, tuple[Span, ...]]:
        """The three parts by name, in order."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def classes_of(recordings: Sequence[Recording]) -> tuple[str, ...]:
    """All labels, sorted: the order of logits and scores."""
    return tuple(sorted({recording.label for recording in recordings}))


def unknown_classes(named: Mapping[str, Sequence[str]], classes: Sequence[str]) -> tuple[str, ...]:
    """Sentences about what settings name as classes and is none; empty when all are.

    ``named`` are the recipe's lists of classes, by setting.
    """
    return tuple(
        f"{setting}: no class {label!r}{suggestion(label, classes)}; "
        f"there are: {', '.join(classes)}"
        for setting, labels in named.items()
        for label in labels
        if label not in classes
    )


def whole(recordings: Sequence[Recording]) -> tuple[Span, ...]:
    """One span a recording, all of it."""
    return tuple(Span(i, 0, recording.frames) for i, recording in enumerate(recordings))
