"""What harkend costs when it has little to do: processor time and memory at ten decisions a second.

    python -m tests.bench.daemon [MODEL] [--seconds 30]

Without MODEL the tiny model of the tests answers, so that what is left is harkend's own cost.
Goal: at most 0.5 % of a core.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tests.runtime import tiny_model
from tests.runtime.daemon.process import HARKEND

from harken.model import Model

DECISIONS_A_SECOND = 10
WARM_UP = 12  # hops before the measurement begins
BARE = """
import sys
import numpy as np
from harken.model import Model
model = Model(sys.argv[1])
stream = model.stream()
size = 4 * model.contract.hop * model.contract.input.channels
while got := sys.stdin.buffer.read(size):
    samples = np.frombuffer(got, np.float32).reshape(-1, model.contract.input.channels).T
    for decision in stream.push(samples):
        print(decision, flush=True)
"""
GOAL = 0.005  # of a core


@dataclass(frozen=True)
class Usage:
    """Share of a core in use, and the most resident memory in MB."""

    share: float
    peak: float


def seconds_of(pid: int) -> float:
    """Processor time of all threads of a process, by the scheduler's own clock."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def peak_of(pid: int) -> float:
    """VmHWM in MB: ``ru_maxrss`` would inherit the parent's peak."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024


def measure(command: list[str | Path], hop: int, pause: float, seconds: float) -> Usage:
    """Feed a process in real time, one hop of float32 a time, and see what it uses."""
    samples = np.random.default_rng(1).normal(0.0, 0.05, hop).astype(np.float32).tobytes()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        for _ in range(WARM_UP):
            run.stdin.write(samples)
        run.stdin.flush()
        run.stdout.readline()  # it has begun
        threading.Thread(target=run.stdout.read, daemon=True).start()
        before, began, sent = seconds_of(run.pid), time.monotonic(), 0
        while time.monotonic() - began < seconds:
            run.stdin.write(samples)
            run.stdin.flush()
            sent += 1
            time.sleep(max(0.0, began + sent * pause - time.monotonic()))
        share = (seconds_of(run.pid) - before) / (time.monotonic() - began)
        usage = Usage(share, peak_of(run.pid))
        run.stdin.close()
    return usage


def compare(model: Path, seconds: float) -> None:
    """Print what harkend uses, and beside it a loop that does nothing but decide."""
    contract = Model(model).contract
    hop, channels = contract.hop, contract.input.channels
    ways: dict[str, list[str | Path]] = {
        "harkend": [HARKEND, model, "stdin:?dtype=f32le"],
        "bare loop": [sys.executable, "-c", BARE, model],
    }
    sys.stdout.write(f"{'':<10} {'share of a core':>16} {'peak memory':>12}\n")
    for name, command in ways.items():
        usage = measure(command, hop * channels, hop / contract.input.rate, seconds)
        sys.stdout.write(f"{name:<10} {100 * usage.share:>14.2f} % {usage.peak:>9.1f} MB\n")
    sys.stdout.write(
        f"goal       {100 * GOAL:>14.2f} % at {DECISIONS_A_SECOND} decisions a second\n"
    )


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description="Measure what harkend costs when it is idle.")
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0)
    arguments = parser.parse_args()
    if arguments.model is not None:
        compare(arguments.model, arguments.seconds)
        return
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "tiny.onnx"
        rate = 12000
        hop = rate // DECISIONS_A_SECOND
        model.write_bytes(tiny_model.build(rate=rate, window=2048, hop=hop))
        compare(model, arguments.seconds)


if __name__ == "__main__":
    main()
