"""The bounded store between the source's thread and the pipeline's."""

from __future__ import annotations

import threading
from collections import deque

from harken.daemon.heard import Heard
from harken.stream import Block


class Ring:
    """Holds at most ``capacity`` samples a channel; first in, first out.

    What is too much, when the source is ``live``, costs the oldest whole hops: they are counted,
    and the next block's ``first`` jumps, which `harken.stream` sees as a gap. That an input ended
    among them is kept, once for all that did. A source that is not live is made to wait instead.
    """

    def __init__(self, *, capacity: int, hop: int, live: bool) -> None:
        self._capacity, self._hop, self.live = max(capacity, hop), hop, live
        self._changed = threading.Condition()
        self._items: deque[Heard] = deque()
        self._held = 0
        self._dropped = 0
        self._ended = False

    def put(self, heard: Heard) -> None:
        """Add what was heard; after `end` it is ignored."""
        count = heard.block.last - heard.block.first
        with self._changed:
            if not self.live:
                self._changed.wait_for(
                    lambda: self._ended or not self._held or self._held + count <= self._capacity
                )
            if self._ended:
                return
            self._items.append(heard)
            self._held += count
            if self.live and self._held > self._capacity:
                self._drop(-(-(self._held - self._capacity) // self._hop))
            self._changed.notify_all()

    def take(self) -> Heard | None:
        """Wait for the oldest block and give it; None when everything was taken and it ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._ended)
            if not self._items:
                return None
            heard = self._items.popleft()
            self._held -= heard.block.last - heard.block.first
            self._changed.notify_all()
            return heard

    def end(self) -> None:
        """Nothing more comes; what is held can still be taken."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def held(self) -> int:
        """Samples a channel that wait."""
        return self._held

    @property
    def dropped_hops(self) -> int:
        """Hops dropped since the start, exactly."""
        return self._dropped

    def _drop(self, hops: int) -> None:
        left = min(hops * self._hop, self._held - self._held % self._hop)
        self._dropped += left // self._hop
        self._held -= left
        ended: Heard | None = None
        while left:
            oldest = self._items.popleft()
            ended = oldest if oldest.ended else ended
            block = oldest.block
            count = block.last - block.first
            if count > left:
                rest = Block(block.first + left, block.samples[:, left:])
                self._items.appendleft(Heard(rest, oldest.origin))
                break
            left -= count
        if ended is not None:
            self._items.appendleft(ended)
