"""Latency and size of the file that a run gives, measured by the export in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from harken.errors import DataError, HarkenError, InputOutputError, SettingsError
from harken.extra import require


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
        raise fault_of(done.returncode)(f"{run}: cannot be measured, {last[0]}")
    figures: Mapping[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def fault_of(status: int) -> type[HarkenError]:
    """`DataError` where the network is at fault, so that it would be the next time too.

    A traceback's 1 is such a one: of an exporter that does not know what to do with the network.
    """
    of_the_network = status in (1, DataError.exit_code, SettingsError.exit_code)
    return DataError if of_the_network else InputOutputError
