"""``harken inspect``: what a model file says of itself, like its card."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harken.errors import printable

if TYPE_CHECKING:
    from harken.contract import Contract, Output

PLAIN = 9  # letters of the longest name that is no dotted path
TOLD = (
    "made_by",
    "frontend",
    "network",
    "head",
    "data",
    "figures",
    "parity",
    "quantization",
    "versions",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="an .onnx file made by harken-export")
    parser.add_argument("--all", action="store_true", help="every setting and every figure")
    parser.add_argument("--json", action="store_true", help="for programs: the whole contract")


def run(arguments: argparse.Namespace) -> int:
    """Print the contract of a file that onnxruntime takes and that is as it left the export."""
    from harken.model import Model
    from harken.settings import dump

    model = Model(arguments.model)
    size = Path(arguments.model).stat().st_size
    if arguments.json:
        facts = {"file": arguments.model, "bytes": size, "sha256": model.sha256}
        print(json.dumps({**facts, "contract": dump(model.contract)}))
        return 0
    print(printable(f"{model.contract.name}: {model.contract.task}"))
    _show("file", f"{arguments.model}, {size:,} bytes", PLAIN)
    _show("sha256", model.sha256, PLAIN)
    lines = list(_lines(model.contract, every=arguments.all))
    dotted = max((len(name) for name, _ in lines if "." in name), default=PLAIN)
    for name, text in lines:
        _show(name, text, dotted if "." in name else PLAIN)
    if not arguments.all:
        print("(--all: every setting and every figure)")
    return 0


def _lines(contract: Contract, *, every: bool) -> Iterator[tuple[str, str]]:
    from harken.cli.facts import all_facts, short_facts

    wanted, alarm = contract.input, contract.alarm
    window, length = f"{wanted.window / wanted.rate:.3g} s", f"{wanted.window}"
    seconds, a_time = window, ""
    if wanted.any_length:
        length = f"{wanted.least} to {wanted.most}"
        most = f"{wanted.most / wanted.rate:.3g} s"
        seconds = f"{wanted.least / wanted.rate:.3g} to {most}, decided whole"
        a_time = f"; on a stream {window} at a time"
    size = f"{wanted.name}: {wanted.channels} x {length}"
    a_second = f"{wanted.rate / contract.hop:.3g} decisions a second"
    if wanted.is_spectrogram:
        yield "input", f"{size} (bands x columns, {wanted.rate} a second), in {wanted.unit}"
        yield "hop", f"{contract.hop} columns: {a_second}{a_time}"
    else:
        shape = f"{size} samples at {wanted.rate} Hz ({seconds})"
        yield "input", f"{shape}, full scale is {wanted.scale:g} {wanted.unit}"
        yield "hop", f"{contract.hop} samples: {a_second}{a_time}"
    yield "classes", ", ".join(_class(contract, name) for name in contract.classes)
    votes = f"{alarm.votes} of the last {alarm.of} windows at {alarm.on:g} or more"
    yield "alarm", f"{votes}; over below {alarm.off:g} and after {alarm.hold:g} s"
    if contract.abstain:
        shares = sorted(contract.abstain.items(), key=lambda one: float(one[0]))
        below = [f"{float(share):.0%} below {score:.2f}" for share, score in shares]
        yield "abstain", f"share of recordings left unsure: {', '.join(below)}"
    yield "outputs", ", ".join(f"{output.name} {_shape(output)}" for output in contract.outputs)
    if every:
        for name in TOLD:
            yield from all_facts(name, getattr(contract, name))
        yield "recipe", contract.recipe or "not told"
    else:
        yield from short_facts(contract)
    for name in ("licence", "credit", "limits"):
        yield name, getattr(contract, name) or "not told"
    within = [f"{one.output} within {one.tolerance:.3g}" for one in contract.probe.expected]
    yield "probe", f"{contract.probe.count} inputs, {', '.join(within)}"


def _class(contract: Contract, name: str) -> str:
    about = [contract.words[name]] if name in contract.words else []
    about += ["no alarm"] if name in contract.normal else []
    return f"{name} ({'; '.join(about)})" if about else name


def _shape(output: Output) -> str:
    from harken.contract import VARIES

    sizes = ("any" if size == VARIES else str(size) for size in output.shape)
    return f"[{', '.join(sizes)}]"


def _show(name: str, text: str, width: int) -> None:
    print(f"  {name:<{width}}  {printable(text)}".rstrip())
