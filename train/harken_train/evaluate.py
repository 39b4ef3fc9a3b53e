"""Hold a run's answers on recordings it was not trained on to what is true, and write it down."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harken import atomic
from harken.errors import DataError
from harken.settings import dump
from harken_train.bootstrap import LEVEL, Draws, draw_groups, no_draws
from harken_train.calibration import Calibration, calibration
from harken_train.figures import Figures, Judged, figures_of
from harken_train.metrics import Floats, Numbers
from harken_train.part_scores import by_recording, scores_of
from harken_train.ragged import length_of
from harken_train.recordings import Recording
from harken_train.run import Run
from harken_train.segments import Segments
from harken_train.silent_cues import SilentCue, silent_cues

VERSION = 1  # of metrics.json: keys are added, never changed, within one version
WORST = 8


@dataclass(frozen=True, kw_only=True)
class Miss:
    """A window or whole recording decided wrongly; positions are samples at the recipe's rate.

    ``decided_score`` is the score of the wrong answer, ``score`` that of the right one.
    """

    recording: str
    origin: str
    group: str
    first: int
    last: int
    seconds: float  # where it starts
    label: str
    decided: str
    decided_score: float
    score: float
    segment: int  # its number among the part's windows


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """All that `evaluate` finds; `as_dict` is metrics.json, `segments` is for pictures.

    Where recordings are decided ``whole``, they are its windows: figures of both are the same, but
    for recordings that were too long and cut. ``calibrated`` says where a temperature is from.
    """

    run: str
    recipe: str
    recipe_digest: str
    data_digest: str
    part: str
    classes: tuple[str, ...]
    stamp: str
    windows: Figures
    recordings: Figures
    calibration: Calibration
    silent_cues: tuple[SilentCue, ...]
    always: float  # share of windows that the class most frequent in training would have right
    worst: tuple[Miss, ...]
    split: dict[str, Any]
    groups: dict[str, tuple[str, ...]]  # who is in which part
    epochs: tuple[dict[str, float | None], ...]
    training: dict[str, Any]
    export: dict[str, Any] | None
    whole: bool
    calibrated: dict[str, Any] | None
    segments: Segments

    @property
    def decisions(self) -> Figures:
        """The figures of what is decided: of windows, or of recordings where these are whole."""
        return self.recordings if self.whole else self.windows

    @property
    def unit(self) -> str:
        """What is decided, in a word."""
        return "recording" if self.whole else "window"

    def as_dict(self) -> dict[str, Any]:
        """Plain values; what is not known is null."""
        table = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name != "segments"
        }
        plain = json.loads(json.dumps(table, default=dataclasses.asdict))
        unit = {"level": LEVEL, "unit": "group", "method": "bootstrap of groups, by class"}
        return {"version": VERSION, **plain, "interval": unit}


def evaluate(run: Run, part: str = "test") -> Evaluation:
    """Score every window of ``part`` and all that a report says of them."""
    segments = run.segments(part)
    if not len(segments):
        what = "window" if segments.whole is None else "recording that is long enough"
        raise DataError(f"{run.path}: the part {part!r} holds no {what}; see split.json")
    recordings = run.recordings
    scores = scores_of(run.classifier(), segments)
    judged, recordings_judged = judge(segments, scores, recordings, run.recipe.scored)
    draws = draws_of(run, judged)
    train = run.segments("train")
    return Evaluation(
        run=run.path.name,
        recipe=run.recipe.name,
        recipe_digest=run.facts.recipe,
        data_digest=run.facts.data,
        part=part,
        classes=run.classes,
        stamp=run.prepared.audit.stamp,
        windows=figures_of(judged, draws),
        recordings=figures_of(recordings_judged, draws_of(run, recordings_judged)),
        calibration=calibration(judged.labels, scores, judged.group_of, draws),
        silent_cues=silent_cues(
            run.recipe.data.recordings(),
            recordings,
            train,
            segments,
            judged.group_of,
            draws,
            spectrograms=run.recipe.signal.input == "spectrogram",
        ),
        always=float((segments.labels == np.bincount(train.labels).argmax()).mean()),
        worst=worst(segments, scores, recordings),
        split=run.prepared.audit.as_dict(),
        groups={part: groups_of(run, part) for part in run.split.parts()},
        epochs=read_log(run.path / "log.csv"),
        training=dataclasses.asdict(run.facts),
        export=read_export(run.path / "export.json"),
        whole=segments.whole is not None,
        calibrated=dump(run.calibration) if run.calibration else None,
        segments=segments,
    )


def draws_of(run: Run, judged: Judged) -> Draws:
    """Draw groups for intervals; on a leaky split there is nothing that an interval could say."""
    if run.split.leaky:
        reason = "the split is leaky, and an interval would promise what it cannot hold"
        return no_draws(int(judged.group_of.max()) + 1, reason)
    return draw_groups(judged.group_of, judged.labels, np.random.default_rng(run.recipe.seed))


def judge(
    segments: Segments, scores: Floats, recordings: list[Recording], scored: tuple[str, ...] = ()
) -> tuple[Judged, Judged]:
    """Give windows, and recordings decided by the mean of their windows' scores, with groups."""
    names = sorted({recordings[int(r)].group for r in segments.recording})
    number = {name: i for i, name in enumerate(names)}
    group_of = np.array([number[recordings[int(r)].group] for r in segments.recording], np.int64)
    first, means = by_recording(segments, scores)
    return (
        Judged(
            labels=segments.labels,
            scores=scores,
            group_of=group_of,
            classes=segments.classes,
            scored=scored,
        ),
        Judged(
            labels=segments.labels[first],
            scores=means,
            group_of=_dense(group_of[first]),
            classes=segments.classes,
            scored=scored,
        ),
    )


def worst(segments: Segments, scores: Floats, recordings: list[Recording]) -> tuple[Miss, ...]:
    """The windows that were wrong with the surest answers, at most two of one recording."""
    decided = scores.argmax(axis=1)
    wrong = np.flatnonzero(decided != segments.labels)
    surest = wrong[np.argsort(-scores[wrong, decided[wrong]], kind="stable")]
    taken: dict[int, int] = {}
    misses: list[Miss] = []
    for n in surest:
        owner = int(segments.recording[n])
        taken[owner] = taken.get(owner, 0) + 1
        if taken[owner] > 2 or len(misses) == WORST:
            continue
        recording, first = recordings[owner], int(segments.first[n])
        misses.append(
            Miss(
                recording=recording.name,
                origin=recording.origin,
                group=recording.group,
                first=first,
                last=first + length_of(segments.held, int(n)),
                seconds=first / recording.rate,
                label=segments.classes[int(segments.labels[n])],
                decided=segments.classes[int(decided[n])],
                decided_score=float(scores[n, decided[n]]),
                score=float(scores[n, segments.labels[n]]),
                segment=int(n),
            )
        )
    return tuple(misses)


def groups_of(run: Run, part: str) -> tuple[str, ...]:
    """Names of the groups of which a part has a stretch."""
    recordings = run.recordings
    return tuple(sorted({recordings[s.recording].group for s in run.split.parts()[part]}))


def read_log(path: Path) -> tuple[dict[str, float | None], ...]:
    """Rows of log.csv; a value that is not finite is ``None``; no file, no rows."""
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(
            {
                key: number if math.isfinite(number := float(text)) else None
                for key, text in row.items()
            }
            for row in csv.DictReader(lines)
        )


def read_export(path: Path) -> dict[str, Any] | None:
    """What the export of this run found, if it was exported."""
    if not path.is_file():
        return None
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path}: is not JSON, {error}; export the run again") from None
    if not isinstance(facts, dict):
        raise DataError(f"{path}: need a JSON object; export the run again")
    return facts


def write_metrics(evaluation: Evaluation, path: Path) -> None:
    """Write metrics.json, whole or not at all."""
    text = json.dumps(evaluation.as_dict(), indent=1, ensure_ascii=False, allow_nan=False)
    atomic.write_text(path, text + "\n")


def _dense(numbers: Numbers) -> Numbers:
    return np.asarray(np.unique(numbers, return_inverse=True)[1], np.int64)
