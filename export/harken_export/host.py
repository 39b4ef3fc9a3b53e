"""What this machine and its libraries are: measurements hold for them alone."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("harken", "torch", "onnx", "onnxscript", "onnxruntime", "numpy")
_CPUS = Path("/proc/cpuinfo")


def versions() -> dict[str, str]:
    """Public versions of the libraries that make a file: no local builds, no paths."""
    return {name: version(name).partition("+")[0] for name in LIBRARIES}


def host() -> str:
    """CPU and onnxruntime, in words."""
    return f"{_cpu()}, onnxruntime {versions()['onnxruntime']}"


def _cpu() -> str:
    if _CPUS.is_file():
        for line in _CPUS.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
