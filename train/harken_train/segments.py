"""Segments: the windows cut from recordings, by the code that cuts them on the device."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harken.stream import Block, Framer, Samples, Window, window_starts
from harken_train.mapped import empty
from harken_train.ragged import Numbers, Ragged
from harken_train.recordings import Recording, Span

AT_ONCE = 2**20  # samples, of all channels together


@dataclass(frozen=True, kw_only=True)
class Segments:
    """``samples`` is (n, channels, window); the rest say of each segment whose it is.

    ``recording`` is the index of its recording, ``first`` its position there, ``labels`` the
    index of its class in ``classes``. Where recordings are segments whole, they are in ``whole``,
    and ``samples`` is empty.
    """

    samples: Samples
    labels: Numbers
    recording: Numbers
    first: Numbers
    classes: tuple[str, ...]
    whole: Ragged | None = None

    @property
    def held(self) -> Samples | Ragged:
        """The samples, of windows or of whole recordings."""
        return self.samples if self.whole is None else self.whole

    def __len__(self) -> int:
        return len(self.labels)


def cut(
    recordings: Sequence[Recording],
    spans: Sequence[Span],
    classes: tuple[str, ...],
    *,
    window: int,
    hop: int,
    folder: Path | None = None,
) -> Segments:
    """Cut every whole window of each span, in the order of ``spans``.

    A span shorter than a window gives none. Windows start at the span's first sample. Those that
    are too large for memory lie in a mapped file in ``folder``, or where the system keeps such.
    """
    counts = [len(window_starts(span.last - span.first, window, hop)) for span in spans]
    channels = recordings[0].channels if recordings else 1
    samples = empty(
        (sum(counts), channels, window), "windows", folder or Path(tempfile.gettempdir())
    )
    owners = np.repeat(np.array([span.recording for span in spans], np.int64), counts)
    firsts = np.empty(len(owners), np.int64)
    held: tuple[int, Samples] | None = None  # consecutive spans of one recording read it once
    at = 0
    for span in spans:
        if held is None or held[0] != span.recording:
            held = span.recording, recordings[span.recording].read()
        for item in _windows(held[1][:, span.first : span.last], window, hop):
            samples[at], firsts[at] = item.samples, span.first + item.first
            at += 1
    labels = {i: classes.index(recordings[i].label) for i in {span.recording for span in spans}}
    return Segments(
        samples=samples,
        labels=np.array([labels[int(i)] for i in owners], np.int64),
        recording=owners,
        first=firsts,
        classes=classes,
    )


def cut_whole(
    recordings: Sequence[Recording],
    spans: Sequence[Span],
    classes: tuple[str, ...],
    *,
    window: int,
    hop: int,
    lengths: tuple[int, int],
) -> Segments:
    """Take each span whole; those that are too long in `pieces_of` them, too short ones not."""
    cuts: list[Samples] = []
    owners: list[int] = []
    firsts: list[int] = []
    for span in spans:
        pieces = pieces_of(span.last - span.first, window=window, hop=hop, lengths=lengths)
        if not pieces:
            continue
        samples = recordings[span.recording].read()[:, span.first : span.last]
        cuts += [samples[:, first:last] for first, last in pieces]
        owners += [span.recording] * len(pieces)
        firsts += [span.first + first for first, _ in pieces]
    none = np.empty((recordings[0].channels if recordings else 1, 0), np.float32)
    return Segments(
        samples=none[None][:0],
        whole=Ragged.of(cuts) if cuts else Ragged(none, np.empty(0, np.int64)),
        labels=np.array([classes.index(recordings[i].label) for i in owners], np.int64),
        recording=np.array(owners, np.int64),
        first=np.array(firsts, np.int64),
        classes=classes,
    )


def pieces_of(
    samples: int, *, window: int, hop: int, lengths: tuple[int, int]
) -> list[tuple[int, int]]:
    """First and last of what a stretch is decided in: itself, if ``lengths`` allow.

    A longer one is decided as on the device: in windows, and one that ends where it does.
    """
    shortest, longest = lengths
    if samples < shortest:
        return []
    if samples <= longest:
        return [(0, samples)]
    starts = [*window_starts(samples, window, hop)]
    if starts[-1] + window < samples:
        starts.append(samples - window)
    return [(first, first + window) for first in starts]


def _windows(samples: Samples, window: int, hop: int) -> Iterator[Window]:
    """Cut by the device's own code, in pieces, so that a long mapped one is never held whole."""
    framer = Framer(window=window, hop=hop, channels=samples.shape[0])
    piece = max(window, AT_ONCE // samples.shape[0])
    for first in range(0, samples.shape[1], piece):
        for item in framer.push(Block(first, samples[:, first : first + piece])):
            if isinstance(item, Window):
                yield item
