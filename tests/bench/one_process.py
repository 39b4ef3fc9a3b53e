"""What every process of the comparison does: decide, say so, decide on, tell time and memory.

Only the standard library is imported, so that each job pays for its own imports alone.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

WARM_UP = 20  # decisions that are not counted
A_SECOND = 10  # decisions, when nearly idle


def report(decide: Callable[[], object]) -> None:
    """Run ``decide``; the command line's last words are decisions to time and seconds to idle."""
    decisions, seconds = int(sys.argv[-2]), float(sys.argv[-1])
    decide()
    print("decided", flush=True)
    times = []
    for _ in range(WARM_UP + decisions):
        before = time.perf_counter()
        decide()
        times.append(time.perf_counter() - before)
    counted = sorted(times[WARM_UP:])
    facts = {
        "p50": counted[len(counted) // 2],
        "p99": counted[int(0.99 * len(counted))],
        "memory": _peak_memory(),
        "idle": _busy_share(decide, seconds),
    }
    print(json.dumps(facts), flush=True)


def _peak_memory() -> int:
    """Bytes; VmHWM, since getrusage would give the parent's peak where that is larger."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _busy_share(decide: Callable[[], object], seconds: float) -> float:
    """Share of a core that all threads take, at ten decisions a second."""
    began, busy = time.perf_counter(), time.process_time()
    for k in range(round(seconds * A_SECOND)):
        time.sleep(max(0.0, began + k / A_SECOND - time.perf_counter()))
        decide()
    return (time.process_time() - busy) / (time.perf_counter() - began) if seconds else 0.0
