"""Find the temperature of a run's scores, and below which score an answer is better not given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harken.errors import DataError, MissingInputError
from harken_train import metrics
from harken_train.answers import LOGITS, Answers, answers_on, joined, read_answers
from harken_train.bootstrap import Draws, draw_groups, measured
from harken_train.calibration import calibration
from harken_train.calibration_file import (
    OWN_VALIDATION,
    Abstention,
    Calibrated,
    write_calibration,
)
from harken_train.data import divide
from harken_train.figures import confusion_by_group
from harken_train.metrics import Floats, Numbers
from harken_train.recipe import Recipe
from harken_train.recipe_file import differences, load_recipe
from harken_train.run import Run
from harken_train.temperature import best_temperature, cross_fitted, each_part, loss_at, tempered

RATES = (0.01, 0.02, 0.05, 0.1, 0.2)  # of answers that may be left out
FEWEST = 3  # answers below a threshold; by fewer it would be luck
PARTS = 5  # that one model's answers are dealt into, to judge a temperature by others
_LEAKY = (
    "its split is leaky, it has heard what scores would be held to; "
    "train on a split that holds groups apart"
)
# Settings in which the models of one recipe differ, or that no score depends on.
_FREE = ("seed", "name", "description", "normal", "scored", "split", "words", "alarm", "export")


def calibrate(run: Run, by: Sequence[Path] = ()) -> Calibrated:
    """Calibrate the run's kept epoch and write its calibration.json.

    On the answers to its validation part, or to what the models in ``by`` had not heard: folders
    of cross-validations or of runs, all of the run's own recipe. What is in the run's test part has
    no say. `DataError` for answers that cannot tell.
    """
    answers, words = _answers(run, by)
    calibrated = calibrated_on(answers, run, words)
    write_calibration(run.path, calibrated)
    return calibrated


def calibrated_on(answers: Answers, run: Run, words: str) -> Calibrated:
    """Measure everything on these answers; ``words`` say whose they are."""
    group_of, labels = answers.group_of, answers.labels
    rng = np.random.default_rng(run.recipe.seed)
    parts = answers.model_of
    if len(np.unique(parts)) == 1:
        parts = _dealt(group_of, labels, rng)
    _refuse_few_mistakes(answers, parts, f"{run.path}: of {len(answers)} answers by {words}")
    draws = draw_groups(group_of, labels, rng)
    temperature = best_temperature(answers.logits, labels)
    others = cross_fitted(answers.logits, labels, group_of, parts)
    plain, after = tempered(answers.logits, 1.0), tempered(answers.logits, others[:, None])
    return Calibrated(
        temperature=temperature,
        epoch=run.facts.best_epoch,
        by=words,
        split=run.facts.split,
        decisions=len(answers),
        groups=int(group_of.max()) + 1,
        loss_before=loss_at(answers.logits, labels, 1.0),
        loss_after=loss_at(answers.logits, labels, others[:, None]),
        error_before=calibration(labels, plain, group_of, draws).error,
        error_after=calibration(labels, after, group_of, draws).error,
        abstain=tuple(
            _abstention(answers, rate, temperature, after, parts, draws, run.recipe.scored)
            for rate in RATES
            if rate * len(answers) >= FEWEST
        ),
    )


def threshold(scores: Floats, rate: float) -> float:
    """The score that a share ``rate`` of decisions, at most, is below; scores are (n, classes)."""
    best = np.sort(scores.max(axis=1))
    return float(best[int(rate * len(best))])


def _abstention(
    answers: Answers,
    rate: float,
    temperature: float,
    after: Floats,
    parts: Numbers,
    draws: Draws,
    scored: Sequence[str],
) -> Abstention:
    """Threshold by all answers; what it brings with every part at a threshold of the others."""
    group_of = answers.group_of
    unsure = np.zeros(len(answers), np.bool_)
    for own, others in each_part(group_of, parts):
        unsure[own] = after[own].max(axis=1) < threshold(after[others], rate)
    kept = ~unsure
    counts = confusion_by_group(
        answers.labels[kept],
        np.asarray(after.argmax(axis=1), np.int64)[kept],
        group_of[kept],
        len(answers.classes),
        draws.weights.shape[1],
    )
    total, drawn = counts.sum(axis=0), np.einsum("dg,gij->dij", draws.weights, counts)
    which = [answers.classes.index(label) for label in scored]
    return Abstention(
        rate=rate,
        below=threshold(tempered(answers.logits, temperature), rate),
        left_out=float(unsure.mean()),
        accuracy=measured(metrics.accuracy(total), metrics.accuracy(drawn)),
        macro_f1=measured(metrics.macro_f1(total), metrics.macro_f1(drawn)),
        scored_f1=measured(metrics.macro_f1(total, which), metrics.macro_f1(drawn, which))
        if which
        else None,
    )


def _dealt(group_of: Numbers, labels: Numbers, rng: np.random.Generator) -> Numbers:
    """The part of each answer: whole groups are dealt one after another, class by class."""
    groups = np.unique(group_of)
    if len(groups) < 2:
        raise DataError(
            "validation holds one group only, so what is found by it cannot be tried on another; "
            "set a larger split.validation, or give --by a cross-validation"
        )
    first = {int(group): int(labels[np.argmax(group_of == group)]) for group in groups}
    order = sorted(rng.permutation(groups).tolist(), key=lambda group: first[group])
    part_of = {group: place % PARTS for place, group in enumerate(order)}
    return np.array([part_of[int(group)] for group in group_of], np.int64)


def _refuse_few_mistakes(answers: Answers, parts: Numbers, whose: str) -> None:
    """Raise `DataError` where some part would be held to others without a single mistake."""
    wrong = answers.logits.argmax(axis=1) != answers.labels
    if all(wrong[others].any() for _, others in each_part(answers.group_of, parts)):
        return
    count = int(wrong.sum())
    found = {0: "none is wrong", 1: "only one is wrong"}.get(count, f"the {count} wrong ones meet")
    raise DataError(
        f"{whose} {found}; that is no fault, but how sure it may be shows in several mistakes on "
        "different groups alone; give more answers by --by and a cross-validation of its recipe, "
        "hold out more (split.validation), or leave the run as it is, uncalibrated"
    )


def _answers(run: Run, by: Sequence[Path]) -> tuple[Answers, str]:
    """The answers to calibrate on, without the run's own test part; and whose, in words."""
    if run.split.leaky:
        raise DataError(f"{run.path}: {_LEAKY}")
    if not by:
        return _some(run, answers_on(run, run.segments("validation"))), OWN_VALIDATION
    answers = joined([_answers_in(folder, run, place) for place, folder in enumerate(by)])
    tested = {run.recordings[span.recording].group for span in run.split.test}
    left = _some(run, answers.without(sorted(tested)))
    models = len(np.unique(left.model_of))
    return left, f"what {models} model{'' if models == 1 else 's'} of its recipe had not heard"


def _some(run: Run, answers: Answers) -> Answers:
    if not len(answers):
        raise DataError(
            f"{run.path}: no answer is left to calibrate on beside its own test part; "
            "give --by a cross-validation of its recipe, or set a larger split.validation"
        )
    return answers


def _answers_in(folder: Path, run: Run, place: int) -> Answers:
    """What a cross-validation wrote, or what another run's model says of its test part."""
    if (folder / LOGITS).is_file():
        _refuse_another(folder, load_recipe(str(folder / "recipe.toml")), run)
        answers = read_answers(folder / LOGITS)
    elif (folder / "run.json").is_file():
        other = Run.open(folder)
        _refuse_another(folder, other.recipe, run)
        if other.facts.data == run.facts.data:  # read them once for all
            other.take(divide(run.recordings, run.facts.data, other.recipe))
        if other.split.leaky:
            raise DataError(f"{folder}: {_LEAKY}")
        answers = answers_on(other, other.segments("test"), place + 1)
    else:
        raise MissingInputError(
            f"{folder}: is neither a run nor a cross-validation that came to its end; "
            "make one: harken-train cross-validate"
        )
    if answers.classes != run.classes:
        raise DataError(
            f"{folder}: tells {', '.join(answers.classes)} apart, and {run.path} "
            f"{', '.join(run.classes)}; give one of the same recordings"
        )
    return answers


def _refuse_another(folder: Path, recipe: Recipe, run: Run) -> None:
    differing = [
        name
        for name in differences(recipe, run.recipe)
        if name.partition(".")[0] not in _FREE and name != "data.path"
    ]
    if differing:
        raise DataError(
            f"{folder}: is of another recipe than {run.path}, it differs in "
            f"{', '.join(differing[:4])}; how sure its models are says nothing of this one"
        )
