"""What a decision costs: harken, the usual stack, and the floor of onnxruntime, side by side.

    make bench          (or: python tests/bench/runtime.py [--model models/bearing.onnx])

Every figure is the median of fresh processes that take turns, so that what else the machine does
falls on all alike. The stack is what a script with librosa, scikit-image and torch does, one
thread, twice: the model's own front-end and network (the same job; scikit-image has work only
where that front-end resizes), and the usual one, 128 x 128 into `cnn2d`. Trust ratios, not
milliseconds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import onnx
from onnx import TensorProto, helper

from harken.contract import Contract
from harken.model import Model

ROOT = Path(__file__).resolve().parents[2]
USUAL = {"frontend": {"size": [128, 128]}, "network": {"kind": "cnn2d"}}


@dataclass(frozen=True)
class Job:
    """One way to do it: a module of this folder and its first argument."""

    name: str
    module: str
    argument: str


@dataclass(frozen=True)
class Cost:
    """Of one fresh process: seconds to the first decision and a decision, bytes, idle share."""

    start: float
    p50: float
    p99: float
    memory: float
    idle: float


@dataclass(frozen=True)
class Goal:
    """A ratio or share that was promised."""

    name: str
    got: float
    wanted: float
    most: bool  # whether ``wanted`` is the most or the least that is allowed

    def line(self) -> str:
        met = self.got <= self.wanted if self.most else self.got >= self.wanted
        sign = "<=" if self.most else ">="
        word = "met" if met else "MISSED"
        return f"{self.name:<44} {self.got:>8.3g}  {sign} {self.wanted:<5g} {word}"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and which goals are met."""
    parser = argparse.ArgumentParser(description="Compare harken's runtime with the usual stack.")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "bearing.onnx")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--decisions", type=int, default=300)
    parser.add_argument("--idle", type=float, default=5.0, help="seconds at 10 decisions a second")
    arguments = parser.parse_args(argv)
    contract = Model(arguments.model).contract
    with tempfile.TemporaryDirectory() as folder:
        floor = Path(folder) / "floor.onnx"
        floor.write_bytes(_no_op(contract.input.channels, contract.input.window))
        jobs = [
            Job("floor (no-op graph)", "job_floor", str(floor)),
            Job(f"harken ({arguments.model.name})", "job_harken", str(arguments.model)),
            Job("stack, the same job", "job_stack", _described(contract)),
            Job("stack, 128 x 128 and cnn2d", "job_stack", _described(contract, USUAL)),
        ]
        costs = _measure(jobs, arguments.rounds, arguments.decisions, arguments.idle)
    _print_table(jobs, costs)
    goals = [*_goals(*costs), Goal("seconds for harken --help", _help(), 0.15, most=True)]
    print("\n".join(["", *(goal.line() for goal in goals)]))
    return 0


def _no_op(channels: int, window: int) -> bytes:
    samples = helper.make_tensor_value_info("samples", TensorProto.FLOAT, ["n", channels, window])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", channels, window])
    node = helper.make_node("Identity", ["samples"], ["scores"])
    graph = helper.make_graph([node], "floor", [samples], [scores])
    opset = [helper.make_opsetid("", 18)]
    content: bytes = helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()
    onnx.checker.check_model(content)
    return content


def _described(contract: Contract, usual: Mapping[str, Any] | None = None) -> str:
    """What the stack must know of the job. Only log spectrograms are done by that stack."""
    if contract.frontend.get("kind") != "log_spectrogram":
        raise SystemExit("runtime.py: need a model whose front-end is a log_spectrogram")
    job = {
        "frontend": {**contract.frontend, **(usual["frontend"] if usual else {})},
        "network": usual["network"] if usual else contract.network,
        "window": contract.input.window,
        "classes": len(contract.classes),
    }
    return json.dumps(job)


def _measure(jobs: Sequence[Job], rounds: int, decisions: int, idle: float) -> list[Cost]:
    """Medians; the first round only warms the disk cache, the last one idles."""
    found: list[list[Cost]] = [[] for _ in jobs]
    for turn in range(rounds + 1):
        for job, costs in zip(jobs, found, strict=True):
            print(f"round {turn} of {rounds}: {job.name:<40}", end="\r", file=sys.stderr)
            cost = _once(job, decisions, idle if turn == rounds else 0.0)
            if turn > 0:
                costs.append(cost)
    print(" " * 60, end="\r", file=sys.stderr)
    return [
        Cost(
            start=median(cost.start for cost in costs),
            p50=median(cost.p50 for cost in costs),
            p99=median(cost.p99 for cost in costs),
            memory=median(cost.memory for cost in costs),
            idle=costs[-1].idle,
        )
        for costs in found
    ]


def _once(job: Job, decisions: int, idle: float) -> Cost:
    words = [sys.executable, "-m", f"tests.bench.{job.module}", job.argument]
    before = time.perf_counter()
    with subprocess.Popen(
        [*words, str(decisions), str(idle)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        decided = process.stdout.readline()
        start = time.perf_counter() - before
        facts = process.stdout.readline()
    if not decided or not facts:
        raise SystemExit(f"runtime.py: {job.name} failed")
    return Cost(start=start, **json.loads(facts))


def _help() -> float:
    """Seconds for ``harken --help`` in a fresh process."""
    words = [sys.executable, "-c", "from harken.cli.main import main; main(['--help'])"]
    times = []
    for _ in range(5):
        before = time.perf_counter()
        subprocess.run(words, check=True, capture_output=True)
        times.append(time.perf_counter() - before)
    return median(times)


def _print_table(jobs: Sequence[Job], costs: Sequence[Cost]) -> None:
    head = ("start, s", "peak, MiB", "decision, ms", "p99, ms", "idle, %")
    print(f"{'':<34}" + "".join(f"{word:>14}" for word in head))
    for job, cost in zip(jobs, costs, strict=True):
        print(
            f"{job.name:<34}{cost.start:>14.3f}{cost.memory / 2**20:>14.1f}"
            f"{1e3 * cost.p50:>14.3f}{1e3 * cost.p99:>14.3f}{100 * cost.idle:>14.2f}"
        )


def _goals(floor: Cost, harken: Cost, same: Cost, usual: Cost) -> list[Goal]:
    return [
        Goal("start, of the floor's", harken.start / floor.start, 1.25, most=True),
        Goal("peak memory, of the floor's", harken.memory / floor.memory, 1.15, most=True),
        Goal(
            "times sooner than the stack, the same job", same.start / harken.start, 20, most=False
        ),
        Goal("times sooner than the usual stack", usual.start / harken.start, 20, most=False),
        Goal("times faster a decision, the same job", same.p50 / harken.p50, 6, most=False),
        Goal("times faster than the usual stack", usual.p50 / harken.p50, 6, most=False),
        Goal("% of a core at 10 decisions a second", 100 * harken.idle, 0.5, most=True),
    ]


if __name__ == "__main__":
    sys.exit(main())
