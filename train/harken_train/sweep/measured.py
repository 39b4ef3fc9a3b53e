"""Latency and size of the file that a run gives, measured by the export in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from harken.errors import DataError, InputOutputError, SettingsError
from harken.extra import require

# A traceback's 1 too: an exporter that cannot have a network would not have it the next time.
_OF_THE_RUN = (1, DataError.exit_code, SettingsError.exit_code)


def require_export() -> None:
    """Raise `MissingExtraError` where nothing can be exported."""
    require("export", "onnx", "onnxscript")


def measure(run: Path) -> Mapping[str, float]:
    """Milliseconds a decision of the run's fp32 graph here, by one thread, and its bytes.

    `DataError` for a network that cannot be exported; `InputOutputError` when it is not its fault.
    """
    command = [sys.executable, "-m", "harken_export.measure", str(run)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        fault = DataError if done.returncode in _OF_THE_RUN else InputOutputError
        raise fault(f"{run}: cannot be measured, {last[0]}")
    figures: Mapping[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures
