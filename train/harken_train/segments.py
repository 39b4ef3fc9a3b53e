"""Segments: the windows cut from recordings, by the code that cuts them on the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harken.stream import Block, Framer, Samples, Window
from harken_train.recordings import Recording, Span

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Segments:
    """``samples`` is (n, channels, window); the rest say of each segment whose it is.

    ``recording`` is the index of its recording, ``first`` its position there, ``labels`` the
    index of its class in ``classes``.
    """

    samples: Samples
    labels: Numbers
    recording: Numbers
    first: Numbers
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


def cut(
    recordings: Sequence[Recording],
    spans: Sequence[Span],
    classes: tuple[str, ...],
    *,
    window: int,
    hop: int,
) -> Segments:
    """Cut every whole window of each span, in the order of ``spans``.

    A span shorter than a window gives none. Windows start at the span's first sample.
    """
    found: list[tuple[Span, Window]] = []
    held: tuple[int, Samples] | None = None  # consecutive spans of one recording read it once
    channels = recordings[0].channels if recordings else 1
    for span in spans:
        if held is None or held[0] != span.recording:
            held = span.recording, recordings[span.recording].read()
        framer = Framer(window=window, hop=hop, channels=held[1].shape[0])
        items = framer.push(Block(0, held[1][:, span.first : span.last]))
        found += [(span, item) for item in items if isinstance(item, Window)]
    samples = (
        np.stack([item.samples for _, item in found])
        if found
        else np.empty((0, channels, window), np.float32)
    )
    return Segments(
        samples=samples,
        labels=np.array([classes.index(recordings[s.recording].label) for s, _ in found], np.int64),
        recording=np.array([span.recording for span, _ in found], np.int64),
        first=np.array([span.first + item.first for span, item in found], np.int64),
        classes=classes,
    )
