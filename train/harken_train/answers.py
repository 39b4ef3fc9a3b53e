"""Answers on recordings that a model had not heard: logits beside labels, kept as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harken import atomic
from harken.errors import DataError, MissingInputError
from harken_train.metrics import Floats, Numbers
from harken_train.part_scores import answers_of
from harken_train.run import Run
from harken_train.segments import Segments

LOGITS = "logits.csv"  # in the folder of a cross-validation
_WHOSE = ("seed", "fold", "recording", "group", "first", "label")
_LOGIT = "logit "


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What models said of segments, before any temperature: ``logits`` (n, classes).

    ``labels`` are numbers of ``classes``; ``recordings`` and ``groups`` are names, ``first`` is
    where the segment begins. ``models`` tells whose each answer is: seed, fold (from 1).
    """

    classes: tuple[str, ...]
    logits: Floats
    labels: Numbers
    recordings: tuple[str, ...]
    groups: tuple[str, ...]
    first: Numbers
    models: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def group_of(self) -> Numbers:
        """The number of each answer's group, from 0."""
        return _numbered(self.groups)

    @property
    def model_of(self) -> Numbers:
        """The number of each answer's model, from 0."""
        return _numbered([f"{seed} {fold}" for seed, fold in self.models])

    def without(self, groups: Sequence[str]) -> Answers:
        """Those on other groups than these."""
        out = set(groups)
        return self._of([n for n, group in enumerate(self.groups) if group not in out])

    def _of(self, kept: Sequence[int]) -> Answers:
        which = np.array(kept, np.int64)
        return Answers(
            classes=self.classes,
            logits=self.logits[which],
            labels=self.labels[which],
            recordings=tuple(self.recordings[n] for n in kept),
            groups=tuple(self.groups[n] for n in kept),
            first=self.first[which],
            models=tuple(self.models[n] for n in kept),
        )


def answers_on(run: Run, segments: Segments, fold: int = 1) -> Answers:
    """Let the run's kept epoch answer on segments of its recordings."""
    recordings = run.recordings
    logits, _ = answers_of(run.classifier(calibrated=False), segments)
    owners = [recordings[int(owner)] for owner in segments.recording]
    return Answers(
        classes=run.classes,
        logits=logits,
        labels=segments.labels,
        recordings=tuple(owner.name for owner in owners),
        groups=tuple(owner.group for owner in owners),
        first=segments.first,
        models=((run.recipe.seed, fold),) * len(segments),
    )


def joined(several: Sequence[Answers]) -> Answers:
    """All of them as one; they must be of the same classes."""
    return Answers(
        classes=several[0].classes,
        logits=np.concatenate([one.logits for one in several]),
        labels=np.concatenate([one.labels for one in several]),
        recordings=tuple(name for one in several for name in one.recordings),
        groups=tuple(name for one in several for name in one.groups),
        first=np.concatenate([one.first for one in several]),
        models=tuple(model for one in several for model in one.models),
    )


def write_answers(answers: Answers, path: Path) -> None:
    """Write a CSV file, a row an answer, whole or not at all; equal logits are equal text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_WHOSE, *(_LOGIT + label for label in answers.classes)])
    for n, (seed, fold) in enumerate(answers.models):
        writer.writerow(
            [
                *(seed, fold, answers.recordings[n], answers.groups[n], int(answers.first[n])),
                answers.classes[int(answers.labels[n])],
                *map(str, answers.logits[n].astype(np.float32)),
            ]
        )
    atomic.write_text(path, out.getvalue())


def read_answers(path: Path) -> Answers:
    """Read what `write_answers` wrote; `DataError` says in which line it is something else."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            head, *rows = list(csv.reader(lines)) or [[]]
    except OSError as error:
        raise MissingInputError(f"{path}: cannot be read, {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: is no table of answers, {error}") from None
    classes = tuple(name.removeprefix(_LOGIT) for name in head[len(_WHOSE) :])
    expected = [*_WHOSE, *(_LOGIT + label for label in classes)]
    if head != expected or len(classes) < 2 or not rows:
        raise DataError(f"{path}: is no table of answers; need the columns {', '.join(_WHOSE)} ...")
    read = [_row(path, number + 2, row, classes) for number, row in enumerate(rows)]
    return Answers(
        classes=classes,
        logits=np.array([logits for *_, logits in read]),
        labels=np.array([label for _, _, _, _, label, _ in read], np.int64),
        recordings=tuple(name for _, name, *_ in read),
        groups=tuple(group for _, _, group, *_ in read),
        first=np.array([first for _, _, _, first, _, _ in read], np.int64),
        models=tuple(model for model, *_ in read),
    )


def _row(
    path: Path, line: int, row: Sequence[str], classes: Sequence[str]
) -> tuple[tuple[int, int], str, str, int, int, list[float]]:
    """One line: model, recording, group, first, label, logits."""
    try:
        seed, fold, name, group, first, label, *values = row
        logits = [float(np.float32(value)) for value in values]
        if len(logits) != len(classes) or not np.isfinite(logits).all():
            raise ValueError
        return (int(seed), int(fold)), name, group, int(first), classes.index(label), logits
    except ValueError:
        raise DataError(
            f"{path}: line {line} is not of seed, fold, recording, group, first, one of the "
            f"classes {', '.join(classes)} and a logit for each; make it anew"
        ) from None


def _numbered(names: Sequence[str]) -> Numbers:
    return np.asarray(np.unique(np.array(names), return_inverse=True)[1], np.int64)
