"""Held out by an attribute: a load, a fault size, a machine that training never saw."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harken.errors import DataError, SettingsError
from harken.suggest import suggestion
from harken_train.audit import listed
from harken_train.holdout import (
    check_share,
    check_shares,
    cut_labels,
    named,
    take_validation,
    together,
)
from harken_train.recordings import Attribute as Value
from harken_train.recordings import Recording, Span, Split
from harken_train.splits import splits

_OWN = ("group", "label")  # every recording has these beside its attributes
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@splits.register("attribute")
@dataclass(frozen=True, kw_only=True)
class Attribute:
    """Recordings whose attribute ``name`` is one of ``test`` are held out.

    ``validation`` is a list of values, or a share of the training side (whole groups where a class
    keeps two, else the end of its recordings). A group on both sides must be declared in words by
    ``shares`` ("bearing"). Classes in ``by_time`` are cut in time whatever their attribute:
    ``by_time_validation`` and ``by_time_test`` are shares of each recording.
    """

    name: str
    test: tuple[Value, ...]
    validation: float | tuple[Value, ...] = 0.2
    shares: str = ""
    by_time: tuple[str, ...] = ()
    by_time_validation: float = 0.15
    by_time_test: float = 0.3

    def __post_init__(self) -> None:
        if not self.test:
            raise SettingsError("test: need at least one value of the attribute")
        if not isinstance(self.validation, tuple):
            check_share("validation", self.validation, least=0.0)
        elif self._keys(self.validation) & self._keys(self.test):
            raise SettingsError("test and validation: need different values")
        check_shares(test=self.by_time_test, validation=self.by_time_validation, prefix="by_time_")

    def split(
        self, recordings: Sequence[Recording], window: int, rng: np.random.Generator
    ) -> Split:
        """Hold the values out; `DataError` for a recording without the attribute."""
        timed = cut_labels(
            recordings,
            self.by_time,
            window,
            validation=self.by_time_validation,
            test=self.by_time_test,
        )
        members = [i for i, item in enumerate(recordings) if not named(item, self.by_time)]
        values = {i: self._value(recordings[i]) for i in members}
        self._refuse_absent(set(values.values()))
        test = [i for i in members if values[i] in self._keys(self.test)]
        held: list[int] = []
        if isinstance(self.validation, tuple):
            held = [i for i in members if values[i] in self._keys(self.validation)]
        train = [i for i in members if i not in {*test, *held}]
        said = self._declared(recordings, train, held, test)
        share = 0.0 if isinstance(self.validation, tuple) else self.validation
        rest = take_validation(recordings, train, share, window, rng, shared=said.shared_groups)
        return together(timed, said, rest)

    def _value(self, recording: Recording) -> Value:
        if self.name in _OWN:
            return str(getattr(recording, self.name))
        if self.name in recording.attributes:
            return comparable(recording.attributes[self.name])
        near = suggestion(self.name, [*recording.attributes, *_OWN])
        raise DataError(
            f"{recording.name}: has no attribute {self.name!r}{near}; add it, or list its class "
            f"to be cut in time: split.by_time = [{recording.label!r}]"
        )

    def _keys(self, values: Sequence[Value]) -> set[Value]:
        """What is compared: names of groups and labels as they are written, others as numbers."""
        return {str(value) if self.name in _OWN else comparable(value) for value in values}

    def _refuse_absent(self, present: set[Value]) -> None:
        wanted = [*self.test, *(self.validation if isinstance(self.validation, tuple) else ())]
        for value in wanted:
            if not self._keys([value]) <= present:
                there = sorted(present, key=lambda one: (isinstance(one, str), one))
                raise DataError(
                    f"split: no recording has {self.name} = {value}; "
                    f"there are: {listed([str(one) for one in there])}"
                )

    def _declared(
        self,
        recordings: Sequence[Recording],
        train: Sequence[int],
        held: Sequence[int],
        test: Sequence[int],
    ) -> Split:
        """The held-out spans, and the groups on both sides when ``shares`` declares them."""
        sides = [{recordings[i].group for i in members} for members in (train, held, test)]
        both = sorted((sides[0] & sides[1]) | (sides[0] & sides[2]) | (sides[1] & sides[2]))
        return Split(
            train=(),
            validation=tuple(Span(i, 0, recordings[i].frames) for i in held),
            test=tuple(Span(i, 0, recordings[i].frames) for i in test),
            shares=(self.shares,) if self.shares and both else (),
            shared_groups=tuple(both) if self.shares else (),
        )


def comparable(value: Value) -> Value:
    """Make 3, 3.0, "3" and "03" equal, exactly: no two different numbers become one."""
    if isinstance(value, str):
        value = _number_in(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (int, str)) or math.isfinite(value) else str(value)


def _number_in(text: str) -> Value:
    """Give the number that is written, a whole one exactly; or else the text itself."""
    if not _NUMBER.fullmatch(text.strip()):
        return text
    try:
        return int(text)
    except ValueError:  # a fraction, or more digits than Python takes
        return float(text) if math.isfinite(float(text)) else text
