"""How long a model takes on this machine, and how much memory: an edge, it reads the clock."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harken.errors import HarkenError
from harken.model import Model
from harken.probe import probe_inputs

WARM_UP = 20  # decisions that are not counted

# What a fresh process does until its first decision; its input is the probe's first window. Ctrl-C
# may come while it is being started: nobody then reads what it writes, of which it ends in silence.
FIRST_DECISION = """
import signal
import sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
from harken.model import Model
from harken.probe import probe_inputs
model = Model(sys.argv[1])
wanted = model.contract.input
model.stream().push(probe_inputs(1, wanted.channels, wanted.window, wanted.scale)[0])
print("decided", flush=True)
from harken.measure import peak_memory
print(peak_memory(), flush=True)
"""


@dataclass(frozen=True)
class Percentiles:
    """Seconds a decision: the middle one, and what 95 and 99 of 100 stay under."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Start:
    """A fresh process: ``seconds`` to its first decision, and its ``peak_memory`` in bytes."""

    seconds: float
    peak_memory: int


def percentiles(seconds: Sequence[float]) -> Percentiles:
    """Give the percentiles of measured times."""
    return Percentiles(*map(float, np.percentile(seconds, [50, 95, 99])))


def time_decisions(model: Model, count: int) -> list[float]:
    """Seconds that each of ``count`` decisions takes in a stream: framing, checks, answer.

    The samples are the probe's noise, a hop at a time: every hop completes one window.
    """
    wanted = model.contract.input
    hop = model.contract.hop
    length = max(8 * wanted.window, 2 * hop)
    noise = probe_inputs(1, wanted.channels, length, wanted.scale)[0]
    stream = model.stream()
    stream.push(noise[:, : max(wanted.window, hop)])
    times = []
    for k in range(WARM_UP + count):
        first = k * hop % (length - hop)
        piece = noise[:, first : first + hop]
        before = time.perf_counter()
        stream.push(piece)
        times.append(time.perf_counter() - before)
    return times[WARM_UP:]


def peak_memory() -> int:
    """Bytes of memory that this process has held at most: VmHWM of Linux.

    ``getrusage`` would give the parent's peak where that is larger.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise HarkenError("/proc/self/status: has no VmHWM; memory is measured on Linux alone")


def fresh_start(file: Path) -> Start:
    """Start Python anew, load ``file``, decide one window."""
    before = time.perf_counter()
    with subprocess.Popen(  # noqa: S603  # our own interpreter, a fixed script, a path as its argument
        [sys.executable, "-c", FIRST_DECISION, str(file)],
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C is for us; it would die of it in a traceback
    ) as process:
        assert process.stdout is not None  # noqa: S101  # it was asked for as a pipe
        try:
            decided = process.stdout.readline().strip()
            seconds = time.perf_counter() - before
            peak = process.stdout.readline().strip()
        except KeyboardInterrupt:
            process.kill()
            raise
    if decided != "decided" or not peak:
        raise HarkenError(f"{file}: a fresh process failed with status {process.returncode}")
    return Start(seconds, int(peak))
