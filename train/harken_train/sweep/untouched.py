"""The test part of a search: the same for all trials, and never looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from harken.errors import SettingsError
from harken_train.audit import listed
from harken_train.recipe import Recipe
from harken_train.recordings import Recording, Span, Split

UNTOUCHED = "judged on validation recordings; the test part of the split was never looked at"
FIXED = ("seed", "split", "data", "made_by", "normal")  # settings that no search may vary


def refuse_fixed(parameter: str, settings: Iterable[str]) -> None:
    """Raise `SettingsError` when a parameter sets what decides who is for test."""
    for setting in settings:
        if setting in FIXED:
            raise SettingsError(
                f"{parameter}: {setting} decides which recordings are for test, which all trials "
                f"must have in common; set {setting} in [settings] or in the recipe"
            )


def refuse_another_test_part(base: Recipe, recipe: Recipe, recordings: Sequence[Recording]) -> None:
    """Raise `SettingsError` unless ``recipe`` leaves the test part of ``base`` alone.

    ``recordings`` are at the recipe's rate. Who is for test may hang on the length of a window.
    """
    window = round(base.signal.window * recipe.signal.rate / base.signal.rate)
    wanted, found = _split(base, recordings, window), _split(recipe, recordings)
    differing = _named(wanted.test, recordings) ^ _named(found.test, recordings)
    taken = {
        recordings[span.recording].name
        for span in (*found.train, *found.validation)
        if _meets(span, wanted.test)
    }
    if differing or taken:
        raise SettingsError(
            f"signal: with a window of {recipe.signal.window} the test part would be another than "
            f"the recipe's, it differs in {listed(sorted(differing | taken))}; vary signal "
            "less, or split by group"
        )


def _split(recipe: Recipe, recordings: Sequence[Recording], window: int | None = None) -> Split:
    rng = np.random.default_rng(recipe.seed)
    return recipe.split.split(recordings, window or recipe.signal.window, rng)


def _named(spans: Iterable[Span], recordings: Sequence[Recording]) -> set[str]:
    return {recordings[span.recording].name for span in spans}


def _meets(span: Span, others: Collection[Span]) -> bool:
    return any(
        span.recording == other.recording and span.first < other.last and other.first < span.last
        for other in others
    )
