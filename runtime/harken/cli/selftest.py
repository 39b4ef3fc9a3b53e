"""``harken selftest``: the probe that travels with a model, answered on this machine."""

from __future__ import annotations

import argparse
import json

from harken.errors import RefusedError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", metavar="MODEL", help="an .onnx file made by harken-export")
    parser.add_argument("--json", action="store_true", help="for programs: one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print a line an output; 0 when all are within their tolerance, 77 when one is not."""
    from harken.model import Model

    model = Model(arguments.model)
    results = model.selftest()
    passed = bool(results) and all(result.passed for result in results)
    if arguments.json:
        outputs = [
            {
                "output": result.output,
                "difference": result.difference if result.difference < float("inf") else None,
                "tolerance": result.tolerance,
                "passed": result.passed,
            }
            for result in results
        ]
        print(json.dumps({"model": arguments.model, "passed": passed, "outputs": outputs}))
    else:
        print(f"{'output':<12} {'difference':>11} {'allowed':>11}")
        for result in results:
            print(
                f"{result.output:<12} {result.difference:>11.3g} {result.tolerance:>11.3g}  "
                f"{'pass' if result.passed else 'FAIL'}"
            )
    if not passed:
        raise RefusedError(
            f"{arguments.model}: {'fails its probe' if results else 'has no probe'} on this machine"
        )
    return 0
