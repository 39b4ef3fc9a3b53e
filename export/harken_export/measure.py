"""``python -m harken_export.measure RUN``: latency and size of a run's fp32 graph, as JSON.

A search for settings starts it in a process of its own: training knows nothing of onnx.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from harken.errors import HarkenError
from harken_export.compose import compose
from harken_export.timing import interleaved
from harken_train.run import Run


def measure(run: Run, seconds: float = 0.5) -> dict[str, float]:
    """Median milliseconds a decision, one thread as on a device, and the graph's bytes."""
    content = compose(run).content
    signal = run.recipe.signal
    noise = np.random.default_rng(0).standard_normal((1, signal.channels, signal.window))
    taken = interleaved({"fp32": content}, noise.astype(np.float32), seconds=seconds)
    return {"latency": 1000.0 * taken["fp32"], "size": float(len(content))}


def main() -> int:
    """Print one line of JSON; an error is one line on stderr and its own status."""
    try:
        figures = measure(Run.open(Path(sys.argv[1])))
    except HarkenError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
