"""What recordings are, and all that is wrong with them, before anything is trained on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from harken.errors import HarkenError
from harken.level import level_of
from harken_train.audit import Audit, audit, content_digest
from harken_train.cue import CUES, SPECTROGRAM_CUES, Cue, Numbers, cues_of
from harken_train.data import at_rate
from harken_train.problems import (
    Problem,
    duplicates,
    of_all,
    of_decisions,
    of_levels,
    of_samples,
    unreadable,
    worst_first,
)
from harken_train.recipe import Recipe, Signal
from harken_train.recording_cues import recording_cues, spectrogram_cues
from harken_train.recordings import Recording, classes_of
from harken_train.survey import Found, Surveyor

_TOLD = 8  # problems of a kind that the terminal shows
_EACH_ITS_OWN = (
    "note: every recording is its own group; if several are of one machine, tell which: set "
    "data.group_pattern, or give a table the column group"
)


@dataclass(frozen=True, kw_only=True)
class ClassRow:
    """One class, or all of them, as they were recorded; ``rates`` in hertz."""

    label: str
    recordings: int
    groups: int
    seconds: float
    shortest: float
    longest: float
    rates: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Description:
    """All that was found. ``audit`` is the split's, None when the data cannot be split yet."""

    signal: Signal
    classes: tuple[ClassRow, ...]
    problems: tuple[Problem, ...]
    cues: tuple[Cue, ...]
    audit: Audit | None

    @property
    def trainable(self) -> bool:
        """Whether a training would take the data as they are."""
        return not any(problem.stops for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for programs."""
        table = asdict(self)
        table["audit"] = self.audit.as_dict() if self.audit else None
        return {"trainable": self.trainable, **table}

    def text(self) -> str:
        """All of it for the terminal."""
        return "\n".join([*_table(self.classes), "", *_told(self)])


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """One recording that is fit for training: as it came (its content), and as it is used."""

    numbers: Numbers
    content: bytes
    recording: Recording
    level: float | None


def describe(
    recipe: Recipe, progress: Callable[[list[Found]], Iterable[Found]] = list
) -> Description:
    """Look at every recording of a recipe; a bad one is a problem among others, and no end.

    ``progress`` may wrap the list while it is gone through. `MissingInputError` when there is
    nothing at all to read.
    """
    reader = recipe.data
    found: list[Found] = (
        reader.survey() if isinstance(reader, Surveyor) else list(reader.recordings())
    )
    problems: list[Problem] = []
    heard: list[_Heard] = []
    for item in progress(found):
        own, one = _listen(item, recipe.signal)
        problems += own
        if one is not None:
            heard.append(one)
    originals = [item for item in found if isinstance(item, Recording)]
    problems += of_all(originals, recipe.signal, recipe.named_classes)
    problems += duplicates([(one.numbers.recording, one.content) for one in heard])
    problems += of_levels([(one.recording.name, one.level) for one in heard if one.level])
    report, refused = None, None
    if originals and not any(problem.stops for problem in problems):
        report, refused = _try_split(recipe, [one.recording for one in heard])
    return Description(
        signal=recipe.signal,
        classes=_rows(originals),
        problems=tuple(worst_first(problems + ([refused] if refused else []))),
        cues=cues_of(
            [one.numbers for one in heard],
            SPECTROGRAM_CUES if recipe.signal.input == "spectrogram" else CUES,
        ),
        audit=report,
    )


def _listen(item: Found, signal: Signal) -> tuple[list[Problem], _Heard | None]:
    """Give what is wrong with one recording; None beside it when it cannot be trained on."""
    if isinstance(item, HarkenError):
        return [unreadable(item)], None
    try:
        samples = item.read()
    except HarkenError as error:
        return [unreadable(error)], None
    problems = of_samples(item, samples, signal)
    if any(problem.stops for problem in problems):
        return problems, None
    recording = at_rate(item, samples, signal)
    problems += of_decisions(recording, recording.read(), signal)
    return problems, _Heard(
        numbers=Numbers(
            recording=item,
            cues=spectrogram_cues(item, samples)
            if signal.input == "spectrogram"
            else recording_cues(item, samples, recording),
        ),
        content=content_digest(samples),
        recording=recording,
        level=None
        if signal.input == "spectrogram"
        else level_of(recording.read(), min(signal.rate, signal.window)),
    )


def _try_split(
    recipe: Recipe, recordings: Sequence[Recording]
) -> tuple[Audit | None, Problem | None]:
    """Split and audit as a training would; a refusal is a problem."""
    signal = recipe.signal
    try:
        split = recipe.split.split(recordings, signal.window, np.random.default_rng(recipe.seed))
        return audit(
            recordings,
            split,
            signal.window,
            hop=signal.hop,
            train_hop=signal.train_hop,
            lengths=signal.lengths,
        ), None
    except HarkenError as error:
        return None, Problem(kind="split", what=str(error), stops=True)


def _rows(recordings: Sequence[Recording]) -> tuple[ClassRow, ...]:
    """A row a class, and a last one, "all", of all."""
    rows = []
    for label in (*classes_of(recordings), "all"):
        members = [one for one in recordings if label in (one.label, "all")]
        seconds = [one.seconds() for one in members] or [0.0]
        rows.append(
            ClassRow(
                label=label,
                recordings=len(members),
                groups=len({one.group for one in members}),
                seconds=sum(seconds),
                shortest=min(seconds),
                longest=max(seconds),
                rates=tuple(sorted({one.rate for one in members})),
            )
        )
    return tuple(rows)


def _table(rows: Sequence[ClassRow]) -> list[str]:
    width = max(5, *(len(row.label) for row in rows))
    lines = [f"{'class':<{width}}  recordings  groups   seconds  shortest   longest  rates (Hz)"]
    lines += [
        f"{row.label:<{width}}  {row.recordings:>10}  {row.groups:>6}  {row.seconds:>8.1f}  "
        f"{row.shortest:>8.2f}  {row.longest:>8.2f}  {', '.join(map(str, row.rates))}"
        for row in rows
    ]
    return lines


def _told(found: Description) -> list[str]:
    lines = [f"problems: {len(found.problems) or 'none'}"]
    told: Counter[str] = Counter()
    for problem in found.problems:
        told[problem.kind] += 1
        if told[problem.kind] <= _TOLD:
            stops = " (stops a training)" if problem.stops else ""
            lines.append(f"  {problem.kind}{stops}: {problem.what}")
    more = sum(count - _TOLD for count in told.values() if count > _TOLD)
    if more:
        lines.append(f"  and {more} more of these kinds; --json lists all")
    telling = [cue for cue in found.cues if cue.giveaway.tells]
    silent = [cue for cue in found.cues if not cue.giveaway.tells]
    lines += ["", f"cues that tell the class without the signal: {len(telling) or 'none'}"]
    lines += [f"  {cue.name}: {cue.sentence}" for cue in telling]
    if silent:
        lines.append(f"  not so: {', '.join(cue.name for cue in silent)}")
    if found.audit:
        lines += ["", "the recipe's split:", found.audit.text()]
        if found.audit.each_its_own:
            lines.append(_EACH_ITS_OWN)
    return lines
