"""``harkend`` from its first moment: an interrupt is answered before anything large is imported."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from types import FrameType

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(argv: Sequence[str] | None = None) -> int:
    """Run until the source ends or a signal says so; give the exit status."""
    # A KeyboardInterrupt could surface anywhere in an import; until the service takes the signals
    # (`harken.daemon.calls`) nothing is open that must be closed.
    signal.signal(signal.SIGINT, _leave)
    from harken.daemon.command import run

    return run(argv)


def _leave(_: int, __: FrameType | None) -> None:
    os.write(2, b"harkend: interrupted\n")
    os._exit(INTERRUPTED)
