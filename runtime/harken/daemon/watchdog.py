"""Whether decisions still follow the signal. Pure.

The commonest failure in the field is silence: the process runs, its loop turns, and nothing is
decided. So the watchdog is fed only while what is heard is also decided.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the pipeline is at a monotonic time, and how much waits in the ring."""

    now: float
    samples: int
    decisions: int
    waiting: int


class Watchdog:
    """``span`` is window + hop in samples: that much signal must hold a decision.

    ``patience`` is how many seconds samples may wait in the ring without the pipeline moving.
    A silent source is no reason to restart: health tells of it as ``no_input``.
    """

    def __init__(self, *, span: int, patience: float) -> None:
        self._span, self._patience = span, patience
        self._moved: float | None = None
        self._last: Progress | None = None
        self._decided_at = 0  # samples heard when the last decision was seen

    def alive(self, progress: Progress) -> bool:
        """Whether decisions keep up with the signal."""
        last = self._last
        if last is None or progress.samples != last.samples or progress.waiting == 0:
            self._moved = progress.now
        if last is None or progress.decisions != last.decisions:
            self._decided_at = progress.samples
        self._last = progress
        moved = progress.now if self._moved is None else self._moved
        stuck = progress.now - moved > self._patience
        return not stuck and progress.samples - self._decided_at <= 2 * self._span
