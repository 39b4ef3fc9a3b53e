"""Fuzz one parser from the command line: ``python -m tests.fuzz wav --seconds 60 --seed 1``."""

from __future__ import annotations

import argparse
import hashlib
import sys
import warnings
from pathlib import Path

from tests.fuzz.loop import BrokenPromiseError, fuzz, target, targets, was_read


def main() -> int:
    """Run until the time is over or a case breaks the promise, which is then kept in a file."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=targets())
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--file", type=Path, help="try this one case again, nothing else")
    arguments = parser.parse_args()
    warnings.simplefilter("error")  # as in the tests: numpy's warnings are ends like any other
    if arguments.file is not None:
        read = was_read(target(arguments.target), arguments.file.read_bytes())
        print("read" if read else "refused")
        return 0
    try:
        outcome = fuzz(arguments.target, arguments.seed, most=10**12, seconds=arguments.seconds)
    except BrokenPromiseError as error:
        digest = hashlib.sha256(error.content).hexdigest()[:12]
        path = Path(f"fuzz-{arguments.target}-{digest}.tmp")
        path.write_bytes(error.content)
        print(f"{error}; the case is in {path}, try it again by --file", file=sys.stderr)
        return 1
    print(
        f"{arguments.target}: {outcome.read + outcome.refused} cases, {outcome.read} read, "
        f"{outcome.refused} refused, slowest {outcome.slowest * 1000:.1f} ms"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
