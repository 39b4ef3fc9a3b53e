"""Samples in pieces of any size in, decisions out: a model that hears one stream, or several."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from harken import quality
from harken.contract import Contract, ModelInput
from harken.decision import Decision
from harken.errors import DataError, ModelError
from harken.mean_scores import MeanScores
from harken.stream import Block, Framer, Gap, Samples, Whole, Window, to_float


class Answering(Protocol):
    """What `harken.model.Model` is to a stream. ``unsure_below`` is a score."""

    name: str
    contract: Contract
    unsure_below: float

    def run(self, windows: Samples, outputs: Sequence[str] = ...) -> list[Samples]: ...


class Stream:
    """Samples in pieces of any size in, decisions out; see `Model.stream`.

    Decisions are the same to the bit however the samples are cut into pieces.
    """

    def __init__(
        self,
        model: Answering,
        streams: int = 1,
        *,
        window: int | None = None,
        hop: int | None = None,
    ) -> None:
        if streams < 1:
            raise DataError(f"need at least one stream, got {streams}")
        wanted, rows = model.contract.input, streams * model.contract.input.channels
        self._model, self._streams = model, streams
        window = window or wanted.window
        self._framer = Framer(window=window, hop=hop or model.contract.hop, channels=rows)
        self._whole = (
            Whole(most=wanted.most, window=window, channels=rows) if wanted.any_length else None
        )
        self._means = [MeanScores() for _ in range(streams)]  # of the recording so far
        self._decided = 0  # end of the last window
        self._next = 0

    def push(self, samples: npt.ArrayLike, *, first: int | None = None) -> list[Decision]:
        """Take the next piece; give the decisions it completes, oldest first, stream by stream.

        One stream: ``(n,)`` or ``(channels, n)``; several: ``(streams, n)`` for one channel,
        else ``(streams, channels, n)``. ``first`` is the position of the piece's first sample:
        later than the end of the last piece means a gap, which gives an invalid decision.
        """
        wanted = self._model.contract.input
        shaped = self._shaped(np.asarray(samples))
        heard = (
            np.asarray(shaped, np.float32)
            if wanted.is_spectrogram
            else to_float(shaped, wanted.scale)
        )
        block = Block(self._next if first is None else first, heard)
        found = self._framer.push(block)
        self._next = block.last
        if self._whole is not None:
            self._whole.push(block)
        return [decision for item in found for decision in self._count(item)]

    def end(self) -> list[Decision]:
        """Say that the recording is over; give the decision on all of it, one a stream.

        It is made from the samples since the start, a gap or an end. On fewer than the model takes
        at the least it is invalid, ``too_short``. Of more than it takes at the most it is the mean
        of the scores of their windows; so that none is left out, the last window, which ends where
        they end, is decided before. There is none on no samples at all, nor from a model of
        windows. What is pushed from now on is another recording.
        """
        self._framer.end()
        if self._whole is None:
            return []
        first, row = self._whole.first, self._whole.take()
        if row.first > first:
            return self._end_of_longer(first, row)
        self._forget()
        if row.last == row.first:
            return []
        if row.last - row.first < self._model.contract.input.least:
            return self._undecided(row.first, row.last, "too_short", record=True)
        return self._decide(row, record=True)

    def answer_by(self, model: Answering) -> None:
        """Let ``model`` answer from the next window on; no window is lost between the two.

        `DataError` unless it takes the same input at the same hop; how loud what it was trained
        on was, may differ. A long recording's mean is then of both models' windows, if they have
        the same classes; else of the new one's.
        """
        old, new = self._model.contract, model.contract
        if (replace(old.input, levels=new.input.levels), old.hop) != (new.input, new.hop):
            raise DataError(
                f"{model.name}: has another input or hop than the model that runs; start anew"
            )
        self._model = model
        if old.classes != new.classes:
            self._forget()

    def _end_of_longer(self, first: int, row: Window) -> list[Decision]:
        """Decide the end that no window has reached, and all by the mean."""
        reached = self._decided == row.last and self._means[0].heard
        decisions = [] if reached else self._count(row)
        classes, below = self._model.contract.classes, self._model.unsure_below
        return decisions + [
            mean.decision(first, row.last, classes, unsure_below=below, stream=k)
            for k, mean in enumerate(self._forget())
        ]

    def _forget(self) -> list[MeanScores]:
        """Begin the means anew; give those so far."""
        means, self._means = self._means, [MeanScores() for _ in self._means]
        return means

    def _count(self, item: Window | Gap) -> list[Decision]:
        """Decide a window or a gap, and let it have its say in the recording's mean."""
        decisions = self._decide(item)
        if isinstance(item, Gap):
            self._forget()
        elif self._whole is not None:
            self._decided = item.last
            for decision in decisions:
                self._means[decision.stream].add(decision)
        return decisions

    def _shaped(self, samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
        channels, streams = self._model.contract.input.channels, self._streams
        if samples.ndim == 1 and channels * streams == 1:
            return samples[None]
        rows = channels * streams
        if samples.ndim == 2 and samples.shape[0] == rows and 1 in (channels, streams):
            return samples
        if samples.ndim == 3 and samples.shape[:2] == (streams, channels):
            return samples.reshape(streams * channels, -1)
        shape = (channels, "n") if streams == 1 else (streams, channels, "n")
        raise DataError(
            f"{self._model.name}: takes {self._model.contract.input.name} of shape {shape!r}, "
            f"got {samples.shape}".replace("'", "")
        )

    def _undecided(
        self, first: int, last: int, reason: str, *, record: bool = False
    ) -> list[Decision]:
        """Say of every stream that there are no samples here that the model could answer on."""
        return [
            Decision(first=first, last=last, valid=False, reason=reason, stream=k, record=record)
            for k in range(self._streams)
        ]

    def _decide(self, item: Window | Gap, *, record: bool = False) -> list[Decision]:
        if isinstance(item, Gap):
            return self._undecided(item.first, item.last, "gap")
        wanted = self._model.contract.input
        windows = item.samples.reshape(self._streams, wanted.channels, -1)
        verdicts = [_verdict(window, wanted) for window in windows]
        fit = [k for k, verdict in enumerate(verdicts) if verdict.reason is None]
        scores: dict[int, list[float]] = {}
        if fit:
            with contextlib.suppress(ModelError):  # a window without scores is "no_answer"
                heard = windows if len(fit) == len(windows) else windows[fit]
                answers = self._model.run(np.ascontiguousarray(heard))[0]
                scores = dict(zip(fit, answers.tolist(), strict=True))
        return [
            self._decision(item, k, verdict, scores.get(k), record=record)
            for k, verdict in enumerate(verdicts)
        ]

    def _decision(
        self,
        window: Window,
        stream: int,
        verdict: quality.Verdict,
        scores: list[float] | None,
        *,
        record: bool,
    ) -> Decision:
        if scores is None or not all(map(math.isfinite, scores)):
            return Decision(
                first=window.first,
                last=window.last,
                valid=False,
                reason=verdict.reason or "no_answer",
                quality=verdict.notes,
                stream=stream,
                record=record,
            )
        best = scores.index(max(scores))
        return Decision(
            first=window.first,
            last=window.last,
            valid=True,
            label=self._model.contract.classes[best],
            score=scores[best],
            scores=tuple(scores),
            quality=verdict.notes,
            stream=stream,
            record=record,
            unsure=scores[best] < self._model.unsure_below,
        )


def _verdict(window: Samples, wanted: ModelInput) -> quality.Verdict:
    if wanted.is_spectrogram:
        return quality.check_spectrogram(window)
    if wanted.any_length:
        return quality.check_record(window, wanted.scale, wanted.levels, wanted.rate)
    return quality.check(window, wanted.scale, wanted.levels, wanted.rate)
