"""The report as one HTML file: figures, pictures, style and text in it, and no address."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harken import atomic
from harken.settings import load
from harken.stream import Samples
from harken_train.bootstrap import Measured
from harken_train.calibration_file import Calibrated
from harken_train.calibration_report import FEW, how_sure
from harken_train.evaluate import Evaluation
from harken_train.recipe import Signal
from harken_train.recipe_file import to_toml
from harken_train.report.drawings import (
    FEW_DECISIONS,
    curves,
    recording_picture,
    reliability,
    segment_picture,
    spectrogram_picture,
)
from harken_train.report.summary import found_on_the_scored, percent, summarise
from harken_train.run import Run
from harken_train.schedule import kept_in_words
from harken_train.segments import Segments

FOLDER = Path(__file__).parent


def write_report(run: Run, evaluation: Evaluation, path: Path) -> None:
    """Write report.html, whole or not at all."""
    atomic.write_text(path, render(run, evaluation))


def render(run: Run, evaluation: Evaluation) -> str:
    """Give the page's text; the same evaluation gives the same page."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=percent,
        interval=interval,
        whole=whole,
        small=small,
        milliseconds=milliseconds,
        how_sure=how_sure,
    )
    signal = run.recipe.signal
    return environment.get_template("page.html.jinja").render(
        evaluation=evaluation,
        summary=summarise(evaluation),
        style=Markup((FOLDER / "style.css").read_text(encoding="utf-8")),  # noqa: S704  # our own file
        curves=tuple(map(_picture, curves(evaluation.epochs, run.facts.best_epoch)))
        if evaluation.epochs
        else (),
        reliability=_picture(reliability(evaluation.calibration.bins)),
        misses=[
            (
                miss,
                _picture(_segment(evaluation.segments, miss.segment, signal)),
            )
            for miss in evaluation.worst
        ],
        recipe=to_toml(run.recipe),
        facts=run.facts,
        kept=kept_in_words(run.recipe.training, run.facts.best_epoch, run.facts.epochs),
        signal=signal,
        path=shlex.quote(str(run.path)),
        few=FEW_DECISIONS,
        few_groups=FEW,
        calibrated=load(Calibrated, evaluation.calibrated) if evaluation.calibrated else None,
        temperature=temperature_words(evaluation),
        scored_there=found_on_the_scored(evaluation),
        words=run.recipe.words,
    )


def _segment(segments: Segments, number: int, signal: Signal) -> str:
    samples: Samples = segments.held[number]
    if segments.whole is not None:
        return recording_picture(samples, signal.rate, signal.unit)
    if signal.input == "spectrogram":
        return spectrogram_picture(samples, signal.unit)
    return segment_picture(samples, signal.rate, signal.unit)


def temperature_words(evaluation: Evaluation) -> str:
    """A sentence on how scores were made to mean what they say; empty when they were not."""
    found = evaluation.calibrated
    if found is None:
        return ""
    return (
        f"Scores are at the temperature {found['temperature']:.3f}, found by {found['by']}: "
        f"{whole(found['decisions'])} answers on {whole(found['groups'])} groups."
    )


def interval(figure: Measured) -> str:
    """Both ends of an interval, in percent; empty when there is none."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{100 * figure.low:.1f} – {100 * figure.high:.1f}"


def whole(value: float) -> str:
    """A large number with narrow spaces between thousands, at which no line is broken."""
    return f"{value:,.0f}".replace(",", "\u202f")


def small(value: Any) -> str:
    """A difference to two digits, or a dash."""
    return f"{value:.2g}" if isinstance(value, (int, float)) else "–"


def milliseconds(seconds: Any) -> str:
    """Seconds as milliseconds, or a dash."""
    return f"{1000 * seconds:.3f} ms" if isinstance(seconds, (int, float)) else "–"


def _picture(text: str) -> Markup:
    return Markup(text)  # noqa: S704  # SVG that we drew; names in it are escaped by matplotlib
