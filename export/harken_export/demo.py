"""The whole way on simulated bearings, by the very commands that a user types: ``make demo``.

Simulates machines, trains honestly (machines held out) and leakily (windows at random), evaluates
both, exports fp32 and int8, and streams 30 seconds of machines that nobody has seen through
``harkend``. Ends with a table and the path of the report.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harken.stream import Samples

RECIPE = "bearing_simulated"
FOLDER = Path("runs/demo")
UNSEEN_SEED = 7_001  # no recipe of ours trains on machines of this seed
MACHINES, STRETCH = 3, 2.5  # new machines a state, and seconds of each: 30 s in all


@dataclass(frozen=True)
class Stretch:
    """Samples ``first`` to ``last`` of the stream are of a machine in the state ``label``."""

    first: int
    last: int
    label: str


INTERRUPTED = 130  # 128 + SIGINT, as shells count it


def main() -> None:
    """Run the demo; Ctrl-C ends it in one line."""
    try:
        demonstrate()
    except KeyboardInterrupt:
        print("demo: interrupted; the next one starts anew", file=sys.stderr)  # noqa: T201  # a command
        sys.exit(INTERRUPTED)


def demonstrate() -> None:
    """Run every step, showing its command, and print the table."""
    began = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    _step("1/5  train with whole machines held out: the honest way")
    _call("harken-train", "fit", RECIPE, "--out", FOLDER, "--name", "honest")
    _step("2/5  the same with windows drawn at random: what a leak looks like")
    _call(
        *("harken-train", "fit", RECIPE, "--out", FOLDER, "--name", "leaky"),
        *("--set", 'split={kind="leaky"}'),
    )
    _step("3/5  export to one ONNX file, fp32 and int8, each held to PyTorch stage by stage")
    fp32, int8 = FOLDER / "bearing_fp32.onnx", FOLDER / "bearing_int8.onnx"
    honest = FOLDER / "honest"
    _call("harken-train", "evaluate", FOLDER / "leaky", "-q")
    _call("harken-export", "export", honest, "-o", fp32, "--precision", "fp32")
    _call("harken-export", "export", honest, "-o", int8, "--precision", "int8", "--accept-loss")
    _step("4/5  evaluate: figures by machine, and a report")
    _call("harken-train", "evaluate", honest, "-q")
    _step("5/5  30 seconds of machines that it has never heard, through the daemon")
    right, judged = _stream(fp32)
    _table(fp32, int8, right, judged, time.monotonic() - began)


def _step(title: str) -> None:
    print(f"\n== {title}", flush=True)  # noqa: T201  # the demo is a command


def _call(*words: object) -> None:
    """Show a command, run it, and leave as it leaves if it fails."""
    command = [str(word) for word in words]
    print(f"$ {shlex.join(command)}", flush=True)  # noqa: T201  # the demo is a command
    done = subprocess.run([_program(command[0]), *command[1:]], check=False)  # noqa: S603  # our own commands
    if done.returncode:
        sys.exit(done.returncode)


def _program(name: str) -> str:
    """The command that was installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


def _stream(model: Path) -> tuple[int, int]:
    """Pipe the unseen signal through harkend; give how many of the judged windows were right."""
    import numpy as np  # a second, in which Ctrl-C is to be heard: inside main

    from harken_train.recipe_file import load_recipe

    signal, stretches = _unseen()
    scale = load_recipe(RECIPE).signal.scale
    command = ["harkend", str(model), "stdin:?dtype=s16le", "--quiet"]
    print(f"$ cat unseen.s16le | {shlex.join(command)}", flush=True)  # noqa: T201  # a command
    done = subprocess.run(  # noqa: S603  # our own command
        [_program(command[0]), *command[1:]],
        input=np.clip(signal * (32768.0 / scale), -32768, 32767).astype("<i2").tobytes(),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        sys.exit(done.returncode)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        if line["type"] == "alarm":
            print(  # noqa: T201  # the demo is a command
                f"   {line['seconds']:5.1f} s  alarm {line['state']}: {line['label']} "
                f"(score {line['score']:.2f})"
            )
    right = judged = 0
    for decision, truth in _judged(lines, stretches):
        judged += 1
        right += decision["label"] == truth
    return right, judged


def _unseen() -> tuple[Samples, list[Stretch]]:
    """Normal first, then each fault: machines of a seed that was never trained on."""
    import numpy as np

    from harken_train.readers.simulated import Simulated

    reader = Simulated(bearings=MACHINES, recordings_each=1, seconds=STRETCH, seed=UNSEEN_SEED)
    recordings = sorted(reader.recordings(), key=lambda recording: recording.label != "normal")
    pieces, stretches, first = [], [], 0
    for recording in recordings:
        pieces.append(recording.read()[0])
        stretches.append(Stretch(first, first + recording.frames, recording.label))
        first += recording.frames
    return np.concatenate(pieces), stretches


def _judged(
    lines: list[dict[str, Any]], stretches: list[Stretch]
) -> Iterator[tuple[dict[str, Any], str]]:
    """Valid decisions whose window lies in one stretch, each with what is true of it."""
    for line in lines:
        if line["type"] != "decision" or not line["valid"]:
            continue
        for stretch in stretches:
            if stretch.first <= line["first"] and line["last"] <= stretch.last:
                yield line, stretch.label


def _table(fp32: Path, int8: Path, right: int, judged: int, seconds: float) -> None:
    from harken.model import Model

    figures = {
        name: json.loads((FOLDER / name / "metrics.json").read_text(encoding="utf-8"))
        for name in ("honest", "leaky")
    }
    export = json.loads((FOLDER / "honest" / "export.json").read_text(encoding="utf-8"))
    rows = [
        (
            f"accuracy, {name} split",
            (
                f"{figure['windows']['accuracy']['value']:.1%} of {figure['windows']['count']} "
                f"windows from {figure['windows']['groups']} machines"
            ),
        )
        for name, figure in figures.items()
    ]
    for precision, file in (("fp32", fp32), ("int8", int8)):
        proof = export["parity"][precision]
        worst = ", ".join(f"{s} {v['difference']:.0e}" for s, v in proof["stages"].items())
        rows += [
            (
                f"{precision} against PyTorch",
                f"decisions equal on {proof['agreement']:.2%}; {worst}",
            ),
            (
                f"{precision} file",
                (
                    f"{file.stat().st_size / 1000:.0f} kB, "
                    f"{export['seconds_a_decision'][precision] * 1e3:.2f} ms a decision"
                ),
            ),
        ]
    rows += [
        (
            "30 s never heard, by harkend",
            f"{right} of {judged} decisions right, {4 * MACHINES} new machines",
        ),
        ("model digest, probe", f"passed here: {Model(fp32, probe=True).sha256[:16]}"),
        ("time", f"{seconds:.0f} s"),
    ]
    wide = max(len(name) for name, _ in rows)
    print("\n" + "\n".join(f"{name:<{wide}}  {value}" for name, value in rows))  # noqa: T201
    report = FOLDER / "honest" / "report.html"
    print(f"\nopen {report}; the file is {fp32}, its card {fp32.with_suffix('.md')}")  # noqa: T201
    print(  # noqa: T201  # the demo is a command
        f"the runs lie in {FOLDER}: harken-export export {FOLDER}/honest -o bearing.onnx "
        f"({FOLDER}/newest is the leaky one, trained last)"
    )


if __name__ == "__main__":
    main()
