"""One recording and what the model said of it, drawn by matplotlib where that is installed."""

from __future__ import annotations

import importlib
import importlib.util
import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harken.atomic import written_beside
from harken.cli import paper
from harken.cli.answers import Answered, in_words, passed, remarks
from harken.cli.named_files import STDIN
from harken.contract import Contract
from harken.decision import Decision
from harken.errors import MissingExtraError, UsageError, printable
from harken.model import Model
from harken.stream import Samples

SUFFIXES = (".png", ".svg", ".pdf")
COLUMNS = 2000  # a picture has no more: longer signals are drawn as lowest and highest of a stretch
FOOT = {"x": 0.01, "ha": "left", "fontsize": 8, "color": "0.35", "wrap": True}
LONGEST = 200  # letters of a sentence in the foot line
PASSING = {"color": "#d1495b", "alpha": 0.2, "linewidth": 0.0}  # surest window of what passed
MARK = {"color": "#f4c542", "alpha": 0.35, "linewidth": 0.0}  # of the stretch that decided


def check(path: Path) -> None:
    """Raise, before any work is done, when ``path`` cannot become a picture."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--plot {path}: need a name that ends in {', '.join(SUFFIXES)}")
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtraError("--plot needs matplotlib: pip install matplotlib")


def draw(path: Path, model: Model, answered: Answered) -> None:
    """Draw the recording and its answer; a voltage that was decided whole as on ECG paper.

    Anything else has the samples above, and below them the scores of all classes over seconds: of
    the windows, or of the stretches of a recording that was decided whole.
    """
    make = importlib.import_module("matplotlib.figure").Figure
    plainly = {"text.parse_math": False}  # a dollar sign in a class's words is one
    with importlib.import_module("matplotlib").rc_context(plainly), written_beside(path) as beside:
        figure = _drawn(make, model, answered)
        figure.savefig(beside, format=path.suffix[1:].lower(), dpi=120)


def _drawn(make: Callable[..., Any], model: Model, answered: Answered) -> Any:
    wanted, samples = model.contract.input, answered.clip.samples
    foot = _foot(answered, model.contract)
    if answered.summary.whole and paper.fits(wanted.unit):
        figure = paper.drawn(make, samples, wanted, answered.stretch)
        foot = [*foot, paper.beyond(samples, wanted)]
    else:
        figure = make(figsize=(10, 5), layout="constrained")
        asked = model.stretches(samples) if answered.summary.whole else answered.decisions
        _scores(figure, samples, model.contract, asked, answered)
    figure.supxlabel("  ·  ".join(part for part in foot if part), **FOOT)
    if wanted.any_length:
        odd = "; ".join(remarks(answered.summary, answered.clip))
        lines = [_title(answered, model.contract), *passed(answered, model.contract), odd]
        figure.suptitle("\n".join(line for line in lines if line), wrap=True)
    return figure


def _title(answered: Answered, contract: Contract) -> str:
    summary, stretch = answered.summary, answered.stretch
    if summary.score is None:
        return "no answer"
    text = f"{in_words(summary, contract)}: {summary.score:.2f}"
    if stretch is None:
        return text
    rate = contract.input.rate
    first, last = stretch.first / rate, stretch.last / rate
    marked = f"marked: {first:.0f} to {last:.0f} s, which alone score {stretch.score:.2f}"
    return f"{text} ({marked})"


def _foot(answered: Answered, contract: Contract) -> list[str]:
    """What a picture that is passed on must still tell: of which recording, by what, its limits."""
    name = "stdin" if answered.file == STDIN else Path(answered.file).name
    sentence = re.split(r"(?<=[.!?])\s", " ".join(contract.limits.split()), maxsplit=1)[0]
    parts = (name, f"model {contract.name}", textwrap.shorten(sentence, LONGEST))
    return [printable(part) for part in parts]


def _scores(
    figure: Any,
    samples: Samples,
    contract: Contract,
    decisions: Sequence[Decision],
    answered: Answered,
) -> None:
    signal, scores = figure.subplots(2, 1, sharex=True)
    rate = contract.input.rate
    if contract.input.is_spectrogram:
        extent = (0.0, samples.shape[1] / rate, 0.0, samples.shape[0])
        shown = signal.imshow(samples, origin="lower", aspect="auto", extent=extent, cmap="magma")
        figure.colorbar(shown, ax=signal, label=contract.input.unit)
        signal.set_ylabel("band")
    else:
        for channel in samples:
            signal.plot(*_outline(channel, rate), linewidth=0.6)
        signal.set_ylabel(contract.input.unit)
    windows = [decision for decision in decisions if not decision.record]
    middles = [(window.first + window.last) / 2 / rate for window in windows]
    for k, name in enumerate(contract.classes):
        drawn = [window.scores[k] if window.valid else np.nan for window in windows]
        scores.plot(middles, drawn, marker=".", label=contract.called(name))
    for window in windows:
        if not window.valid:
            scores.axvspan(window.first / rate, window.last / rate, color="0.85")
    if answered.stretch is not None:
        signal.axvspan(answered.stretch.first / rate, answered.stretch.last / rate, **MARK)
    for held in answered.passing:
        for axes in (signal, scores):
            axes.axvspan(held.first / rate, held.last / rate, **PASSING)
    red = "; red: what the answer leaves out" if answered.passing else ""
    scores.set(ylim=(-0.02, 1.02), ylabel="score", xlabel=f"seconds (grey: not valid{red})")
    scores.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _outline(channel: Samples, rate: int) -> tuple[Samples, Samples]:
    """Seconds and values to draw: all of them, or lowest and highest of each stretch."""
    length = max(1, len(channel) // COLUMNS)
    if length < 2:
        return (np.arange(len(channel)) / rate).astype(np.float32), channel
    stretches = channel[: len(channel) // length * length].reshape(-1, length)
    ends = np.stack([stretches.min(axis=1), stretches.max(axis=1)], axis=1).reshape(-1)
    seconds = np.repeat(np.arange(len(stretches)) * length / rate, 2)
    return seconds.astype(np.float32), ends
