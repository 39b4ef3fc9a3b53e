"""What ``harken classify`` says of one file: a line for people, an object for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from harken.clip import Clip
from harken.contract import Contract
from harken.decision import Decision
from harken.errors import printable
from harken.model import Model
from harken.passing import Passing
from harken.stretch import Stretch
from harken.summary import Summary

NARROWEST = 14  # letters of the column of answers


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A file, what it holds, and what was said of it."""

    file: str
    clip: Clip
    decisions: Sequence[Decision]
    summary: Summary
    passing: Sequence[Passing] = ()
    stretch: Stretch | None = None


def head(model: Model, width: int) -> str:
    """Give the table's first line, for names of ``width`` letters."""
    answer = f"{'answer':<{_answer_width(model)}}"
    return f"{'file':<{width}}  {answer} {'score':>5}  {'share':>5}  {'windows':>7}"


def line(model: Model, answered: Answered, width: int) -> str:
    """Give the table's line on a file."""
    summary = answered.summary
    name = printable(answered.file)
    name = name if len(name) <= width else f"...{name[3 - width :]}"
    score = "-" if summary.score is None else f"{summary.score:.2f}"
    share = "-" if summary.share is None else f"{summary.share:.0%}"
    windows = "whole" if summary.whole else str(summary.windows)
    answer = f"{in_words(summary, model.contract):<{_answer_width(model)}}"
    odd = "; ".join([*passed(answered, model.contract), *remarks(summary, answered.clip)])
    return f"{name:<{width}}  {answer} {score:>5}  {share:>5}  {windows:>7}  {odd}".rstrip()


def window_lines(model: Model, answered: Answered) -> list[str]:
    """Give a line for each decision on a file."""
    contract, lines = model.contract, []
    rate = contract.input.rate
    for decision in answered.decisions:
        score = "-" if decision.score is None else f"{decision.score:.2f}"
        label = f"invalid: {decision.reason}"
        if decision.label is not None:
            label = contract.called(decision.label)
        words = [f"unsure ({label})" if decision.unsure else label, *decision.quality]
        if decision.record:
            words.append("as a whole" if answered.summary.whole else "the mean of its windows")
        if contract.input.is_spectrogram:  # columns a second are rounded, or 1: nobody knows them
            place = f"{decision.first:>9} to {decision.last:>9} columns"
        else:
            place = f"{decision.first / rate:>9.3f} to {decision.last / rate:>9.3f} s"
        lines.append(f"  {place}  {score:>5}  {', '.join(words)}")
    return lines


def as_object(model: Model, answered: Answered) -> dict[str, object]:
    """Give what programs are told of a file; docs/device.md says what each key means."""
    contract, summary, stretch = model.contract, answered.summary, answered.stretch
    rate = contract.input.rate
    return {
        "file": answered.file,
        "rate": rate,
        "seconds": answered.clip.samples.shape[1] / rate,
        "notes": answered.clip.notes,
        "words": None if summary.answer is None else contract.called(summary.answer),
        **dataclasses.asdict(summary),
        "stretch": None
        if stretch is None
        else {
            "first": stretch.first / rate,
            "last": stretch.last / rate,
            "score": stretch.score,
        },
        "passing": [
            {
                **dataclasses.asdict(one),
                "words": contract.called(one.label),
                "first": one.first / rate,
                "last": one.last / rate,
            }
            for one in answered.passing
        ],
        "decisions": [dataclasses.asdict(decision) for decision in answered.decisions],
    }


def in_words(summary: Summary, contract: Contract) -> str:
    """Give the answer as people call it."""
    if summary.answer is None:
        return "none"
    words = contract.called(summary.answer)
    return f"unsure ({words})" if summary.unsure else words


def _answer_width(model: Model) -> int:
    longest = max(len(model.contract.called(label)) for label in model.contract.classes)
    return max(NARROWEST, longest + (len("unsure ()") if model.unsure_below else 0))


def passed(answered: Answered, contract: Contract) -> list[str]:
    """Tell in words what a long recording held for a while."""
    rate, of = contract.input.rate, answered.summary.valid
    return [
        f"{contract.called(one.label)} in {one.windows} of {of} windows, surest at "
        f"{one.first / rate:.0f} to {one.last / rate:.0f} s ({one.score:.2f})"
        for one in answered.passing
    ]


def remarks(summary: Summary, clip: Clip) -> list[str]:
    """What is odd about a file: what could not be judged, what was noticed, what was done to it."""
    if summary.whole:
        invalid = [f"invalid ({reason})" for reason in summary.invalid]
        return [*invalid, *summary.quality, *clip.notes]
    invalid = [f"{count} invalid ({reason})" for reason, count in summary.invalid.items()]
    quality = [f"{count} {note}" for note, count in summary.quality.items()]
    return [*invalid, *quality, *clip.notes]
