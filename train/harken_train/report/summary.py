"""What a report says first: the honest result in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from harken_train.bootstrap import Measured
from harken_train.calibration_file import OWN_VALIDATION
from harken_train.evaluate import Evaluation
from harken_train.figures import ClassFigures
from harken_train.holdout import VALIDATION_IN_TIME


@dataclass(frozen=True, kw_only=True)
class Summary:
    """``kind`` is ``"honest"``, ``"shares"`` or ``"leaky"``; ``warning`` is empty when honest.

    What validation has in common with training alone is a note: it makes no figure of test better.
    """

    kind: str
    warning: str
    result: str
    notes: tuple[str, ...]


def summarise(evaluation: Evaluation) -> Summary:
    """Put the result into sentences."""
    kind = kind_of(evaluation)
    return Summary(
        kind=kind,
        warning=_warning(kind, evaluation),
        result=_result(kind, evaluation),
        notes=tuple(note for note in _notes(evaluation) if note),
    )


def kind_of(evaluation: Evaluation) -> str:
    """How far the split may be believed: by what stands on both sides, as its stamp does."""
    split = evaluation.split
    if split["leaky"]:
        return "leaky"
    return "shares" if split["both_sides"] or split["chosen_on"] else "honest"


def _warning(kind: str, evaluation: Evaluation) -> str:
    if kind == "leaky":
        return (
            "Leaky on purpose: windows of the same recordings stand in training and test. These "
            "figures say that the network can tell these recordings apart, and nothing about "
            "any other. Never quote them as accuracy."
        )
    if kind == "shares":
        words = [word for word in evaluation.split["shares"] if word != VALIDATION_IN_TIME]
        shared = "; ".join(words) or "groups"
        if not evaluation.split["both_sides"]:
            return (
                f"Validation and test share on purpose: {shared}. What is chosen by "
                "validation, an epoch or a setting, is chosen on what test holds too, and then "
                "these figures promise somewhat too much of another one."
            )
        return (
            f"Training and test share on purpose: {shared}. These figures say how well what was "
            "heard in training is known again, not how it goes with another one."
        )
    return ""


def _result(kind: str, evaluation: Evaluation) -> str:
    decisions, recordings = evaluation.decisions, evaluation.recordings
    whom = {
        "honest": f"On {_many(decisions.groups, 'group')} not heard in training",
        "shares": f"On held-out recordings of {_many(decisions.groups, 'group')}",
        "leaky": "On windows drawn at random",
    }[kind]
    if evaluation.part == "train":
        whom = "On the very recordings it was trained on"
    right = round((recordings.accuracy.value or 0.0) * recordings.count)
    of_recordings = (
        "" if evaluation.whole else f" and for {right} of {_many(recordings.count, 'recording')}"
    )
    score = decisions.scored_f1
    of_scored = (
        f" {decisions.scored_words}: {percent(score.value)}{_between(score)}."
        if decisions.scored
        else ""
    )
    return (
        f"{whom}, the model named the right class for {percent(decisions.accuracy.value)} of "
        f"{_many(decisions.count, evaluation.unit)}{_between(decisions.accuracy)}{of_recordings}."
        f"{of_scored}"
    )


def _notes(evaluation: Evaluation) -> list[str]:
    notes = [_weakest(evaluation)]
    words = evaluation.split["shares"]
    if kind_of(evaluation) != "honest":
        words = [word for word in words if word == VALIDATION_IN_TIME]
    if words:
        notes.append(
            f"Training and validation share: {'; '.join(words)}. The losses on "
            "validation are better than they would be on other groups."
        )
    notes.append(
        f"Always answering with the class most frequent in training would be right for "
        f"{percent(evaluation.always)} of the {evaluation.unit}s."
    )
    telling = [cue.name.replace("_", " ") for cue in evaluation.silent_cues if cue.tells]
    if telling:
        notes.append(
            f"Mind the cues: {', '.join(telling)} alone tell{'s' if len(telling) == 1 else ''} "
            "the class more often than chance on this split (see below)."
        )
    if found_on_the_scored(evaluation):
        notes.append(
            "The temperature of the scores was found by these very answers, so their calibration "
            "looks better here than it is elsewhere; judge it by the test part."
        )
    if evaluation.decisions.no_interval:
        notes.append(f"No intervals: {evaluation.decisions.no_interval}.")
    return notes


def found_on_the_scored(evaluation: Evaluation) -> bool:
    """Whether the temperature was found by the very answers that are scored."""
    found = evaluation.calibrated
    return found is not None and found["by"] == OWN_VALIDATION and evaluation.part == "validation"


def _weakest(evaluation: Evaluation) -> str:
    decisions, unit = evaluation.decisions, evaluation.unit
    there = [row for row in decisions.classes if row.recall.value is not None]
    row: ClassFigures = min(there, key=lambda one: one.recall.value or 0.0)
    true = evaluation.classes.index(row.label)
    wrong = {
        label: count
        for label, count in zip(evaluation.classes, decisions.confusion[true], strict=True)
        if label != row.label and count
    }
    if not wrong:
        return f"No {unit} was named wrongly."
    taken = max(wrong, key=lambda label: wrong[label])
    return (
        f"Hardest is {row.label}: {percent(row.recall.value)} of its {unit}s are found, and those "
        f"that are not are most often taken for {taken}."
    )


def percent(value: float | None) -> str:
    """A share as people read it; a dash when it is not known."""
    return "–" if value is None else f"{100.0 * value:.1f} %"


def _between(figure: Measured) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f" (95 % interval {100 * figure.low:.1f} to {percent(figure.high)})"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
