"""One wavelet in full, or several side by side: the picture, and what is printed with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pywt
from matplotlib.figure import Figure

from harken.errors import UsageError
from harken.suggest import suggestion
from harken_train.frontends.wavelet import Wavelet
from harken_train.wavelet_workshop import drawing, words
from harken_train.wavelet_workshop.decomposition import (
    approximation_of,
    decompose,
    deepest,
    errors_of,
)
from harken_train.wavelet_workshop.excerpt import Excerpt, Floats

NOTHING_LEFT = 0.995  # of the deviation: deeper approximations are flat
BOTTOMLESS = 99  # no signal is halved so often


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which wavelets, how deep, and what an approximation may miss to be proposed."""

    wavelets: tuple[str, ...] = ("db2",)
    levels: int = 6
    mode: str = "symmetric"
    miss: float = 0.1

    def __post_init__(self) -> None:
        modes = pywt.Modes.modes
        if self.mode not in modes:
            said = suggestion(self.mode, modes).rstrip("?")
            raise UsageError(f"--mode: need one of {', '.join(modes)}, got {self.mode!r}{said}")
        if len(set(self.wavelets)) < len(self.wavelets):
            raise UsageError(f"--compare: need each once, got {','.join(self.wavelets)}")
        if not 0.0 < self.miss < 1.0:
            raise UsageError(f"--miss: need a share between 0 and 1, got {self.miss:g}")
        for name in self.wavelets:
            self.settings(name)

    def settings(self, wavelet: str) -> Wavelet:
        """The front-end of this wavelet; it looks at its own limits."""
        return Wavelet(wavelet=wavelet, level=self.levels, mode=self.mode)  # type: ignore[arg-type]  # checked above


@dataclass(frozen=True, eq=False)
class Made:
    """A picture, and the text that is printed with it."""

    figure: Figure
    text: str


def show(excerpt: Excerpt, asked: Asked) -> Made:
    """One wavelet: all that it makes of the excerpt."""
    settings = asked.settings(asked.wavelets[0])
    found = decompose(excerpt, settings)
    errors = _errors(excerpt, replace(asked, wavelets=(settings.wavelet,)))
    samples = len(excerpt.samples)
    title = (
        f"{excerpt.name}: {settings.wavelet}, {settings.level} levels, {samples} samples at "
        f"{excerpt.rate} Hz, {samples / excerpt.rate:.3g} s"
    )
    text = [
        title,
        words.level_table(found),
        *_too_deep(excerpt, asked),
        "",
        words.proposal(errors, samples, asked.mode, asked.miss),
    ]
    return Made(
        drawing.decomposition_figure(excerpt, found, errors[settings.wavelet]), "\n".join(text)
    )


def compare(excerpt: Excerpt, asked: Asked) -> Made:
    """Several wavelets: what the approximation of each misses, by number of levels."""
    errors = _errors(excerpt, asked)
    made = {name: approximation_of(excerpt, asked.settings(name)) for name in asked.wavelets}
    text = [
        words.error_table(errors, excerpt),
        *_too_deep(excerpt, asked),
        "",
        words.proposal(errors, len(excerpt.samples), asked.mode, asked.miss),
    ]
    figure = drawing.comparison_figure(excerpt, errors, made, asked.levels)
    return Made(figure, "\n".join(text))


def _errors(excerpt: Excerpt, asked: Asked) -> dict[str, Floats]:
    """By depth, as deep as was asked for, and on until nothing is left or no wavelet goes on."""
    errors = {}
    for name in asked.wavelets:
        deep = max(asked.levels, deepest(len(excerpt.samples), name))
        errors[name] = errors_of(excerpt, replace(asked.settings(name), level=deep))
    left = [np.flatnonzero(missed > NOTHING_LEFT) for missed in errors.values()]
    depth = max(int(gone[0]) + 1 if len(gone) else BOTTOMLESS for gone in left)
    return {name: missed[: max(depth, asked.levels)] for name, missed in errors.items()}


def _too_deep(excerpt: Excerpt, asked: Asked) -> list[str]:
    samples = len(excerpt.samples)
    return [
        f"note: with {name} every coefficient below level {deepest(samples, name)} sees an end of "
        f"these {samples} samples"
        for name in asked.wavelets
        if asked.levels > deepest(samples, name)
    ]
