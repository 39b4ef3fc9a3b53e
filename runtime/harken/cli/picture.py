"""One recording and what the model said of it, drawn by matplotlib where that is installed."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harken.atomic import written_beside
from harken.contract import Contract
from harken.decision import Decision
from harken.errors import MissingExtraError, UsageError
from harken.stream import Samples

SUFFIXES = (".png", ".svg", ".pdf")
COLUMNS = 2000  # a picture has no more: longer signals are drawn as lowest and highest of a stretch


def check(path: Path) -> None:
    """Raise, before any work is done, when ``path`` cannot become a picture."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--plot {path}: need a name that ends in {', '.join(SUFFIXES)}")
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtraError("--plot needs matplotlib: pip install matplotlib")


def draw(path: Path, samples: Samples, contract: Contract, decisions: Sequence[Decision]) -> None:
    """Draw the samples ``(channels, n)`` above, the scores of all classes below, over seconds."""
    figure = importlib.import_module("matplotlib.figure").Figure(
        figsize=(10, 5), layout="constrained"
    )
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
    valid = [decision for decision in decisions if decision.valid]
    middles = [(decision.first + decision.last) / 2 / rate for decision in valid]
    for k, name in enumerate(contract.classes):
        scores.plot(middles, [d.scores[k] for d in valid], marker=".", label=name)
    for decision in decisions:
        if not decision.valid:
            scores.axvspan(decision.first / rate, decision.last / rate, color="0.85")
    scores.set(ylim=(-0.02, 1.02), ylabel="score", xlabel="seconds (grey: not valid)")
    scores.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    with written_beside(path) as beside:
        figure.savefig(beside, format=path.suffix[1:].lower(), dpi=120)


def _outline(channel: Samples, rate: int) -> tuple[Samples, Samples]:
    """Seconds and values to draw: all of them, or lowest and highest of each stretch."""
    length = max(1, len(channel) // COLUMNS)
    if length < 2:
        return (np.arange(len(channel)) / rate).astype(np.float32), channel
    stretches = channel[: len(channel) // length * length].reshape(-1, length)
    ends = np.stack([stretches.min(axis=1), stretches.max(axis=1)], axis=1).reshape(-1)
    seconds = np.repeat(np.arange(len(stretches)) * length / rate, 2)
    return seconds.astype(np.float32), ends
