"""``harken bench``: time and memory of a model on this machine."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from harken.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="an .onnx file made by harken-export")
    parser.add_argument("--decisions", type=int, default=1000, help="to be timed; default 1000")
    parser.add_argument("--starts", type=int, default=3, help="fresh processes; default 3")
    parser.add_argument("--json", action="store_true", help="for programs: one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Time fresh processes first, then decisions in this one."""
    if min(arguments.decisions, arguments.starts) < 1:
        raise UsageError("--decisions and --starts: need at least 1")
    from statistics import median

    from harken.measure import fresh_start, percentiles, time_decisions
    from harken.model import Model

    model = Model(arguments.model)
    starts = [fresh_start(Path(arguments.model)) for _ in range(arguments.starts)]
    times = time_decisions(model, arguments.decisions)
    found = percentiles(times)
    factor = sum(times) / len(times) * model.contract.input.rate / model.contract.hop
    start = median(start.seconds for start in starts)
    peak = max(start.peak_memory for start in starts)
    if arguments.json:
        milliseconds = {name: 1e3 * value for name, value in vars(found).items()}
        print(
            json.dumps(
                {
                    "model": arguments.model,
                    "decisions": arguments.decisions,
                    "milliseconds": milliseconds,
                    "real_time_factor": factor,
                    "start_seconds": start,
                    "peak_memory_bytes": peak,
                }
            )
        )
        return 0
    print(f"time a decision      {1e3 * found.p50:.3f} ms in the middle of {arguments.decisions}")
    print(f"  95 of 100 under    {1e3 * found.p95:.3f} ms")
    print(f"  99 of 100 under    {1e3 * found.p99:.3f} ms")
    print(f"real-time factor     {factor:.2g} ({1 / factor:,.0f} times faster than the signal)")
    print(f"start to decision    {start:.2f} s, a fresh process, middle of {arguments.starts}")
    print(f"peak memory          {peak / 2**20:.0f} MiB (VmHWM)")
    return 0
