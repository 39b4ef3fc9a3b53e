"""A run for a sensor of another rate: its weights behind the front-end that was built for that one.

A front-end that brings every rate to one of its own says so (``any_rate``): what the network is
fed does not tell which sensor it came from. Held-out recordings are resampled, so that the file is
proved, and its figures are measured, at the rate that it takes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import torch
from torch import nn

from harken.errors import HarkenError, SettingsError
from harken.resample import factor, resample
from harken_train.build import build_frontend
from harken_train.classifier import Classifier
from harken_train.data import Prepared
from harken_train.frontends import frontends
from harken_train.recipe import Recipe, Signal
from harken_train.recordings import Recording, Span, Split
from harken_train.run import Run


class RunAtRate(Run):
    """``run`` with all that is counted in samples at ``rate`` hertz, and its weights as they are.

    Facts and digests are those of the run that was trained. `SettingsError` where the front-end
    cannot be built for ``rate``, or does not feed the network alike.
    """

    def __init__(self, run: Run, rate: int) -> None:
        super().__init__(run.path, _recipe_at(run.recipe, rate), run.facts)
        self.trained = run
        try:
            self._frontend = build_frontend(self.recipe)
        except SettingsError as error:
            raise SettingsError(f"a sensor of {rate} Hz: {error}") from None
        self._refuse_other_features()

    @cached_property
    def prepared(self) -> Prepared:
        """The recordings, resampled whenever they are read, in the same parts."""
        before = self.trained.prepared
        up, down = factor(self.trained.recipe.signal.rate, self.recipe.signal.rate)
        return replace(
            before,
            recordings=[_resampled(one, self.recipe.signal.rate) for one in before.recordings],
            split=_scaled_split(before.split, up, down),
        )

    def best_network(self) -> tuple[Classifier, int]:
        """The run's own, behind the front-end of this rate."""
        classifier, epoch = self.trained.best_network()
        classifier.frontend = self._frontend
        return classifier, epoch

    def _refuse_other_features(self) -> None:
        """Raise `SettingsError` unless a window gives features of the shape that was trained on."""
        before, now = self.trained.recipe, self.recipe
        made = (
            _features(build_frontend(before), before.signal),
            _features(self._frontend, now.signal),
        )
        size = slice(None) if now.signal.lengths is None else slice(-1)
        if made[0][size] != made[1][size]:
            raise SettingsError(
                f"a sensor of {now.signal.rate} Hz: a window gives features of {made[1]}, the "
                f"network takes {made[0]}; choose a rate of which its "
                f"{before.signal.window / before.signal.rate:g} s are whole samples"
            )


def at_rate(run: Run, rate: int | None) -> Run:
    """The run for sensors of ``rate`` hertz; itself for its own, or None."""
    return run if rate in (None, run.recipe.signal.rate) else RunAtRate(run, rate)


def _recipe_at(recipe: Recipe, rate: int) -> Recipe:
    if not getattr(recipe.frontend, "any_rate", False):
        raise SettingsError(
            f"a sensor of {rate} Hz: the front-end {frontends.kind_of(recipe.frontend)} is made "
            f"for {recipe.signal.rate} Hz alone; export without a rate, or train with the "
            "front-end filtered"
        )
    signal, training = recipe.signal, recipe.training
    try:
        up, down = factor(signal.rate, rate)
    except HarkenError as error:
        raise SettingsError(f"a sensor of {rate} Hz: {error}") from None

    def scaled(samples: int) -> int:
        return _ceil(samples, up, down)

    return replace(
        recipe,
        signal=replace(
            signal,
            rate=rate,
            window=scaled(signal.window),
            hop=scaled(signal.hop),
            train_hop=None if signal.train_hop is None else scaled(signal.train_hop),
            shortest=None if signal.shortest is None else scaled(signal.shortest),
            longest=None if signal.longest is None else scaled(signal.longest),
        ),
        training=replace(training, crops=tuple(scaled(crop) for crop in training.crops)),
    )


def _features(frontend: nn.Module, signal: Signal) -> tuple[int, ...]:
    with torch.no_grad():
        made = frontend(torch.zeros(1, signal.channels, signal.window))
    return tuple(map(int, made.shape[1:]))


def _ceil(samples: int, up: int, down: int) -> int:
    """Where a position at the one rate stands at the other: what was apart stays apart."""
    return -(-samples * up // down)


def _scaled_split(split: Split, up: int, down: int) -> Split:
    def scaled(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(
            Span(span.recording, _ceil(span.first, up, down), _ceil(span.last, up, down))
            for span in spans
        )

    return replace(
        split,
        train=scaled(split.train),
        validation=scaled(split.validation),
        test=scaled(split.test),
    )


def _resampled(recording: Recording, rate: int) -> Recording:
    up, down = factor(recording.rate, rate)
    return replace(
        recording,
        rate=rate,
        frames=_ceil(recording.frames, up, down),
        mapped=False,
        read=lambda: resample(recording.read(), recording.rate, rate),
    )
